// Which ephemeral ports one worker uses towards each destination (remote address and port, and our address): those of
// live connections and of TIME-WAIT entries that it opened. Choosing among the others is PortSearch's.
//
// A destination is 128 bytes, found by a keyed hash, or without one among those found lately: up to 32 ports lie in it
// as a list. Beyond that it gets a PortMap, and gives it back when 16 are left. It vanishes with its last port. Every
// record holds a port, so the number of ports that can be held at all bounds both pools; memory is touched on first
// use. Full is an ordinary result.
//
// The owner hash decides which ports are this worker's: see flow/rss. Only owned ports are ever taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/counter.h"
#include "base/pages.h"
#include "base/prefetch.h"
#include "base/siphash.h"
#include "base/slab.h"
#include "flow/flow_key.h"
#include "flow/flow_table.h"
#include "flow/port_map.h"
#include "flow/port_range.h"
#include "flow/rss.h"
#include "wire/address.h"

namespace millrace::flow {

struct PortLedgerConfig {
  PortRange range;
  OwnerMap owners{1};
  std::uint16_t worker = 0;
};

/// One thread writes, any may read.
struct PortLedgerCounters {
  base::Counter taken;         ///< gauge: ports
  base::Counter destinations;  ///< gauge: with a port taken
  base::Counter maps;          ///< gauge: destinations with a PortMap
  base::Counter probes;        ///< ports drawn, or looked at one by one
  base::Counter no_room;       ///< ports refused because a pool was empty
};

/// What is known of one destination.
struct alignas(64) PortDestination {
  static constexpr std::uint16_t kFew = 32;
  static constexpr std::uint32_t kUncounted = 0xffff'ffff;

  FlowKey key;  ///< local_port is 0
  wire::IpAddress local;
  std::uint32_t map = base::kNoIndex;
  /// The ends of a list that lib/tcp keeps: TIME-WAIT entries of this destination.
  std::uint32_t oldest = base::kNoIndex;
  std::uint32_t newest = base::kNoIndex;
  std::uint32_t owned = kUncounted;  ///< ports of the range that are this worker's; counted when first asked for
  std::uint16_t taken = 0;
  bool owners_marked = false;           ///< the map holds other workers' ports as taken
  std::array<std::uint16_t, kFew> few;  ///< the ports taken, while there is no map
  std::uint16_t ahead = 0;              ///< drawn by PortSearch::look_ahead(); 0: none
};
static_assert(sizeof(PortDestination) == 128);

class PortLedger {
 public:
  /// Room for `ports` ports taken at the same time, however they spread over destinations. Throws std::bad_alloc.
  PortLedger(const PortLedgerConfig& config, std::uint32_t ports, const base::SipKey& secret);

  [[nodiscard]] const PortRange& range() const noexcept { return config_.range; }

  /// Takes key.local_port, which is in the range and this worker's, towards the key's destination; `local` is the
  /// address that key.local_index names. False when it is taken, or there is no room (counted).
  [[nodiscard]] bool take(const FlowKey& key, const wire::IpAddress& local) noexcept;
  /// Nothing happens when it is not taken, or not in the range.
  void give_back(const FlowKey& key) noexcept;

  /// The key's destination, whatever its local port; nullptr when no port is taken towards it. Valid until the next
  /// give_back().
  [[nodiscard]] PortDestination* find(const FlowKey& key) noexcept;
  /// Ports of the range that this worker may use towards the destination and that are not taken. Hashes the whole range
  /// the first time, if there are several workers.
  [[nodiscard]] std::uint32_t left(PortDestination& destination) noexcept;

  /// The port is in the range, this worker's, and not taken.
  [[nodiscard]] bool may_take(const PortDestination& destination, std::uint16_t port) const noexcept;

  /// For listings: records lie at 0 .. touched()-1, nullptr where none is in use.
  [[nodiscard]] std::uint32_t touched() const noexcept { return destinations_.touched(); }
  [[nodiscard]] PortDestination* at(std::uint32_t index) noexcept;

  [[nodiscard]] const PortLedgerCounters& count() const noexcept { return count_; }
  /// What is touched by as many destinations as were ever held at once, hash table included; pages of that which others
  /// have touched meanwhile are not counted.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  friend class PortSearch;
  struct KeyOf {
    const PortLedger* ledger;
    const FlowKey& operator()(FlowRef ref) const noexcept { return ledger->destinations_[ref].key; }
    void prefetch(FlowRef ref) const noexcept { base::prefetch(&(*this)(ref)); }
  };
  [[nodiscard]] static FlowKey without_port(FlowKey key) noexcept {
    key.local_port = 0;
    return key;
  }

  /// Destinations found lately: a proxy has few, and asks for one several times in each connection.
  static constexpr std::size_t kRecent = 16;
  /// Where a destination may be among them. Anybody may know it: those who share a place are only found by the hash.
  [[nodiscard]] FlowRef& recent(const FlowKey& destination) noexcept {
    return recent_[(destination.remote_address.back() ^ destination.remote_port) % kRecent];
  }

  [[nodiscard]] PortDestination* find_or_add(const FlowKey& key, const wire::IpAddress& local) noexcept;
  void remove(PortDestination& destination) noexcept;
  [[nodiscard]] bool is_taken(const PortDestination& destination, std::uint32_t index) const noexcept;
  [[nodiscard]] bool enter(PortDestination& destination, std::uint32_t index) noexcept;
  [[nodiscard]] bool strike(PortDestination& destination, std::uint32_t index) noexcept;

  [[nodiscard]] PortOwners owners_of(const PortDestination& destination) const noexcept {
    return config_.owners.towards(destination.local, wire::IpAddress{destination.key.remote_address},
                                  destination.key.remote_port);
  }
  [[nodiscard]] bool is_ours(const PortOwners& owners, std::uint32_t index) const noexcept {
    return owners(config_.range.port_at(index)) == config_.worker;
  }
  void mark_owners(PortDestination& destination) noexcept;

  [[nodiscard]] PortMap map_of(const PortDestination& destination) const noexcept {
    return {map_cell(destination.map), config_.range.size()};
  }
  [[nodiscard]] void* map_cell(std::uint32_t index) const noexcept {
    return static_cast<std::byte*>(map_memory_.data()) + index * map_bytes_;
  }
  [[nodiscard]] bool start_map(PortDestination& destination) noexcept;
  void end_map(PortDestination& destination) noexcept;

  PortLedgerConfig config_;
  base::SipKey secret_;
  base::Slab<PortDestination> destinations_;
  std::vector<bool> in_use_;  ///< by index: a record that was given back cannot be asked
  FlowTable<KeyOf> table_;
  std::array<FlowRef, kRecent> recent_;
  std::size_t map_bytes_;
  std::uint32_t map_capacity_;
  base::Pages map_memory_;
  std::uint32_t maps_touched_ = 0;
  std::uint32_t free_map_ = base::kNoIndex;  ///< a list through the first bytes of free cells
  PortLedgerCounters count_;
};

}  // namespace millrace::flow
