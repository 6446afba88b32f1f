// What is measured in a cell: bulk transfers of one or several flows over the bottleneck, and short transfers, one
// after the other, each on a connection of its own. Handshakes are made on a calm link and not measured. Everything is
// seeded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/bulk_app.h"
#include "sim/flow_watch.h"
#include "sim/recovery_cell.h"
#include "sim/world.h"

namespace millrace::sim {

/// Two hosts with `flows` connections over a cell's links: open, nothing sent yet.
class RecoveryBed {
 public:
  /// `receive_buffer`: other than what never limits; it bounds the window.
  RecoveryBed(const RecoveryCell& cell, std::uint32_t flows, std::uint64_t seed, std::uint32_t receive_buffer = 0);

  /// One more connection, its handshake done; its port names it.
  std::uint16_t open();
  /// From now on the links are those of `cell`.
  void set_links(const RecoveryCell& cell);
  /// Both ends of a flow are gone, without a frame of it left.
  void drop(std::uint16_t port);
  [[nodiscard]] std::uint64_t timeouts();
  /// The first thing that went wrong; empty if nothing did.
  [[nodiscard]] std::string error() const;

  World world;
  BulkSender sender;
  BulkReceiver receiver;
  FlowWatch watch;
  std::vector<std::uint16_t> ports;

 private:
  RecoveryCell cell_;
  tcp::UserOptions options_;
};

struct BulkResult {
  std::vector<std::uint64_t> bytes;  ///< received in the measured part, by flow
  Duration measured;                 ///< how long that was
  std::uint64_t timeouts = 0;        ///< from here on: over the whole time
  WatchCounters segments;
  std::vector<Repair> repairs;
  std::string error;

  /// Another run of the same cell: its flows and numbers besides.
  void add(const BulkResult& other);
  /// Bits per second of all flows.
  [[nodiscard]] std::uint64_t goodput() const;
  /// Jain's index, in thousandths.
  [[nodiscard]] std::uint64_t fairness() const;
};

/// `flows` start one after the other within ten round trips; the last `measured` of `span` counts.
[[nodiscard]] BulkResult run_bulk(const RecoveryCell& cell, std::uint32_t flows, Duration span, Duration measured,
                                  std::uint64_t seed);

struct ShortResult {
  std::vector<Duration> took;  ///< from the first byte sent to the last received, in increasing order
  std::uint64_t timeouts = 0;
  std::string error;

  [[nodiscard]] Duration percentile(std::uint32_t percent) const;
};

[[nodiscard]] ShortResult run_short(const RecoveryCell& cell, std::uint64_t bytes, std::uint32_t transfers,
                                    std::uint64_t seed);

}  // namespace millrace::sim
