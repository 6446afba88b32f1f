// Translates between the application's words and the stack's: errors, handles. The only decision here is which
// listeners are refused before the stack is asked: an address that is not ours, and port 0.
#include "api/shard.h"

#include <algorithm>

#include "stack/flow_owner.h"
#include "stack/shard.h"
#include "tcp/close.h"

namespace millrace::api {
namespace {

Error error_of(stack::Shard::ConnectError error) noexcept {
  switch (error) {
    case stack::Shard::ConnectError::NoRoute:
      return Error::NoRoute;
    case stack::Shard::ConnectError::InvalidAddress:
      return Error::InvalidAddress;
    case stack::Shard::ConnectError::NoPortsLeft:
      return Error::NoPortsLeft;
    case stack::Shard::ConnectError::TableFull:
      return Error::TableFull;
    case stack::Shard::ConnectError::NotOurs:
      return Error::NotThisWorker;
  }
  return Error::NoRoute;
}

}  // namespace

Time Shard::now() const noexcept { return shard_->env().now; }

std::uint16_t Shard::worker() const noexcept { return shard_->worker(); }

std::uint16_t Shard::workers() const noexcept { return shard_->owners().workers(); }

CongestionControl Shard::congestion_control() const noexcept { return shard_->env().config.congestion_control; }

Result<Connection> Shard::connect(const Endpoint& remote, const ConnectOptions& options) noexcept {
  const std::span<const IpAddress> locals =
      options.local_address ? std::span{&*options.local_address, 1} : options.local_addresses;
  const auto result = shard_->connect(remote.address, remote.port, locals, options.local_port, options);
  if (result.tcb == nullptr) return error_of(result.error);
  return Connection{*shard_, shard_->id_of(*result.tcb)};
}

Result<std::uint16_t> Shard::owner_of(const Endpoint& remote, const ConnectOptions& options) const noexcept {
  if (options.local_port == 0) return worker();
  const auto owner =
      stack::owner_of_flow(shard_->ip_config(), shard_->owners(), options.local_address.value_or(IpAddress{}),
                           options.local_port, remote.address, remote.port);
  if (!owner) return Error::NoRoute;
  return *owner;
}

Result<std::uint16_t> Shard::listen(const Endpoint& local, const ListenOptions& options) noexcept {
  const bool ours = local.address.is_unspecified() || shard_->ip_config().addresses.find(local.address).has_value();
  if (!ours || local.port == 0) return Error::InvalidAddress;
  const auto listener = shard_->listen(local.address, local.port, options);
  if (!listener) return Error::AddressInUse;
  return *listener;
}

void Shard::stop_listening(std::uint16_t listener) noexcept { shard_->stop_listening(listener); }

void Shard::took(std::uint16_t listener, std::uint32_t n) noexcept {
  if (listener >= shard_->env().listeners.size()) return;
  std::uint32_t& waiting = shard_->env().listeners[listener].waiting;
  waiting -= std::min(waiting, n);
}

void Shard::set_backlog(std::uint16_t listener, std::uint32_t backlog) noexcept {
  if (listener < shard_->env().listeners.size()) shard_->env().listeners[listener].options.backlog = backlog;
}

void Shard::set_fast_open(std::uint16_t listener, std::uint32_t pending) noexcept {
  if (listener < shard_->env().listeners.size()) shard_->env().listeners[listener].options.fast_open = pending;
}

bool Shard::has_address(const IpAddress& address) const noexcept {
  return shard_->ip_config().addresses.find(address).has_value();
}

std::uint16_t Shard::unused_port() noexcept {
  constexpr int kDraws = 64;
  const flow::PortRange& range = shard_->ports().range();
  tcp::Env& env = shard_->env();
  for (int i = 0; i < kDraws; ++i) {
    const std::uint16_t port = range.port_at(static_cast<std::uint32_t>(env.random.below(range.size())));
    if (!env.listeners.on_port(port)) return port;
  }
  return 0;
}

Result<TimerId> Shard::start_timer(Time at, std::uint64_t user) noexcept {
  const TimerId timer = shard_->app_timers().start(at, user);
  if (timer == TimerId{}) return Error::TableFull;
  return timer;
}

bool Shard::cancel_timer(TimerId timer) noexcept { return shard_->app_timers().cancel(timer); }

Connection Shard::connection(ConnectionId id) const noexcept { return {*shard_, id}; }

std::uint32_t Shard::connections() const noexcept { return shard_->table().tcbs.used(); }

void Shard::reset_given_up(std::uint32_t& cursor, std::uint32_t most, CloseRule rule) noexcept {
  tcp::reset_orphans(cursor, most, rule, shard_->env());
}

bool Shard::has_work() const noexcept { return shard_->has_work(); }

std::uint32_t Shard::time_waits() const noexcept { return shard_->table().time_waits.used(); }

}  // namespace millrace::api
