// TCP health checks: does a server accept connections?
//
// A check opens a connection; Connected in time is good, everything else has failed. `fall` failures in a row make a
// server unhealthy, `rise` good ones make it healthy again. What fails on our side (no source port, table full) says
// nothing about the server and changes nothing.
//
// A good check ends with a reset, not a FIN: the server's side is gone at once even if its application never reads,
// and ours leaves no TIME-WAIT entry and no half-closed orphan behind, whatever the interval and number of servers.
// Each worker checks for itself, as it shares nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "api/shard.h"
#include "api/types.h"
#include "base/time.h"
#include "proxy/upstream.h"
#include "timer/wheel.h"

namespace millrace::proxy {

class HealthChecker {
 public:
  /// The groups must stay where they are. `timer_kind` is the wheel's arena for the probes.
  HealthChecker(std::vector<UpstreamGroup>& groups, unsigned timer_kind);

  /// The first check of every server is due at `now`.
  void start(timer::Wheel& wheel, Time now) noexcept;
  /// A probe's timer has expired: time for a check, or a check took too long.
  void on_expired(std::uint32_t probe, api::Shard shard, timer::Wheel& wheel) noexcept;
  /// An event of a probe's connection; false when the probe knows nothing of it.
  [[nodiscard]] bool on_event(std::uint32_t probe, const api::Event& event, api::Shard shard,
                              timer::Wheel& wheel) noexcept;
  /// Resets what is under way and checks no more.
  void stop(api::Shard shard, timer::Wheel& wheel) noexcept;

 private:
  struct Probe {
    timer::Node timer;  ///< first, as the wheel's arena wants it
    std::uint16_t group = 0;
    std::uint16_t server = 0;
    std::uint8_t against = 0;  ///< results in a row that contradict the server's present state
    bool connecting = false;
    api::ConnectionId connection;
    Time started{};
  };
  enum class Result : std::uint8_t { Good, Failed, OurFault };

  void begin(Probe& probe, api::Shard shard, timer::Wheel& wheel) noexcept;
  void finish(Probe& probe, Result result, timer::Wheel& wheel) noexcept;
  void judge(Probe& probe, bool good) noexcept;
  [[nodiscard]] timer::TimerId timer_of(const Probe& probe) const noexcept;

  std::vector<UpstreamGroup>& groups_;
  unsigned timer_kind_;
  std::vector<Probe> probes_;
};

}  // namespace millrace::proxy
