// Lists become maps above 32 ports and lists again at 16, so a destination near one bound does not go back and forth.
// Other workers' ports are marked in a map only when a search has to know them all; until then a port's owner is
// computed when the port is looked at.
#include "flow/port_ledger.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace millrace::flow {
namespace {

/// A map is given back when so few ports are left.
constexpr std::uint16_t kFewAgain = PortDestination::kFew / 2;

/// Whoever has a map holds more than kFewAgain ports.
std::uint32_t maps_for(std::uint32_t ports) noexcept { return ports / (kFewAgain + 1) + 1; }

}  // namespace

PortLedger::PortLedger(const PortLedgerConfig& config, std::uint32_t ports, const base::SipKey& secret)
    : config_(config),
      secret_(secret),
      destinations_(ports),
      in_use_(ports, false),
      table_(ports, secret, KeyOf{this}, base::PageSize::Small),  // a few destinations have nearly all ports
      map_bytes_(PortMap::bytes_for(config.range.size())),
      map_capacity_(maps_for(ports)),
      map_memory_(map_capacity_ * map_bytes_) {
  recent_.fill(kNoFlow);
}

PortDestination* PortLedger::find(const FlowKey& key) noexcept {
  const FlowKey destination = without_port(key);
  FlowRef& lately = recent(destination);
  if (lately == kNoFlow || destinations_[lately].key != destination) {
    const FlowRef ref = table_.find(destination);
    if (ref == kNoFlow) return nullptr;
    lately = ref;
  }
  return &destinations_[lately];
}

PortDestination* PortLedger::at(std::uint32_t index) noexcept {
  return index < destinations_.touched() && in_use_[index] ? &destinations_[index] : nullptr;
}

PortDestination* PortLedger::find_or_add(const FlowKey& key, const wire::IpAddress& local) noexcept {
  if (PortDestination* known = find(key)) return known;
  const std::uint32_t index = destinations_.take();
  if (index == base::kNoIndex) return nullptr;
  PortDestination& destination = destinations_[index];
  destination.key = without_port(key);
  destination.local = local;
  if (config_.owners.workers() == 1) destination.owned = config_.range.size();
  if (!table_.insert(destination.key, index)) {
    destinations_.give_back(index);
    return nullptr;
  }
  in_use_[index] = true;
  ++count_.destinations;
  return &destination;
}

void PortLedger::remove(PortDestination& destination) noexcept {
  if (destination.map != base::kNoIndex) end_map(destination);
  const std::uint32_t index = destinations_.index_of(destination);
  table_.erase(destination.key, index);
  if (FlowRef& lately = recent(destination.key); lately == index) lately = kNoFlow;
  in_use_[index] = false;
  destinations_.give_back(index);
  --count_.destinations;
}

bool PortLedger::take(const FlowKey& key, const wire::IpAddress& local) noexcept {
  MILLRACE_ASSERT(config_.range.contains(key.local_port));
  PortDestination* destination = find_or_add(key, local);
  const std::uint32_t index = config_.range.index_of(key.local_port);
  if (destination == nullptr) {
    ++count_.no_room;
    return false;
  }
  if (is_taken(*destination, index)) return false;
  if (!enter(*destination, index)) {
    ++count_.no_room;
    return false;
  }
  ++destination->taken;
  ++count_.taken;
  return true;
}

void PortLedger::give_back(const FlowKey& key) noexcept {
  if (!config_.range.contains(key.local_port)) return;
  PortDestination* destination = find(key);
  if (destination == nullptr || !strike(*destination, config_.range.index_of(key.local_port))) return;
  --count_.taken;
  if (--destination->taken == 0) return remove(*destination);
  if (destination->map != base::kNoIndex && destination->taken == kFewAgain) end_map(*destination);
}

