// Which object owns a flow key: fixed capacity, keyed hash, lookups in bursts.
//
// Buckets of one cache line hold 8-bit tags and 32-bit references; the key itself lies in the object (connection,
// half-open or TIME-WAIT entry), reached through KeyOf. A full bucket overflows to the next in its probe sequence and
// counts that, so erase leaves no tombstone. The bucket hash is SipHash under a per-process secret (never derived from
// RSS), so that peers can't aim at one bucket. One thread owns a table. Full is an ordinary result.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/pages.h"
#include "base/prefetch.h"
#include "base/siphash.h"
#include "flow/bucket.h"
#include "flow/bucket_hash.h"
#include "flow/flow_key.h"

namespace millrace::flow {

/// Names the owner of a flow: 2 bits of kind, 30 bits of index (the same numbering as timer::TimerId).
using FlowRef = std::uint32_t;
inline constexpr FlowRef kNoFlow = 0xffff'ffff;

inline constexpr std::size_t kMaxFindBurst = 64;

/// KeyOf: `const FlowKey& operator()(FlowRef) const noexcept` and `void prefetch(FlowRef) const noexcept`; the key of a
/// reference stays the same as long as it is in the table. Hash is BucketHash, save in tests of collisions.
template <class KeyOf, class Hash = BucketHash>
class FlowTable {
 public:
  /// Room for `capacity` flows at least (load factor at most 7/8); small pages for a table that stays nearly empty.
  /// Throws std::bad_alloc.
  FlowTable(std::size_t capacity, const base::SipKey& secret, KeyOf key_of, base::PageSize pages = base::PageSize::Huge)
      : hash_(secret), key_of_(std::move(key_of)), memory_(buckets_for(capacity) * sizeof(Bucket), pages) {
    mask_ = memory_.bytes() / sizeof(Bucket) - 1;
    buckets_ = static_cast<Bucket*>(memory_.data());
  }

  /// The bucket hash of a key.
  [[nodiscard]] std::uint64_t hash(const FlowKey& key) const noexcept { return hash_(key); }

  /// Fetches where the key would lie.
  void prefetch(const FlowKey& key) const noexcept { base::prefetch(&bucket(Walk{hash(key)})); }

  /// kNoFlow when absent.
  [[nodiscard]] FlowRef find(const FlowKey& key) const noexcept { return find(key, hash(key)); }
  [[nodiscard]] FlowRef find(const FlowKey& key, std::uint64_t hash) const noexcept {
    const Place place = locate(hash, [&](FlowRef ref) { return key_of_(ref) == key; });
    return place.bucket == nullptr ? kNoFlow : place.bucket->ref(place.slot);
  }
  /// hashes[i] = hash(keys[i]), refs[i] = find(keys[i]); what all of them touch is fetched first. Sizes are equal, at
  /// most kMaxFindBurst.
  void find_burst(std::span<const FlowKey> keys, std::span<std::uint64_t> hashes,
                  std::span<FlowRef> refs) const noexcept;

  /// False when the table is full. The key must be absent, and key_of(ref) must already give it.
  [[nodiscard]] bool insert(const FlowKey& key, FlowRef ref) noexcept;
  /// Removes the entry with this key and reference; false when it is not there. key_of(ref) must still give the key.
  bool erase(const FlowKey& key, FlowRef ref) noexcept;
  /// Replaces the reference of a key that is present under `old_ref` (connection to TIME-WAIT); never fails for lack of
  /// room. Both objects must give the key.
  bool replace(const FlowKey& key, FlowRef old_ref, FlowRef new_ref) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Changes with every insert, erase and replace: results of a burst lookup hold while it stays the same.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// Flows that fit: at least what was asked for.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_of(mask_ + 1); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return memory_.bytes(); }

 private:
  struct Place {
    Bucket* bucket;
    unsigned slot;
  };

