// Connections that are opened once and kept: requests go over them one at a time each (rr, hold, http with keep-alive).
//
// Closed loop: a connection asks again as soon as it was answered. Open loop: requests are due at a constant rate; each
// takes the connection that was idle longest, and when there is none it waits, its latency counting from the instant
// when it was due.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "engine.h"
#include "exchange.h"
#include "opener.h"
#include "schedule.h"

namespace millrace::load {

struct KeptSettings {
  std::uint32_t connections = 1;
  double rate = 0;  ///< requests per second; 0: closed loop
};

class KeptConnections final : public Job {
 public:
  KeptConnections(Engine& engine, std::uint8_t part, std::unique_ptr<Exchange> exchange, const KeptSettings& settings);

  [[nodiscard]] const Text& text() const noexcept override { return exchange_->text(); }
  [[nodiscard]] bool ready() const noexcept override { return opener_.all_open(); }
  void begin(Time now) override;
  void turn(Time now, std::size_t room) override;
  [[nodiscard]] std::uint64_t late(Time now) const noexcept override;

  void on_open(Connection& connection) override;
  void on_text(Connection& connection, std::span<const std::byte> text) override;
  void on_peer_fin(Connection& connection) override;
  void on_closed(Connection& connection, End how) override;

 private:
  void ask(Connection& connection, Time began) noexcept;
  void ask_idle(Time now, std::size_t room);
  [[nodiscard]] Connection* take_idle() noexcept;
  void rest(Connection& connection) noexcept;

  Engine& engine_;
  std::unique_ptr<Exchange> exchange_;
  std::optional<Schedule> schedule_;
  std::uint64_t asked_ = 0;  ///< by the schedule
  bool begun_ = false;
  Opener opener_;
  IndexRing idle_;
};

}  // namespace millrace::load
