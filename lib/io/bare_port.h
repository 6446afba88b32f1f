// A port without a device: the caller puts frames in by hand and takes frames out. For stacks that are driven from
// outside (api::BareStack).
//
// Like a NIC it has rings of a fixed size: a frame that finds no room or no buffer is lost and counted, and the stack
// keeps what the transmit ring does not take. Checksums are the stack's work. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "pkt/packet_pool.h"

namespace millrace::io {

struct BarePortCounters {
  std::uint64_t rx_no_buffer = 0;  ///< lost: the pool was empty
  std::uint64_t rx_full = 0;       ///< lost: the receive ring was full
  std::uint64_t rx_refused = 0;    ///< lost: empty, or longer than any frame of the link
};

class BarePort {
 public:
  static constexpr std::size_t kRing = 1024;  ///< frames, each way

  /// `longest`: bytes of the longest frame.
  BarePort(pkt::PacketPool& rx_pool, std::uint32_t longest) noexcept : rx_pool_(rx_pool), longest_(longest) {}
  BarePort(const BarePort&) = delete;
  BarePort& operator=(const BarePort&) = delete;
  ~BarePort();

  // The stack's side (PacketIo).
  [[nodiscard]] std::size_t rx_burst(std::span<pkt::Packet*> room) noexcept;
  [[nodiscard]] std::size_t tx_burst(std::span<pkt::Packet* const> out);

  // The caller's side.
  /// Copies a frame into the receive ring; false when it is lost.
  [[nodiscard]] bool push(std::span<const std::byte> frame);
  /// The oldest frame of the transmit ring; valid until pop(). Empty when there is none.
  [[nodiscard]] std::span<const std::byte> front();
  /// Drops it, at its end.
  void pop() noexcept;

  [[nodiscard]] bool rx_waits() const noexcept { return !incoming_.empty(); }
  [[nodiscard]] bool tx_full() const noexcept { return sent_.size() >= kRing; }
  [[nodiscard]] const BarePortCounters& count() const noexcept { return count_; }

 private:
  [[nodiscard]] pkt::Packet* make_packet(std::span<const std::byte> frame);

  pkt::PacketPool& rx_pool_;
  std::uint32_t longest_;
  std::deque<pkt::Packet*> incoming_;
  std::deque<pkt::Packet*> sent_;
  std::vector<std::byte> flat_;  ///< of a chain, as one piece
  BarePortCounters count_;
};

}  // namespace millrace::io
