// One timer per server: it starts a check while none is under way, and fails the one that is. The interval runs from
// start to start. The state turns only after `fall` or `rise` results in a row against it.
#include "proxy/health.h"

#include <cstddef>

#include "proxy/user_tag.h"

namespace millrace::proxy {

HealthChecker::HealthChecker(std::vector<UpstreamGroup>& groups, unsigned timer_kind)
    : groups_(groups), timer_kind_(timer_kind) {
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].settings().health_interval <= Duration{0}) continue;
    for (std::size_t s = 0; s < groups[g].servers().size(); ++s) {
      Probe& probe = probes_.emplace_back();
      probe.group = static_cast<std::uint16_t>(g);
      probe.server = static_cast<std::uint16_t>(s);
    }
  }
}

void HealthChecker::start(timer::Wheel& wheel, Time now) noexcept {
  static_assert(offsetof(Probe, timer) == 0);
  if (probes_.empty()) return;
  wheel.set_arena(timer_kind_, &probes_.front().timer, sizeof(Probe));
  for (const Probe& probe : probes_) wheel.arm(timer_of(probe), now);
}

void HealthChecker::on_expired(std::uint32_t index, api::Shard shard, timer::Wheel& wheel) noexcept {
  Probe& probe = probes_[index];
  if (!probe.connecting) return begin(probe, shard, wheel);
  shard.connection(probe.connection).abort(api::CloseRule::AppConnectTimeout);
  finish(probe, Result::Failed, wheel);
}

bool HealthChecker::on_event(std::uint32_t index, const api::Event& event, api::Shard shard,
                             timer::Wheel& wheel) noexcept {
  if (index >= probes_.size()) return false;
  Probe& probe = probes_[index];
  if (!probe.connecting || probe.connection != event.connection) return false;
  if (event.kind == api::EventKind::Connected) {
    shard.connection(probe.connection).abort(api::CloseRule::AppCheck);
    finish(probe, Result::Good, wheel);
  } else if (event.kind == api::EventKind::Closed) {
    finish(probe, Result::Failed, wheel);
  }
  return true;
}

void HealthChecker::stop(api::Shard shard, timer::Wheel& wheel) noexcept {
  for (Probe& probe : probes_) {
    wheel.cancel(timer_of(probe));
    if (probe.connecting) shard.connection(probe.connection).abort(api::CloseRule::AppDrain);
    probe.connecting = false;
  }
}

void HealthChecker::begin(Probe& probe, api::Shard shard, timer::Wheel& wheel) noexcept {
  const UpstreamGroup& group = groups_[probe.group];
  probe.started = shard.now();
  api::ConnectOptions options;
  options.user = UserTag{Owner::Probe, Leg::Upstream, timer_of(probe).index()}.encode();
  const auto opened = group.connect(shard, probe.server, options);
  if (opened) {
    probe.connecting = true;
    probe.connection = opened.value().id();
    wheel.arm(timer_of(probe), probe.started + group.settings().health_timeout);
    return;
  }
  const bool ours = opened.error() == api::Error::NoPortsLeft || opened.error() == api::Error::TableFull;
  finish(probe, ours ? Result::OurFault : Result::Failed, wheel);
}

void HealthChecker::finish(Probe& probe, Result result, timer::Wheel& wheel) noexcept {
  probe.connecting = false;
  if (result != Result::OurFault) judge(probe, result == Result::Good);
  wheel.arm(timer_of(probe), probe.started + groups_[probe.group].settings().health_interval);
}

void HealthChecker::judge(Probe& probe, bool good) noexcept {
  const UpstreamSettings& settings = groups_[probe.group].settings();
  Server& server = groups_[probe.group].servers()[probe.server];
  ++(good ? server.checks_good : server.checks_failed);
  const bool healthy = server.healthy.get() != 0;
  if (good == healthy) {
    probe.against = 0;
    return;
  }
  if (++probe.against < (healthy ? settings.fall : settings.rise)) return;
  server.healthy.set(good ? 1 : 0);
  probe.against = 0;
}

timer::TimerId HealthChecker::timer_of(const Probe& probe) const noexcept {
  return timer::TimerId::make(timer_kind_, static_cast<std::uint32_t>(&probe - probes_.data()));
}

}  // namespace millrace::proxy