  /// The buckets in which a flow may lie, best first. The stride is odd and the number of buckets a power of two, so
  /// the walk meets every bucket once; it depends on the tag, so neighbours do not overflow into the same bucket.
  class Walk {
   public:
    Walk() = default;  ///< to be assigned
    explicit Walk(std::uint64_t hash) noexcept : tag_(tag_of(hash)), at_(hash) {}
    [[nodiscard]] Bucket::Tag tag() const noexcept { return tag_; }
    [[nodiscard]] std::size_t at() const noexcept { return at_; }
    void next() noexcept { at_ += std::size_t{tag_} * 2 + 1; }

   private:
    // The top byte, while the bucket is taken from the low bits; 0 means an empty slot and is spared.
    [[nodiscard]] static Bucket::Tag tag_of(std::uint64_t hash) noexcept {
      const auto top = static_cast<Bucket::Tag>(hash >> 56);
      return top == Bucket::kEmpty ? Bucket::Tag{1} : top;
    }
    Bucket::Tag tag_;
    std::size_t at_;
  };

  [[nodiscard]] static std::size_t capacity_of(std::size_t buckets) noexcept { return buckets * kBucketSlots * 7 / 8; }
  [[nodiscard]] static std::size_t buckets_for(std::size_t capacity) {
    std::size_t buckets = 1;
    while (capacity_of(buckets) < capacity) {
      if (buckets > (std::size_t{1} << 48)) throw std::bad_alloc{};
      buckets *= 2;
    }
    return buckets;
  }

  void hash_burst(std::span<const FlowKey> keys, std::span<std::uint64_t> hashes) const noexcept;
  void guess(std::span<const std::uint64_t> hashes, std::span<FlowRef> guesses) const noexcept;
  [[nodiscard]] Bucket& bucket(const Walk& walk) const noexcept { return buckets_[walk.at() & mask_]; }

  template <class Wanted>
  [[nodiscard]] Place locate(std::uint64_t hash, Wanted&& wanted) const noexcept;
  [[nodiscard]] Place locate_entry(const FlowKey& key, std::uint64_t hash, FlowRef ref) const noexcept {
    return locate(hash, [&](FlowRef candidate) { return candidate == ref && key_of_(candidate) == key; });
  }

