// One bucket: which slots match, the overflow count and its end, and the hash that picks it.
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
  EXPECT_FALSE(bucket.overflowed());
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

TEST(Bucket, TheOverflowCountIsNoTag) {
  Bucket bucket{};
  for (int i = 0; i < 9; ++i) bucket.add_overflow();
  EXPECT_TRUE(bucket.matches(9).empty());
}

TEST(Bucket, CountsOverflowsUpAndDown) {
  Bucket bucket{};
  for (int i = 0; i < 254; ++i) bucket.add_overflow();
  for (int i = 0; i < 254; ++i) {
    EXPECT_TRUE(bucket.overflowed()) << i;
    bucket.sub_overflow();
  }
  EXPECT_FALSE(bucket.overflowed());
}

TEST(Bucket, AFullOverflowCountSticks) {
  Bucket bucket{};
  for (int i = 0; i < 300; ++i) bucket.add_overflow();
  for (int i = 0; i < 600; ++i) bucket.sub_overflow();
  EXPECT_TRUE(bucket.overflowed());
}

TEST(Bucket, TheCountSticksAt255AndNotBefore) {
  Bucket bucket{};
  for (int i = 0; i < 255; ++i) bucket.add_overflow();
  for (int i = 0; i < 255; ++i) bucket.sub_overflow();
  EXPECT_TRUE(bucket.overflowed());
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

}  // namespace
}  // namespace millrace::flow
