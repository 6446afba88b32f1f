// A connection for each request: open, ask, be answered, close (cps, http with --per-connection).
//
// Closed loop: so many connections are under way, and where one ends the next begins. Open loop: they are due at a
// constant rate. The latency counts from the SYN (or from the instant when it was due) to the answer's end. Local ends
// are used in a circle over all addresses and ports, the oldest first, so a port rests as long as it can.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "engine.h"
#include "exchange.h"
#include "schedule.h"

namespace millrace::load {

enum class Closer : std::uint8_t { Client, Server };

struct ShortSettings {
  std::uint32_t connections = 1;  ///< at once
  double rate = 0;                ///< connections per second; 0: closed loop
  Closer closer = Closer::Client;
};

class ShortConnections final : public Job {
 public:
  ShortConnections(Engine& engine, std::uint8_t part, std::unique_ptr<Exchange> exchange,
                   const ShortSettings& settings);

  [[nodiscard]] const Text& text() const noexcept override { return exchange_->text(); }
  [[nodiscard]] bool ready() const noexcept override { return true; }
  void begin(Time now) override;
  void turn(Time now, std::size_t room) override;
  [[nodiscard]] std::uint64_t late(Time now) const noexcept override;

  void on_open(Connection& connection) override;
  void on_text(Connection& connection, std::span<const std::byte> text) override;
  void on_peer_fin(Connection& connection) override;
  void on_closed(Connection& connection, End how) override;

 private:
  Engine& engine_;
  std::uint8_t part_;
  std::unique_ptr<Exchange> exchange_;
  ShortSettings settings_;
  std::optional<Schedule> schedule_;
  std::uint64_t opened_ = 0;  ///< by the schedule
  bool begun_ = false;
  std::uint32_t under_way_ = 0;
  IndexRing free_;
};

}  // namespace millrace::load
