// The round-robin search, one step per server at most. Which of several source addresses is used is the stack's choice:
// it knows where ports are left.
#include "proxy/upstream.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::proxy {

UpstreamGroup::UpstreamGroup(const UpstreamSettings& settings) : settings_(settings) {
  MILLRACE_CHECK(!settings.servers.empty() && settings.servers.size() <= kMaxServers);
  servers_.reserve(settings.servers.size());
  for (const api::Endpoint& address : settings.servers) {
    Server& server = servers_.emplace_back();
    server.address = address;
    server.healthy.set(1);
  }
}

std::optional<std::uint16_t> UpstreamGroup::choose(std::uint64_t tried) noexcept {
  const bool healthy_only = any_healthy();
  for (std::size_t step = 0; step < servers_.size(); ++step) {
    const std::size_t i = (next_ + step) % servers_.size();
    if ((tried >> i & 1) != 0) continue;
    if (healthy_only && servers_[i].healthy.get() == 0) continue;
    next_ = i + 1;
    return static_cast<std::uint16_t>(i);
  }
  return std::nullopt;
}

api::Result<api::Connection> UpstreamGroup::connect(api::Shard shard, std::uint16_t server,
                                                    api::ConnectOptions options) const noexcept {
  options.local_addresses = settings_.sources;
  return shard.connect(servers_[server].address, options);
}

bool UpstreamGroup::any_healthy() const noexcept {
  return std::any_of(servers_.begin(), servers_.end(), [](const Server& s) { return s.healthy.get() != 0; });
}

}  // namespace millrace::proxy
