// One bucket: which slots match, the overflow counts and their end, and the hash that picks it.
#include "flow/bucket.h"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <vector>

#include "base/random.h"
#include "flow/bucket_hash.h"

namespace millrace::flow {
namespace {

std::vector<unsigned> slots_of(SlotSet set) {
  std::vector<unsigned> slots;
  for (; !set.empty(); set.drop_first()) slots.push_back(set.first());
  return slots;
}
using Slots = std::vector<unsigned>;

TEST(Bucket, OfZerosIsEmpty) {
  const Bucket bucket{};
  EXPECT_EQ(slots_of(bucket.matches(Bucket::kEmpty)), (Slots{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_TRUE(bucket.matches(1).empty());
  for (unsigned tag = 1; tag < 256; ++tag) EXPECT_FALSE(bucket.overflowed(Bucket::Tag(tag)));
}

TEST(Bucket, MatchesEverySlotAndTag) {
  for (unsigned slot = 0; slot < kBucketSlots; ++slot) {
    for (unsigned tag = 1; tag < 256; ++tag) {
      Bucket bucket{};
      bucket.set(slot, Bucket::Tag(tag), 1000 + slot);
      ASSERT_EQ(slots_of(bucket.matches(Bucket::Tag(tag))), Slots{slot});
      ASSERT_EQ(slots_of(bucket.matches(Bucket::kEmpty)).size(), kBucketSlots - 1);
      ASSERT_EQ(bucket.ref(slot), 1000 + slot);
    }
  }
}

TEST(Bucket, ClearAndReplaceTouchOneSlot) {
  Bucket bucket{};
  for (unsigned slot = 0; slot < kBucketSlots; ++slot) bucket.set(slot, 9, slot);
  EXPECT_TRUE(bucket.matches(Bucket::kEmpty).empty());
  bucket.clear(4);
  EXPECT_EQ(slots_of(bucket.matches(Bucket::kEmpty)), Slots{4});
  EXPECT_EQ(slots_of(bucket.matches(9)), (Slots{0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11}));
  bucket.set_ref(11, 77);
  EXPECT_EQ(bucket.ref(11), 77u);
  EXPECT_EQ(bucket.ref(10), 10u);
  EXPECT_EQ(slots_of(bucket.matches(9)).back(), 11u);
}

constexpr Bucket::Tag kTag = 9;

TEST(Bucket, OverflowCountsAreNoTags) {
  Bucket bucket{};
  for (unsigned tag = 0; tag < 16; ++tag)
    for (unsigned i = 0; i < tag; ++i) bucket.add_overflow(Bucket::Tag(tag));
  for (unsigned tag = 1; tag < 256; ++tag) EXPECT_TRUE(bucket.matches(Bucket::Tag(tag)).empty());
}

TEST(Bucket, CountsOverflowsUpAndDown) {
  Bucket bucket{};
  for (int i = 0; i < 14; ++i) bucket.add_overflow(kTag);
  for (int i = 0; i < 14; ++i) {
    EXPECT_TRUE(bucket.overflowed(kTag)) << i;
    bucket.sub_overflow(kTag);
  }
  EXPECT_FALSE(bucket.overflowed(kTag));
}

TEST(Bucket, CountsOverflowsByTheTagsLowBits) {
  for (unsigned tag = 1; tag < 256; ++tag) {
    Bucket bucket{};
    for (int i = 0; i < 14; ++i) bucket.add_overflow(Bucket::Tag(tag));
    for (unsigned other = 1; other < 256; ++other)
      ASSERT_EQ(bucket.overflowed(Bucket::Tag(other)), other % 8 == tag % 8) << tag << " " << other;
  }
}

TEST(Bucket, ACountSticksAt15AndNotBefore) {
  Bucket bucket{};
  for (int i = 0; i < 15; ++i) bucket.add_overflow(kTag);
  for (int i = 0; i < 15; ++i) bucket.sub_overflow(kTag);
  EXPECT_TRUE(bucket.overflowed(kTag));
}

TEST(Bucket, AStuckCountLeavesTheOthersAlone) {
  Bucket bucket{};
  bucket.add_overflow(kTag + 1);
  for (int i = 0; i < 300; ++i) bucket.add_overflow(kTag);
  for (int i = 0; i < 600; ++i) bucket.sub_overflow(kTag);
  EXPECT_TRUE(bucket.overflowed(kTag));
  bucket.sub_overflow(kTag + 1);
  for (unsigned tag = 1; tag < 256; ++tag) EXPECT_EQ(bucket.overflowed(Bucket::Tag(tag)), tag % 8 == kTag % 8);
}

TEST(BucketHash, IsSipHash13OfTheKeysBytes) {
  base::Random random{1};
  for (int i = 0; i < 1000; ++i) {
    FlowKey key;
    for (auto& byte : key.remote_address) byte = static_cast<std::uint8_t>(random.next());
    key.local_index = static_cast<std::uint16_t>(random.next());
    key.remote_port = static_cast<std::uint16_t>(random.next());
    key.local_port = static_cast<std::uint16_t>(random.next());
    const base::SipKey secret{random.next(), random.next()};
    ASSERT_EQ(BucketHash{secret}(key), base::siphash13(secret, std::as_bytes(std::span{&key, 1})));
  }
}

TEST(BucketHash, LanesEqualSingleHashes) {
  base::Random random{2};
  const BucketHash hash{{random.next(), random.next()}};
  for (int i = 0; i < 1000; ++i) {
    std::array<FlowKey, BucketHash::kLanes> keys;
    for (FlowKey& key : keys) {
      for (auto& byte : key.remote_address) byte = static_cast<std::uint8_t>(random.next());
      key.remote_port = static_cast<std::uint16_t>(random.next());
    }
    std::array<std::uint64_t, BucketHash::kLanes> hashes;
    hash.hash_lanes(keys.data(), hashes.data());
    for (std::size_t lane = 0; lane < keys.size(); ++lane) ASSERT_EQ(hashes[lane], hash(keys[lane]));
  }
}

}  // namespace
}  // namespace millrace::flow
