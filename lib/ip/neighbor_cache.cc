// The state machine (RFC 4861 7.3.2 less DELAY; RFC 1122 2.3.2 asks no more of ARP). Entries that nobody uses are Stale
// or Failed for longest and make room for others; one that is being asked for never does.
#include "ip/neighbor_cache.h"

namespace millrace::ip {

NeighborCache::NeighborCache(const NeighborCacheLimits& limits, const base::SipKey& secret, Asker& asker,
                             IpCounters& counters)
    : limits_(limits), asker_(asker), counters_(counters), map_(limits.entries, secret) {
  updates_.reserve(limits.updates);
}

void NeighborCache::request(const NeighborRequest& request, Time now) noexcept {
  const NeighborKey key = request.key();
  Entry* entry = map_.find(key);
  if (entry == nullptr) {
    entry = create(key);
    if (entry == nullptr) return;  // the table that asked asks again
    return enter(key, *entry, State::Incomplete, now);
  }
  switch (entry->state) {
    case State::Stale:
      return enter(key, *entry, State::Probe, now);
    case State::Reachable:
      if (request.doubted) return enter(key, *entry, State::Probe, now);
      [[fallthrough]];
    case State::Failed:
      return publish(key, *entry);  // the asking table has lost this news, or never had it
    case State::Incomplete:
    case State::Probe:
      return;  // under way
  }
}

bool NeighborCache::learn(const NeighborKey& sender, const NeighborNews& news, Time now) noexcept {
  Entry* entry = map_.find(sender);
  if (entry == nullptr) {
    if (!news.introduces || !news.mac) return false;
    entry = create(sender);
    if (entry == nullptr) return false;
  }
  if (!news.mac && !entry->mac_since) return false;
  const wire::MacAddress mac = news.mac.value_or(entry->mac);
  const bool asked = entry->state == State::Incomplete || entry->state == State::Probe;
  const bool moved = entry->mac_since && entry->mac != mac;
  if (moved && !news.overrides && entry->state != State::Incomplete) {
    // RFC 4861 7.2.5: the MAC stays, but it is in doubt.
    const bool doubt = entry->state == State::Reachable;
    if (doubt) enter(sender, *entry, State::Stale, now);
    return doubt;
  }
  if (moved && now - *entry->mac_since < kMinChangeInterval) {
    ++counters_.neighbor_changes_refused;
    return false;
  }
  const bool changed = !entry->mac_since || moved;
  if (!changed && !asked) return false;
  if (moved) ++counters_.neighbor_changes;
  if (changed) {
    entry->mac = mac;
    entry->mac_since = now;
  }
  enter(sender, *entry, news.answer && asked ? State::Reachable : State::Stale, now);
  return true;
}

void NeighborCache::tick(Time now) noexcept {
  if (!next_deadline_ || now < *next_deadline_) return;
  next_deadline_.reset();
  map_.for_each([this, now](const NeighborKey& key, Entry& entry) {
    if (entry.state == State::Stale) return;
    if (now < entry.deadline) return wake_at(entry.deadline);
    on_deadline(key, entry, now);
  });
}

void NeighborCache::on_deadline(const NeighborKey& key, Entry& entry, Time now) noexcept {
  switch (entry.state) {
    case State::Incomplete:
      if (entry.tries == kTries) return enter(key, entry, State::Failed, now);
      return try_again(key, entry, now);
    case State::Probe:
      if (entry.tries == kTries) return enter(key, entry, State::Incomplete, now);
      return try_again(key, entry, now);
    case State::Reachable:
      return enter(key, entry, State::Stale, now);
    case State::Failed:
      return map_.erase(key);
    case State::Stale:
      return;
  }
}

NeighborCache::Entry* NeighborCache::create(const NeighborKey& key) noexcept {
  if (map_.full()) {
    if (!map_.evict_oldest()) return nullptr;
    ++counters_.neighbors_evicted;
  }
  return map_.insert(key);
}

void NeighborCache::enter(const NeighborKey& key, Entry& entry, State state, Time now) noexcept {
  entry.state = state;
  entry.tries = 0;
  state == State::Stale || state == State::Failed ? map_.set_idle(entry) : map_.set_busy(entry);
  switch (state) {
    case State::Incomplete:
      publish(key, entry);
      return try_again(key, entry, now);
    case State::Probe:
      return try_again(key, entry, now);
    case State::Reachable:
      entry.deadline = now + kReachableTime;
      wake_at(entry.deadline);
      return publish(key, entry);
    case State::Stale:
      return publish(key, entry);
    case State::Failed:
      entry.deadline = now + kFailedTime;
      wake_at(entry.deadline);
      return publish(key, entry);
  }
}

void NeighborCache::try_again(const NeighborKey& key, Entry& entry, Time now) noexcept {
  ++entry.tries;
  entry.deadline = now + kRetryInterval;
  wake_at(entry.deadline);
  asker_.ask(key, entry.state == State::Probe ? std::optional{entry.mac} : std::nullopt);
}

void NeighborCache::publish(const NeighborKey& key, const Entry& entry) noexcept {
  if (updates_.size() == limits_.updates) {
    ++counters_.neighbor_updates_lost;
    return;
  }
  constexpr NeighborState kPublic[] = {NeighborState::Incomplete, NeighborState::Reachable, NeighborState::Stale,
                                       NeighborState::Stale, NeighborState::Failed};
  updates_.push_back({key.port, key.ip, entry.mac, kPublic[static_cast<std::size_t>(entry.state)]});
}

void NeighborCache::wake_at(Time deadline) noexcept {
  if (!next_deadline_ || deadline < *next_deadline_) next_deadline_ = deadline;
}

}  // namespace millrace::ip
