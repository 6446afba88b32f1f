// Translates between the application's words and the stack's: options, errors, handles. The only decision here is which
// listeners are refused before the stack is asked: an address that is not ours, and port 0.
#include "api/shard.h"

#include "stack/shard.h"

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

tcp::UserOptions user_options(const ConnectionOptions& options) noexcept {
  tcp::UserOptions user;
  user.no_delay = options.no_delay;
  user.rcv_buffer = options.receive_buffer;
  user.snd_buffer = options.send_buffer;
  user.user_timeout = options.user_timeout;
  user.keepalive_idle = options.keepalive_idle;
  user.keepalive_interval = options.keepalive_interval;
  user.keepalive_count = options.keepalive_count;
  return user;
}

}  // namespace

Time Shard::now() const noexcept { return shard_->env().now; }

std::uint16_t Shard::worker() const noexcept { return shard_->worker(); }

std::uint16_t Shard::workers() const noexcept { return shard_->owners().workers(); }

Result<Connection> Shard::connect(const Endpoint& remote, const ConnectOptions& options) noexcept {
  tcp::UserOptions user = user_options(options);
  user.connect_timeout = options.connect_timeout;
  user.user = options.user;
  const auto result = shard_->connect(remote.address, remote.port, options.local_address.value_or(IpAddress{}),
                                      options.local_port, user);
  if (result.tcb == nullptr) return error_of(result.error);
  return Connection{*shard_, shard_->id_of(*result.tcb)};
}

Result<std::uint16_t> Shard::listen(const Endpoint& local, const ListenOptions& options) noexcept {
  const bool ours = local.address.is_unspecified() || shard_->ip_config().addresses.find(local.address).has_value();
  if (!ours || local.port == 0) return Error::InvalidAddress;
  const auto listener = shard_->listen(local.address, local.port, user_options(options), options.half_open_limit);
  if (!listener) return Error::AddressInUse;
  return *listener;
}

void Shard::stop_listening(std::uint16_t listener) noexcept { shard_->stop_listening(listener); }

Connection Shard::connection(ConnectionId id) const noexcept { return {*shard_, id}; }

std::uint32_t Shard::connections() const noexcept { return shard_->table().tcbs.used(); }

std::uint32_t Shard::time_waits() const noexcept { return shard_->table().time_waits.used(); }

}  // namespace millrace::api