std::uint32_t PortLedger::left(PortDestination& destination) noexcept {
  if (destination.owned == PortDestination::kUncounted) {
    const PortOwners owners = owners_of(destination);
    destination.owned = 0;
    for (std::uint32_t i = 0; i < config_.range.size(); ++i) destination.owned += is_ours(owners, i) ? 1 : 0;
  }
  return destination.owned - destination.taken;
}

bool PortLedger::may_take(const PortDestination& destination, std::uint16_t port) const noexcept {
  if (!config_.range.contains(port)) return false;
  const std::uint32_t index = config_.range.index_of(port);
  return !is_taken(destination, index) && is_ours(owners_of(destination), index);
}

bool PortLedger::is_taken(const PortDestination& destination, std::uint32_t index) const noexcept {
  if (destination.map != base::kNoIndex) return !map_of(destination).is_free(index);
  const auto end = destination.few.begin() + destination.taken;
  return std::find(destination.few.begin(), end, static_cast<std::uint16_t>(index)) != end;
}

/// False when a map is needed and there is none.
bool PortLedger::enter(PortDestination& destination, std::uint32_t index) noexcept {
  if (destination.map == base::kNoIndex && destination.taken < PortDestination::kFew) {
    destination.few[destination.taken] = static_cast<std::uint16_t>(index);
    return true;
  }
  if (destination.map == base::kNoIndex && !start_map(destination)) return false;
  map_of(destination).take(index);
  return true;
}

/// False when it is not taken.
bool PortLedger::strike(PortDestination& destination, std::uint32_t index) noexcept {
  if (!is_taken(destination, index)) return false;
  if (destination.map != base::kNoIndex) {
    map_of(destination).give_back(index);
    return true;
  }
  const auto end = destination.few.begin() + destination.taken;
  *std::find(destination.few.begin(), end, static_cast<std::uint16_t>(index)) = *(end - 1);
  return true;
}

bool PortLedger::start_map(PortDestination& destination) noexcept {
  if (free_map_ != base::kNoIndex) {
    destination.map = free_map_;
    std::memcpy(&free_map_, map_cell(free_map_), sizeof free_map_);
  } else if (maps_touched_ < map_capacity_) {
    destination.map = maps_touched_++;
  } else {
    return false;
  }
  PortMap map = map_of(destination);
  map.free_all();
  for (std::uint32_t i = 0; i < destination.taken; ++i) map.take(destination.few[i]);
  destination.owners_marked = config_.owners.workers() == 1;
  ++count_.maps;
  return true;
}

/// What the map says moves into the list, where it has room: at most kFewAgain ports are taken.
void PortLedger::end_map(PortDestination& destination) noexcept {
  const PortOwners owners = owners_of(destination);
  std::uint32_t found = 0;
  map_of(destination).for_each_taken([&](std::uint32_t index) {
    if (!destination.owners_marked || is_ours(owners, index))
      destination.few[found++] = static_cast<std::uint16_t>(index);
  });
  MILLRACE_ASSERT(found == destination.taken);
  std::memcpy(map_cell(destination.map), &free_map_, sizeof free_map_);
  free_map_ = destination.map;
  destination.map = base::kNoIndex;
  --count_.maps;
}

void PortLedger::mark_owners(PortDestination& destination) noexcept {
  if (destination.owners_marked) return;
  const PortOwners owners = owners_of(destination);
  PortMap map = map_of(destination);
  for (std::uint32_t i = 0; i < config_.range.size(); ++i)
    if (map.is_free(i) && !is_ours(owners, i)) map.take(i);
  destination.owners_marked = true;
  destination.owned = destination.taken + map.count_free();
}

std::size_t PortLedger::memory_bytes() const noexcept {
  constexpr std::size_t kPage = 4096;  // of the hash table, touched by each destination
  return std::size_t{destinations_.touched()} * sizeof(PortDestination) + in_use_.size() / 8 +
         std::size_t{maps_touched_} * map_bytes_ + std::min(table_.memory_bytes(), destinations_.touched() * kPage);
}

}  // namespace millrace::flow
