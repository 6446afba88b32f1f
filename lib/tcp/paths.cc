// A set-associative table: an address may lie in kWays places of the set that a keyed hash gives it; the entry that
// expires first makes room. Nobody can fill more than their share without guessing the key.
#include "tcp/paths.h"

#include <algorithm>

namespace millrace::tcp {

Paths::Paths(const base::SipKey& secret) : secret_(secret), entries_(kSets * kWays), fast_open_(secret) {
  doubts_.reserve(kMostDoubts);
}

std::size_t Paths::set_of(const Address& remote) const noexcept {
  return base::siphash13(secret_, std::as_bytes(std::span{remote})) % kSets * kWays;
}

std::uint16_t Paths::mtu(const Address& remote, std::uint16_t limit, Time now) const noexcept {
  if (now >= last_expiry_) return limit;
  const auto set = std::span{entries_}.subspan(set_of(remote), kWays);
  for (const Entry& entry : set)
    if (now < entry.expires && entry.remote == remote) return std::min(entry.mtu, limit);
  return limit;
}

void Paths::set_mtu(const Address& remote, std::uint16_t mtu, Time now) noexcept {
  const auto set = std::span{entries_}.subspan(set_of(remote), kWays);
  auto place = std::find_if(set.begin(), set.end(), [&](const Entry& entry) { return entry.remote == remote; });
  if (place == set.end())
    place =
        std::min_element(set.begin(), set.end(), [](const Entry& a, const Entry& b) { return a.expires < b.expires; });
  *place = {remote, now + kPathMtuAge, mtu};
  last_expiry_ = now + kPathMtuAge;
}

void Paths::doubt(const flow::FlowKey& key) noexcept {
  if (doubts_.size() < kMostDoubts) doubts_.push_back(key);
}

}  // namespace millrace::tcp
