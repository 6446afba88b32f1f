// A set-associative table like that of paths.cc, under a keyed hash: nobody can aim at a set.
#include "tcp/fast_open_cache.h"

#include <algorithm>
#include <span>
#include <type_traits>

namespace millrace::tcp {

FastOpenCache::FastOpenCache(const base::SipKey& secret) : secret_(secret), entries_(kSets * kWays) {}

FastOpenCache::Server FastOpenCache::server_of(const flow::FlowKey& key) noexcept {
  return {key.remote_address, key.remote_port, key.local_index};
}

std::size_t FastOpenCache::set_of(const Server& server) const noexcept {
  static_assert(std::has_unique_object_representations_v<Server>);
  return base::siphash13(secret_, std::as_bytes(std::span{&server, 1})) % kSets * kWays;
}

FastOpenCache::Answer FastOpenCache::find(const flow::FlowKey& key, Time now) const noexcept {
  const Server server = server_of(key);
  for (const Entry& entry : std::span{entries_}.subspan(set_of(server), kWays))
    if (entry.server == server) return {now < entry.rest_ends, entry.cookie, entry.mss};
  return {};
}

FastOpenCache::Entry& FastOpenCache::place(const flow::FlowKey& key, Time now) noexcept {
  const Server server = server_of(key);
  const auto set = std::span{entries_}.subspan(set_of(server), kWays);
  auto found = std::find_if(set.begin(), set.end(), [&](const Entry& entry) { return entry.server == server; });
  if (found == set.end()) {
    found = std::min_element(set.begin(), set.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
    *found = {};
    found->server = server;
  }
  found->used = now;
  return *found;
}

void FastOpenCache::learn(const flow::FlowKey& key, const wire::FastOpenCookie& cookie, std::uint16_t mss,
                          Time now) noexcept {
  Entry& entry = place(key, now);
  entry.cookie = cookie;
  entry.mss = mss;
  entry.rest_ends = {};
}

void FastOpenCache::worked(const flow::FlowKey& key, Time now) noexcept {
  Entry& entry = place(key, now);
  entry.failures = 0;
  entry.rest_ends = {};
}

void FastOpenCache::failed(const flow::FlowKey& key, Time now) noexcept {
  Entry& entry = place(key, now);
  entry.rest_ends = now + kFirstRest * (std::int64_t{1} << std::min<unsigned>(entry.failures, kMostDoublings));
  if (entry.failures < 0xff) ++entry.failures;
}

}  // namespace millrace::tcp
