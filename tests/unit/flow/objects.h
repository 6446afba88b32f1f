// What the flow-table tests share: an array of keys as the objects, and a hash that a test writes by hand.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "flow/flow_table.h"

namespace millrace::flow {

/// Object `ref` has the key objects[ref]; prefetches are recorded.
struct KeyOf {
  std::vector<FlowKey>* objects;
  std::vector<FlowRef>* prefetched;

  const FlowKey& operator()(FlowRef ref) const noexcept { return objects->at(ref); }
  void prefetch(FlowRef ref) const noexcept { prefetched->push_back(ref); }
};

/// Hashes keys one by one, where bursts are hashed in lanes.
template <class One>
struct Hashing {
  static constexpr std::size_t kLanes = 2;
  void hash_lanes(const FlowKey* keys, std::uint64_t* hashes) const noexcept {
    for (std::size_t i = 0; i < kLanes; ++i) hashes[i] = static_cast<const One&>(*this)(keys[i]);
  }
};

/// A key's first 8 bytes are its hash.
struct HashByHand : Hashing<HashByHand> {
  explicit HashByHand(const base::SipKey&) noexcept {}
  std::uint64_t operator()(const FlowKey& key) const noexcept {
    std::uint64_t hash;
    std::memcpy(&hash, key.remote_address.data(), sizeof hash);
    return hash;
  }
};

/// A key with this hash under HashByHand; keys differ in `number`.
inline FlowKey key_with_hash(std::uint64_t hash, std::uint16_t number) {
  FlowKey key;
  std::memcpy(key.remote_address.data(), &hash, sizeof hash);
  key.remote_port = number;
  return key;
}

template <class Hash>
struct Fixture {
  explicit Fixture(std::size_t capacity, std::size_t object_count = 4096)
      : objects(object_count), table(capacity, base::SipKey{1, 2}, KeyOf{&objects, &prefetched}) {}

  /// Gives object `ref` the key and inserts it.
  bool insert(const FlowKey& key, FlowRef ref) {
    objects[ref] = key;
    return table.insert(key, ref);
  }

  std::vector<FlowKey> objects;
  std::vector<FlowRef> prefetched;
  FlowTable<KeyOf, Hash> table;
};

}  // namespace millrace::flow
