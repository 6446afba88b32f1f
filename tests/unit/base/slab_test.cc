// The slab: indices, reuse, fullness, and that objects are constructed and destroyed exactly once.
#include "base/slab.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <utility>

namespace millrace::base {
namespace {

struct Tracked {
  Tracked(int* alive, int number) : alive_(alive), number_(number) { ++*alive_; }
  ~Tracked() { --*alive_; }
  int* alive_;
  int number_;
};

TEST(Slab, HandsOutIndicesInOrderUntilItIsFull) {
  Slab<int> slab{3};
  EXPECT_EQ(slab.capacity(), 3u);
  EXPECT_EQ(slab.take(10), 0u);
  EXPECT_EQ(slab.take(11), 1u);
  EXPECT_EQ(slab.take(12), 2u);
  EXPECT_EQ(slab.take(13), kNoIndex);
  EXPECT_EQ(slab.used(), 3u);
  EXPECT_EQ(slab[0], 10);
  EXPECT_EQ(slab[1], 11);
  EXPECT_EQ(std::as_const(slab)[2], 12);
}

TEST(Slab, OfNothingIsAlwaysFull) {
  Slab<int> slab{0};
  EXPECT_EQ(slab.take(1), kNoIndex);
  EXPECT_EQ(slab.used(), 0u);
  EXPECT_EQ(slab.memory(), nullptr);
}

TEST(Slab, ReusesTheIndexGivenBackLast) {
  Slab<int> slab{4};
  for (int i = 0; i < 4; ++i) ASSERT_EQ(slab.take(i), std::uint32_t(i));
  slab.give_back(1);
  slab.give_back(3);
  EXPECT_EQ(slab.used(), 2u);
  EXPECT_EQ(slab.take(30), 3u);
  EXPECT_EQ(slab.take(10), 1u);
  EXPECT_EQ(slab.take(0), kNoIndex);
  EXPECT_EQ(slab[3], 30);
  EXPECT_EQ(slab[1], 10);
  EXPECT_EQ(slab[0], 0);
  EXPECT_EQ(slab[2], 2);
  EXPECT_EQ(slab.used(), 4u);
}

TEST(Slab, TouchedIsOnePastTheHighestIndexEverTaken) {
  Slab<int> slab{8};
  EXPECT_EQ(slab.touched(), 0u);
  ASSERT_EQ(slab.take(0), 0u);
  ASSERT_EQ(slab.take(0), 1u);
  slab.give_back(1);
  slab.give_back(0);
  EXPECT_EQ(slab.touched(), 2u);
  ASSERT_EQ(slab.take(0), 0u);
  EXPECT_EQ(slab.touched(), 2u);
}

TEST(Slab, ConstructsAndDestroysEachObjectOnce) {
  int alive = 0;
  Slab<Tracked> slab{2};
  const auto first = slab.take(&alive, 1);
  const auto second = slab.take(&alive, 2);
  EXPECT_EQ(alive, 2);
  EXPECT_EQ(slab[second].number_, 2);
  slab.give_back(first);
  EXPECT_EQ(alive, 1);
  slab.give_back(second);
  EXPECT_EQ(alive, 0);
}

TEST(Slab, TakesArgumentsByMove) {
  Slab<std::unique_ptr<int>> slab{1};
  const auto index = slab.take(std::make_unique<int>(5));
  EXPECT_EQ(*slab[index], 5);
  slab.give_back(index);
}

TEST(Slab, ObjectsKnowTheirIndexAndLieAStrideApart) {
  struct alignas(64) Line {
    char text[40];
  };
  Slab<Line> slab{5};
  for (std::uint32_t i = 0; i < 5; ++i) {
    ASSERT_EQ(slab.take(), i);
    EXPECT_EQ(slab.index_of(slab[i]), i);
    EXPECT_EQ(static_cast<void*>(&slab[i]), static_cast<std::byte*>(slab.memory()) + i * slab.stride());
  }
  static_assert(Slab<Line>::stride() == 64 && Slab<std::uint64_t>::stride() == 8);
  static_assert(Slab<char>::stride() == 4, "a free cell holds an index");
}

TEST(Slab, ReservesAHugeCapacityWithoutTouchingIt) {
  Slab<std::array<std::byte, 256>> slab{1u << 30};  // 256 GB of addresses
  const auto index = slab.take();
  EXPECT_EQ(index, 0u);
  slab[index][255] = std::byte{1};
}

}  // namespace
}  // namespace millrace::base
