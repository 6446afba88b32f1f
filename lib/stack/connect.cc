// Active OPEN (RFC 9293 3.9.1.1): which of our addresses and ports a connection gets, and why it may get none.
//
// A free port on any of the addresses comes before a TIME-WAIT entry on the first: to end one early is allowed (RFC
// 6191), not free of risk. The ledger says which ports are taken by what was opened from here; a listener's port and
// that of an accepted connection are refused on top of it. Which worker owns a flow is flow/rss's.
#include "flow/port_search.h"
#include "ip/source_address.h"
#include "stack/shard.h"
#include "tcp/reuse.h"
#include "tcp/user_calls.h"

namespace millrace::stack {

Shard::ConnectResult Shard::connect(const wire::IpAddress& remote, std::uint16_t remote_port,
                                    std::span<const wire::IpAddress> locals, std::uint16_t local_port,
                                    const tcp::OpenOptions& options) noexcept {
  owner_.check();
  const auto& addresses = resources_.ip.addresses;
  // MUST-46: no OPEN to an address that cannot be a TCP peer.
  if (remote.is_multicast() || remote.is_unspecified() || addresses.role_of(remote).is_broadcast() || remote_port == 0)
    return {nullptr, ConnectError::InvalidAddress};
  const auto route = resources_.ip.routes.lookup(remote);
  if (!route) return {nullptr, ConnectError::NoRoute};
  if (table_.tcbs.used() == table_.tcbs.capacity()) return {nullptr, ConnectError::TableFull};
  if (locals.empty()) {
    const auto source = ip::usable_source(resources_.ip, *route, remote);  // MUST-44
    if (!source) return {nullptr, ConnectError::NoRoute};
    locals = {&addresses[*source].ip, 1};
  }

  const std::size_t first = locals.size() == 1 ? 0 : static_cast<std::size_t>(random_.below(locals.size()));
  ConnectResult result{nullptr, ConnectError::InvalidAddress};
  for (const bool again : {false, true}) {
    for (std::size_t i = 0; i < locals.size(); ++i) {
      const wire::IpAddress& local = locals[(first + i) % locals.size()];
      const auto index = addresses.find(local);
      if (!index || local.is_v4() != remote.is_v4() || !resources_.ip.states->usable(*index)) continue;
      const flow::FlowKey key{remote.bytes, *index, 0, remote_port, local_port};
      const ConnectResult one = again ? open_again(key, local, options) : open_free(key, local, options);
      if (one.tcb != nullptr || one.error == ConnectError::TableFull) return one;
      if (result.error != ConnectError::NoPortsLeft) result = one;
    }
    if (result.error != ConnectError::NoPortsLeft) return result;
  }
  ++tcp_counters_.no_ports_left;
  return result;
}

/// From the key's port, or from a random free one when it is 0.
Shard::ConnectResult Shard::open_free(flow::FlowKey key, const wire::IpAddress& local,
                                      const tcp::OpenOptions& options) noexcept {
  if (key.local_port != 0) {
    const wire::IpAddress remote{key.remote_address};
    if (resources_.owners.owner(local, key.local_port, remote, key.remote_port) != config_.worker)
      return {nullptr, ConnectError::NotOurs};
    return key_is_free(key) ? open(key, local, options) : ConnectResult{nullptr, ConnectError::NoPortsLeft};
  }
  flow::PortSearch search{table_.ports, key, local, random_};
  do {
    key.local_port = search.next();
    if (key.local_port == 0) return {nullptr, ConnectError::NoPortsLeft};
  } while (!key_is_free(key));
  fetch_next(key, search.look_ahead());
  return open(key, local, options);
}

/// A proxy opens one connection after the other to the same server, each from a random port, whose place in the table
/// would be waited for.
void Shard::fetch_next(flow::FlowKey key, std::uint16_t port) const noexcept {
  if (port == 0) return;
  key.local_port = port;
  table_.flows.prefetch(key);
}

Shard::ConnectResult Shard::open(const flow::FlowKey& key, const wire::IpAddress& local,
                                 const tcp::OpenOptions& options) noexcept {
  const bool ephemeral = table_.ports.range().contains(key.local_port);
  if (ephemeral && !table_.ports.take(key, local)) return {nullptr, ConnectError::TableFull};
  tcp::Tcb* tcb = tcp::open_active(key, options, *env_);
  if (tcb == nullptr && ephemeral) table_.ports.give_back(key);
  return {tcb, ConnectError::TableFull};
}

/// RFC 6191: the key's own TIME-WAIT entry, or with port 0 the oldest of its destination.
Shard::ConnectResult Shard::open_again(const flow::FlowKey& key, const wire::IpAddress& local,
                                       const tcp::OpenOptions& options) noexcept {
  std::uint32_t entry = base::kNoIndex;
  if (key.local_port == 0) {
    entry = tcp::oldest_reusable(key, *env_);
  } else if (const flow::FlowRef ref = table_.flows.find(key); ref != flow::kNoFlow &&
                                                               tcp::kind_of(ref) == tcp::kKindTimeWait &&
                                                               tcp::may_reuse(tcp::index_of(ref), *env_)) {
    entry = tcp::index_of(ref);
  }
  if (entry == base::kNoIndex) return {nullptr, ConnectError::NoPortsLeft};
  return {tcp::open_again(entry, local, options, *env_), ConnectError::TableFull};
}

bool Shard::key_is_free(const flow::FlowKey& key) const noexcept {
  return table_.flows.find(key) == flow::kNoFlow &&
         listeners_.find(key.local_index, key.local_port) == tcp::kNoListener;
}

std::uint32_t Shard::ports_left(flow::PortDestination& destination) noexcept {
  std::uint32_t left = table_.ports.left(destination);
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const std::uint16_t port = listeners_[static_cast<std::uint16_t>(i)].port;
    // Two listeners may share a port on different addresses: the one that find() names counts.
    const bool counts = listeners_.find(destination.key.local_index, port) == i;
    if (counts && table_.ports.may_take(destination, port)) --left;
  }
  return left;
}

}  // namespace millrace::stack
