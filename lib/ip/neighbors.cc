// Life of an entry in one worker: created by a first packet, fed by the authority's news, aged by tick(). Eviction
// takes the entry that has been stale longest and never one that packets wait for. Asking the network is ip/arp's
// business.
#include "ip/neighbors.h"

#include <algorithm>

#include "wire/bytes.h"

namespace millrace::ip {

NeighborTable::NeighborTable(const NeighborLimits& limits, const base::SipKey& secret, TxList& tx, IpCounters& counters)
    : limits_(limits), tx_(tx), counters_(counters), map_(limits.entries, secret), waiting_(limits.waiting) {
  requests_.reserve(limits.requests);
}

NeighborTable::~NeighborTable() {
  map_.for_each([this](const NeighborKey&, Entry& entry) { drop_waiting(entry, DropReason::Unresolved); });
}

void NeighborTable::send(const NeighborKey& next_hop, pkt::Packet& frame, Time now) noexcept {
  Entry* entry = map_.find(next_hop);
  if (entry == nullptr) entry = create(next_hop, now);
  if (entry == nullptr) return drop(frame, DropReason::NeighborTableFull);
  switch (entry->state) {
    case NeighborState::Stale:
      if (now >= entry->ask_after) ask(next_hop, *entry, now);
      [[fallthrough]];
    case NeighborState::Reachable:
      return transmit(*entry, frame);
    case NeighborState::Incomplete:
      return park(*entry, frame);
    case NeighborState::Failed:
      return drop(frame, DropReason::Unresolved);
  }
}

void NeighborTable::doubt(const NeighborKey& next_hop, Time now) noexcept {
  Entry* entry = map_.find(next_hop);
  if (entry == nullptr || entry->state != NeighborState::Reachable) return;
  enter(*entry, NeighborState::Stale, now);
  entry->doubted = true;
}

void NeighborTable::apply(const NeighborUpdate& update, Time now) noexcept {
  const NeighborKey key{update.port, update.ip};
  const bool usable = update.state == NeighborState::Reachable || update.state == NeighborState::Stale;
  Entry* entry = map_.find(key);
  // News of a neighbor that nobody here talks to are kept while there is room, and evict nobody.
  if (entry == nullptr && usable) entry = map_.insert(key);
  if (entry == nullptr) return;
  if (usable) entry->mac = update.mac;
  enter(*entry, update.state, now);
  if (usable) release_waiting(*entry);
  if (update.state == NeighborState::Failed) drop_waiting(*entry, DropReason::Unresolved);
}

void NeighborTable::tick(Time now) noexcept {
  if (!next_deadline_ || now < *next_deadline_) return;
  next_deadline_.reset();
  map_.for_each([this, now](const NeighborKey& key, Entry& entry) {
    const bool due = now >= entry.deadline;
    switch (entry.state) {
      case NeighborState::Stale:
        return;
      case NeighborState::Reachable:
        if (due) return enter(entry, NeighborState::Stale, now);
        break;
      case NeighborState::Failed:
        if (due) return map_.erase(key);
        break;
      case NeighborState::Incomplete:
        if (due) {
          enter(entry, NeighborState::Failed, now);
          return drop_waiting(entry, DropReason::Unresolved);
        }
        if (now >= entry.ask_after) ask(key, entry, now);
        wake_at(entry.ask_after);
        break;
    }
    wake_at(entry.deadline);
  });
}

std::optional<Time> NeighborTable::next_deadline() const noexcept { return next_deadline_; }

NeighborTable::Entry* NeighborTable::create(const NeighborKey& key, Time now) noexcept {
  if (map_.full()) {
    if (!map_.evict_oldest()) return nullptr;
    ++counters_.neighbors_evicted;
  }
  Entry* entry = map_.insert(key);
  if (entry == nullptr) return nullptr;
  enter(*entry, NeighborState::Incomplete, now);
  ask(key, *entry, now);
  wake_at(entry->ask_after);
  return entry;
}

void NeighborTable::enter(Entry& entry, NeighborState state, Time now) noexcept {
  entry.state = state;
  entry.doubted = false;
  state == NeighborState::Stale ? map_.set_idle(entry) : map_.set_busy(entry);
  switch (state) {
    case NeighborState::Incomplete:
      entry.deadline = now + kGiveUp;
      entry.ask_after = now + kAskAgain;
      wake_at(entry.ask_after);
      break;
    case NeighborState::Reachable:
      entry.deadline = now + kReachableTime;
      break;
    case NeighborState::Stale:
      entry.ask_after = now;
      return;
    case NeighborState::Failed:
      entry.deadline = now + kFailedTime;
      break;
  }
  wake_at(entry.deadline);
}

void NeighborTable::ask(const NeighborKey& key, Entry& entry, Time now) noexcept {
  entry.ask_after = now + kAskAgain;
  if (requests_.size() == limits_.requests) {
    ++counters_.neighbor_requests_lost;
    return;
  }
  requests_.push_back({key.port, key.ip, entry.doubted});
}

void NeighborTable::transmit(const Entry& entry, pkt::Packet& frame) noexcept {
  wire::store_mac(frame.data(), entry.mac);
  if (!tx_.push(frame)) return drop(frame, DropReason::TransmitListFull);
  ++counters_.listed;
}

void NeighborTable::park(Entry& entry, pkt::Packet& frame) noexcept {
  const bool crowded = entry.waiting_count == limits_.waiting_per_entry || waiting_.used() == waiting_.capacity();
  if (crowded && entry.waiting_count > 0) drop(unpark(entry), DropReason::NeighborQueueFull);
  const std::uint32_t node = entry.waiting_count < limits_.waiting_per_entry ? waiting_.take() : base::kNoIndex;
  if (node == base::kNoIndex) return drop(frame, DropReason::NeighborQueueFull);
  waiting_[node].frame = &frame;
  if (entry.waiting_count++ == 0)
    entry.waiting_head = node;
  else
    waiting_[entry.waiting_tail].next = node;
  entry.waiting_tail = node;
  ++counters_.parked;
}

/// Takes the oldest waiting frame out; there is one.
pkt::Packet& NeighborTable::unpark(Entry& entry) noexcept {
  const std::uint32_t node = entry.waiting_head;
  pkt::Packet& frame = *waiting_[node].frame;
  entry.waiting_head = waiting_[node].next;
  --entry.waiting_count;
  waiting_.give_back(node);
  --counters_.parked;
  return frame;
}

void NeighborTable::release_waiting(Entry& entry) noexcept {
  while (entry.waiting_count > 0) transmit(entry, unpark(entry));
}

void NeighborTable::drop_waiting(Entry& entry, DropReason reason) noexcept {
  while (entry.waiting_count > 0) drop(unpark(entry), reason);
}

void NeighborTable::drop(pkt::Packet& frame, DropReason reason) noexcept {
  counters_.drop(reason);
  frame.free();
}

void NeighborTable::wake_at(Time deadline) noexcept {
  if (!next_deadline_ || deadline < *next_deadline_) next_deadline_ = deadline;
}

}  // namespace millrace::ip
