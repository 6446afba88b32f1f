// The flow table's contract, with hashes written by hand: probing, overflow, fullness, replace, bursts.
#include "flow/flow_table.h"

#include <gtest/gtest.h>

#include <new>
#include <vector>

#include "unit/flow/objects.h"

namespace millrace::flow {
namespace {

using ByHand = Fixture<HashByHand>;
using Real = Fixture<BucketHash>;

constexpr std::uint64_t hash_of(std::uint8_t tag, std::uint64_t bucket) { return std::uint64_t{tag} << 56 | bucket; }

TEST(FlowTable, IsSizedInPowersOfTwoAtSevenEighths) {
  EXPECT_EQ(Real(0).table.capacity(), 10u);
  EXPECT_EQ(Real(10).table.capacity(), 10u);
  EXPECT_EQ(Real(10).table.memory_bytes(), 64u);
  EXPECT_EQ(Real(11).table.capacity(), 21u);
  EXPECT_EQ(Real(21).table.memory_bytes(), 128u);
  EXPECT_EQ(Real(22).table.capacity(), 42u);
  EXPECT_EQ(Real(1'000'000).table.capacity(), 131'072u * 21 / 2);
  EXPECT_EQ(Real(1'000'000).table.memory_bytes(), 131'072u * 64);
}

TEST(FlowTable, RefusesACapacityBeyondAllMemory) {
  EXPECT_THROW(Real{std::size_t{1} << 62}, std::bad_alloc);
  EXPECT_THROW(Real{~std::size_t{0}}, std::bad_alloc);
}

TEST(FlowTable, FindsNothingInAnEmptyTable) {
  Real f{100};
  EXPECT_EQ(f.table.find(FlowKey{}), kNoFlow);
  EXPECT_EQ(f.table.size(), 0u);
  EXPECT_FALSE(f.table.erase(FlowKey{}, 0));
  EXPECT_FALSE(f.table.replace(FlowKey{}, 0, 1));
}

TEST(FlowTable, HashesWithItsSecret) {
  Real f{10};
  const auto key = key_with_hash(5, 6);
  EXPECT_EQ(f.table.hash(key), (BucketHash{{1, 2}}(key)));
}

TEST(FlowTable, ComparesWholeKeysNotOnlyTags) {
  ByHand f{10};
  for (std::uint16_t i = 0; i < 8; ++i) ASSERT_TRUE(f.insert(key_with_hash(hash_of(7, 0), i), i));
  for (std::uint16_t i = 0; i < 8; ++i) EXPECT_EQ(f.table.find(key_with_hash(hash_of(7, 0), i)), i);
  EXPECT_EQ(f.table.find(key_with_hash(hash_of(7, 0), 8)), kNoFlow);
  EXPECT_EQ(f.table.size(), 8u);
}

TEST(FlowTable, EveryPartOfTheKeyCounts) {
  Real f{100};
  FlowKey base;
  ASSERT_TRUE(f.insert(base, 0));
  FlowKey a = base, b = base, c = base, d = base;
  a.remote_address[15] = 1;
  b.local_index = 1;
  c.remote_port = 1;
  d.local_port = 1;
  FlowRef ref = 1;
  for (const auto& key : {a, b, c, d}) {
    EXPECT_EQ(f.table.find(key), kNoFlow);
    ASSERT_TRUE(f.insert(key, ref++));
  }
  EXPECT_EQ(f.table.find(base), 0u);
  EXPECT_EQ(f.table.find(a), 1u);
  EXPECT_EQ(f.table.find(b), 2u);
  EXPECT_EQ(f.table.find(c), 3u);
  EXPECT_EQ(f.table.find(d), 4u);
}

TEST(FlowTable, FullIsAnOrdinaryResult) {
  Real f{42};
  for (std::uint16_t i = 0; i < 42; ++i) ASSERT_TRUE(f.insert(key_with_hash(0, i), i));
  EXPECT_FALSE(f.insert(key_with_hash(0, 42), 42));
  EXPECT_EQ(f.table.size(), 42u);
  EXPECT_EQ(f.table.find(key_with_hash(0, 42)), kNoFlow);
  EXPECT_TRUE(f.table.erase(key_with_hash(0, 20), 20));
  EXPECT_TRUE(f.insert(key_with_hash(0, 42), 42));
  EXPECT_FALSE(f.insert(key_with_hash(0, 20), 20));
  for (std::uint16_t i = 0; i < 42; ++i) EXPECT_EQ(f.table.find(key_with_hash(0, i)), i == 20 ? kNoFlow : i);
  EXPECT_EQ(f.table.find(key_with_hash(0, 42)), 42u);
}

TEST(FlowTable, ReplaceWorksInAFullTable) {
  Real f{10};
  for (std::uint16_t i = 0; i < 10; ++i) ASSERT_TRUE(f.insert(key_with_hash(1, i), i));
  const auto key = key_with_hash(1, 3);
  f.objects[100] = key;
  EXPECT_FALSE(f.table.replace(key, 4, 100));  // it is there, but under another reference
  EXPECT_FALSE(f.table.replace(key_with_hash(1, 11), 3, 100));
  EXPECT_TRUE(f.table.replace(key, 3, 100));
  EXPECT_EQ(f.table.find(key), 100u);
  EXPECT_EQ(f.table.size(), 10u);
  EXPECT_FALSE(f.table.erase(key, 3));
  EXPECT_TRUE(f.table.erase(key, 100));
  EXPECT_EQ(f.table.find(key), kNoFlow);
  EXPECT_EQ(f.table.size(), 9u);
}

TEST(FlowTable, EraseWantsKeyAndReference) {
  ByHand f{10};
  const auto a = key_with_hash(hash_of(3, 0), 1);
  const auto b = key_with_hash(hash_of(3, 0), 2);
  ASSERT_TRUE(f.insert(a, 1));
  EXPECT_FALSE(f.table.erase(a, 2));
  EXPECT_FALSE(f.table.erase(b, 1));
  EXPECT_EQ(f.table.find(a), 1u);
  EXPECT_TRUE(f.table.erase(a, 1));
  EXPECT_FALSE(f.table.erase(a, 1));
  EXPECT_EQ(f.table.size(), 0u);
}

TEST(FlowTable, ATagOfZeroIsNoEmptySlot) {
  ByHand f{10};
  const auto zero = key_with_hash(hash_of(0, 0), 1);
  const auto one = key_with_hash(hash_of(1, 0), 1);
  ASSERT_TRUE(f.insert(zero, 1));
  ASSERT_TRUE(f.insert(one, 2));
  EXPECT_EQ(f.table.find(zero), 1u);
  EXPECT_EQ(f.table.find(one), 2u);
  EXPECT_TRUE(f.table.erase(zero, 1));
  EXPECT_EQ(f.table.find(zero), kNoFlow);
  EXPECT_EQ(f.table.find(one), 2u);
}

// The tag is the top byte: 4 buckets, 12 flows fill bucket 0, the next ones with tag t go on to bucket 2t + 1.
TEST(FlowTable, OverflowsAlongAStrideThatTheTagGives) {
  ByHand f{40};
  FlowRef ref = 0;
  for (; ref < 12; ++ref) ASSERT_TRUE(f.insert(key_with_hash(hash_of(0x80, 0), std::uint16_t(ref)), ref));
  const auto far1 = key_with_hash(hash_of(2, 0), 100);  // to bucket 5 mod 4 = 1
  const auto far3 = key_with_hash(hash_of(3, 0), 101);  // to bucket 7 mod 4 = 3
  ASSERT_TRUE(f.insert(far1, 100));
  ASSERT_TRUE(f.insert(far3, 101));
  // Seen through bursts: objects in a key's first bucket are prefetched, those farther on if the tag's flows
  // overflowed.
  const auto prefetched_from = [&](std::uint8_t tag, std::uint64_t bucket) {
    f.prefetched.clear();
    const FlowKey keys[] = {key_with_hash(hash_of(tag, bucket), 999)};
    std::uint64_t hashes[1];
    FlowRef refs[1];
    f.table.find_burst(keys, hashes, refs);
    EXPECT_EQ(refs[0], kNoFlow);
    return f.prefetched;
  };
  EXPECT_EQ(prefetched_from(2, 1), std::vector<FlowRef>{100});
  EXPECT_EQ(prefetched_from(3, 3), std::vector<FlowRef>{101});
  EXPECT_EQ(prefetched_from(3, 1), std::vector<FlowRef>{});
  EXPECT_EQ(prefetched_from(2, 0), std::vector<FlowRef>{100});
  EXPECT_EQ(prefetched_from(4, 0), std::vector<FlowRef>{});
  EXPECT_EQ(prefetched_from(0x80, 0).size(), 12u);
}

// Flows that overflowed stay reachable when those before them go, and the way is forgotten when they go themselves.
TEST(FlowTable, EraseUndoesTheOverflowCounts) {
  ByHand f{80};  // 8 buckets
  for (std::uint16_t i = 0; i < 26; ++i) ASSERT_TRUE(f.insert(key_with_hash(hash_of(9, 5), i), i));
  for (std::uint16_t i = 0; i < 24; ++i) {
    ASSERT_TRUE(f.table.erase(key_with_hash(hash_of(9, 5), i), i));
    for (std::uint16_t k = 0; k < 26; ++k)
      ASSERT_EQ(f.table.find(key_with_hash(hash_of(9, 5), k)), k <= i ? kNoFlow : k);
  }
  // Two are left, two buckets away. A find that stops too early would miss them; one with the walk's end too, after
  // they are gone, would compare keys of flows that lie on the way but began elsewhere.
  for (std::uint16_t i = 24; i < 26; ++i) ASSERT_TRUE(f.table.erase(key_with_hash(hash_of(9, 5), i), i));
  ASSERT_TRUE(f.insert(key_with_hash(hash_of(9, 0), 1), 50));  // 5 + 19 = 24: the next bucket of the walk
  f.objects[50] = key_with_hash(hash_of(9, 5), 77);            // if the walk went on, it would take this one
  EXPECT_EQ(f.table.find(key_with_hash(hash_of(9, 5), 77)), kNoFlow);
  EXPECT_EQ(f.table.size(), 1u);
}

TEST(FlowTable, TheWayToAFlowThatOverflowedIsWalkedOnlyWhileNeeded) {
  ByHand f{80};
  for (std::uint16_t i = 0; i < 13; ++i) ASSERT_TRUE(f.insert(key_with_hash(hash_of(9, 5), i), i));
  f.objects[12] = key_with_hash(hash_of(9, 5), 500);
  EXPECT_EQ(f.table.find(key_with_hash(hash_of(9, 5), 500)), 12u) << "the 13th lies in the next bucket";
}

// 600 flows of one hash: the counts of the first buckets stick. All stays right, if slower.
TEST(FlowTable, StuckOverflowCountsAreStillRight) {
  ByHand f{600};  // 64 buckets
  constexpr std::uint16_t kFlows = 600;
  const auto key = [](std::uint16_t i) { return key_with_hash(hash_of(4, 17), i); };
  for (std::uint16_t i = 0; i < kFlows; ++i) ASSERT_TRUE(f.insert(key(i), i));
  for (std::uint16_t i = 0; i < kFlows; ++i) ASSERT_EQ(f.table.find(key(i)), i);
  for (std::uint16_t i = 0; i < kFlows; i += 2) ASSERT_TRUE(f.table.erase(key(i), i));
  for (std::uint16_t i = 0; i < kFlows; ++i) ASSERT_EQ(f.table.find(key(i)), i % 2 == 0 ? kNoFlow : i);
  for (std::uint16_t i = 1; i < kFlows; i += 2) ASSERT_TRUE(f.table.erase(key(i), i));
  EXPECT_EQ(f.table.size(), 0u);
  EXPECT_EQ(f.table.find(key(0)), kNoFlow);
  for (std::uint16_t i = 0; i < kFlows; ++i) ASSERT_TRUE(f.insert(key(i), i));
  for (std::uint16_t i = 0; i < kFlows; ++i) ASSERT_EQ(f.table.find(key(i)), i);
}

// All buckets stuck: a miss ends after one round, alone and in a burst.
TEST(FlowTable, AMissEndsWhenEveryBucketOverflowed) {
  ByHand f{42};  // 4 buckets
  constexpr std::uint64_t kBuckets = 4;
  const auto key = [](std::uint64_t bucket, std::uint16_t i) { return key_with_hash(hash_of(4, bucket), i); };
  for (std::uint64_t home = 0; home < kBuckets; ++home) {  // 30 flows pass the first bucket, 18 the second
    for (std::uint16_t i = 0; i < 42; ++i) ASSERT_TRUE(f.insert(key(home, i), i));
    for (std::uint16_t i = 0; i < 42; ++i) ASSERT_TRUE(f.table.erase(key(home, i), i));
  }
  std::vector<FlowKey> keys;
  for (std::uint64_t home = 0; home < kBuckets; ++home) keys.push_back(key(home, 100));
  for (const FlowKey& absent : keys) EXPECT_EQ(f.table.find(absent), kNoFlow);
  std::vector<std::uint64_t> hashes(keys.size());
  std::vector<FlowRef> refs(keys.size(), 12345);
  f.table.find_burst(keys, hashes, refs);
  EXPECT_EQ(refs, std::vector<FlowRef>(keys.size(), kNoFlow));
}

TEST(FlowTable, ABurstEqualsSingleFinds) {
  Real f{1000};
  for (std::uint16_t i = 0; i < 1000; ++i) ASSERT_TRUE(f.insert(key_with_hash(3, i), i));
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{32}, kMaxFindBurst}) {
    std::vector<FlowKey> keys;
    for (std::size_t i = 0; i < n; ++i) keys.push_back(key_with_hash(3, std::uint16_t(i * 37 % 1500)));
    std::vector<std::uint64_t> hashes(n);
    std::vector<FlowRef> refs(n, 12345);
    f.prefetched.clear();
    f.table.find_burst(keys, hashes, refs);
    std::size_t hits = 0;
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(refs[i], f.table.find(keys[i]));
      EXPECT_EQ(hashes[i], f.table.hash(keys[i]));
      EXPECT_EQ(refs[i], i * 37 % 1500 < 1000 ? i * 37 % 1500 : kNoFlow);
      hits += refs[i] != kNoFlow ? 1 : 0;
    }
    EXPECT_GE(f.prefetched.size(), hits * 9 / 10);
  }
}

TEST(FlowTable, ABurstPrefetchesEveryObjectOfAMatchingTag) {
  ByHand f{40};
  for (std::uint16_t i = 0; i < 3; ++i) ASSERT_TRUE(f.insert(key_with_hash(hash_of(8, 1), i), i));
  ASSERT_TRUE(f.insert(key_with_hash(hash_of(9, 1), 0), 3));
  ASSERT_TRUE(f.insert(key_with_hash(hash_of(9, 2), 0), 4));
  const FlowKey keys[] = {key_with_hash(hash_of(9, 2), 0), key_with_hash(hash_of(8, 1), 2)};
  std::uint64_t hashes[2];
  FlowRef refs[2];
  f.table.find_burst(keys, hashes, refs);
  EXPECT_EQ(f.prefetched, (std::vector<FlowRef>{4, 0, 1, 2}));
  EXPECT_EQ(refs[0], 4u);
  EXPECT_EQ(refs[1], 2u);
}

TEST(FlowTable, MemoryIsTouchedLazily) {
  Real f{std::size_t{1} << 34};  // 128 GB of buckets
  ASSERT_TRUE(f.insert(key_with_hash(1, 1), 7));
  EXPECT_EQ(f.table.find(key_with_hash(1, 1)), 7u);
}

}  // namespace
}  // namespace millrace::flow
