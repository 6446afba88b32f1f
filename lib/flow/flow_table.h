// Which object owns a flow key: fixed capacity, keyed hash, lookups in bursts.
//
// Buckets of one cache line hold 8-bit tags and 32-bit references; the key itself lies in the object (connection,
// half-open or TIME-WAIT entry), reached through KeyOf. A full bucket overflows to the next in its probe sequence and
// counts that, so erase leaves no tombstone. The bucket hash is SipHash under a per-process secret (never derived from
// RSS), so that peers can't aim at one bucket. One thread owns a table. Full is an ordinary result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/siphash.h"
#include "flow/flow_key.h"

namespace millrace::flow {

/// Names the owner of a flow: 2 bits of kind, 30 bits of index (the same numbering as timer::TimerId).
using FlowRef = std::uint32_t;
inline constexpr FlowRef kNoFlow = 0xffff'ffff;

/// KeyOf: `const FlowKey& operator()(FlowRef) const noexcept` and `void prefetch(FlowRef) const noexcept`.
template <class KeyOf>
class FlowTable {
 public:
  /// Room for `capacity` flows at least (load factor at most 7/8). Throws std::bad_alloc.
  FlowTable(std::size_t capacity, const base::SipKey& secret, KeyOf key_of);

  /// The bucket hash of a key.
  [[nodiscard]] std::uint64_t hash(const FlowKey& key) const noexcept;

  /// kNoFlow when absent.
  [[nodiscard]] FlowRef find(const FlowKey& key) const noexcept;
  [[nodiscard]] FlowRef find(const FlowKey& key, std::uint64_t hash) const noexcept;
  /// refs[i] = find(keys[i]); hashes and prefetches the whole burst first. Sizes are equal, at most 64.
  void find_burst(std::span<const FlowKey> keys, std::span<FlowRef> refs) const noexcept;

  /// False when the table is full. The key must be absent, and key_of(ref) must already give it.
  [[nodiscard]] bool insert(const FlowKey& key, FlowRef ref) noexcept;
  /// Removes the entry with this key and reference; false when it is not there.
  bool erase(const FlowKey& key, FlowRef ref) noexcept;
  /// Replaces the reference of a key that is present under `old_ref` (connection to TIME-WAIT); never fails for lack of
  /// room.
  bool replace(const FlowKey& key, FlowRef old_ref, FlowRef new_ref) noexcept;

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
};

}  // namespace millrace::flow