  Hash hash_;
  [[no_unique_address]] KeyOf key_of_;
  base::Pages memory_;
  std::size_t mask_;  ///< number of buckets - 1
  Bucket* buckets_;
  std::size_t size_ = 0;
  std::uint64_t version_ = 0;
};

// Ends where no flow has passed on, or after a full round, which stuck overflow counts bring about, or unlucky ones in
// a table of few buckets.
template <class KeyOf, class Hash>
template <class Wanted>
auto FlowTable<KeyOf, Hash>::locate(std::uint64_t hash, Wanted&& wanted) const noexcept -> Place {
  Walk walk{hash};
  for (std::size_t left = mask_ + 1; left > 0; --left, walk.next()) {
    Bucket& b = bucket(walk);
    for (SlotSet slots = b.matches(walk.tag()); !slots.empty(); slots.drop_first())
      if (wanted(b.ref(slots.first()))) return {&b, slots.first()};
    if (!b.overflowed(walk.tag())) break;
  }
  return {nullptr, 0};
}

// By passes, so that the cache misses of a burst overlap: buckets, then the objects that tags point to, then keys.
template <class KeyOf, class Hash>
void FlowTable<KeyOf, Hash>::find_burst(std::span<const FlowKey> keys, std::span<std::uint64_t> hashes,
                                        std::span<FlowRef> refs) const noexcept {
  MILLRACE_ASSERT(keys.size() == refs.size() && keys.size() == hashes.size() && keys.size() <= kMaxFindBurst);
  hash_burst(keys, hashes);
  guess(hashes, refs);
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (refs[i] != kNoFlow && key_of_(refs[i]) != keys[i]) refs[i] = find(keys[i], hashes[i]);
}

/// Fetches the buckets, too.
template <class KeyOf, class Hash>
void FlowTable<KeyOf, Hash>::hash_burst(std::span<const FlowKey> keys, std::span<std::uint64_t> hashes) const noexcept {
  const auto fetch = [&](std::uint64_t hash) { base::prefetch(&bucket(Walk{hash})); };
  std::size_t i = 0;
  for (; keys.size() - i >= Hash::kLanes; i += Hash::kLanes) {
    hash_.hash_lanes(&keys[i], &hashes[i]);
    for (std::size_t lane = 0; lane < Hash::kLanes; ++lane) fetch(hashes[i + lane]);
  }
  for (const FlowKey& key : keys.subspan(i)) fetch(hashes[i++] = hash(key));
}

/// The first reference whose tag is the flow's, kNoFlow only where there is none. Fetches the objects, and, for the few
/// whose bucket has passed flows on, the next bucket, which is looked at when all others have been.
template <class KeyOf, class Hash>
void FlowTable<KeyOf, Hash>::guess(std::span<const std::uint64_t> hashes, std::span<FlowRef> guesses) const noexcept {
  struct Search {
    Walk walk;
    std::size_t of;
  };
  std::array<Search, kMaxFindBurst> further;
  std::size_t searches = 0;
  const auto look = [&](Walk walk, std::size_t of) {
    const Bucket& b = bucket(walk);
    SlotSet slots = b.matches(walk.tag());
    guesses[of] = slots.empty() ? kNoFlow : b.ref(slots.first());
    if (slots.empty() && b.overflowed(walk.tag())) {
      walk.next();
      base::prefetch(&bucket(walk));
      further[searches++] = {walk, of};
    }
    for (; !slots.empty(); slots.drop_first()) key_of_.prefetch(b.ref(slots.first()));
  };
  for (std::size_t i = 0; i < hashes.size(); ++i) look(Walk{hashes[i]}, i);
  for (std::size_t round = 0; round <= mask_ && searches > 0; ++round)
    for (std::size_t i = 0, n = std::exchange(searches, 0); i < n; ++i) look(further[i].walk, further[i].of);
}

// Below capacity some bucket has an empty slot, and the walk meets every bucket.
template <class KeyOf, class Hash>
bool FlowTable<KeyOf, Hash>::insert(const FlowKey& key, FlowRef ref) noexcept {
  if (size_ == capacity()) return false;
  const auto key_hash = hash(key);
  MILLRACE_ASSERT(find(key, key_hash) == kNoFlow);
  Walk walk{key_hash};
  SlotSet empty = bucket(walk).matches(Bucket::kEmpty);
  while (empty.empty()) {
    bucket(walk).add_overflow(walk.tag());
    walk.next();
    empty = bucket(walk).matches(Bucket::kEmpty);
  }
  bucket(walk).set(empty.first(), walk.tag(), ref);
  ++size_;
  ++version_;
  return true;
}

template <class KeyOf, class Hash>
bool FlowTable<KeyOf, Hash>::erase(const FlowKey& key, FlowRef ref) noexcept {
  const auto key_hash = hash(key);
  const Place place = locate_entry(key, key_hash, ref);
  if (place.bucket == nullptr) return false;
  place.bucket->clear(place.slot);
  for (Walk walk{key_hash}; &bucket(walk) != place.bucket; walk.next()) bucket(walk).sub_overflow(walk.tag());
  --size_;
  ++version_;
  return true;
}

template <class KeyOf, class Hash>
bool FlowTable<KeyOf, Hash>::replace(const FlowKey& key, FlowRef old_ref, FlowRef new_ref) noexcept {
  const Place place = locate_entry(key, hash(key), old_ref);
  if (place.bucket == nullptr) return false;
  place.bucket->set_ref(place.slot, new_ref);
  ++version_;
  return true;
}

}  // namespace millrace::flow
