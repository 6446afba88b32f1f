// The generator's sequence, computed apart from this code, and the edges of its two reductions.
#include "base/random.h"

#include <gtest/gtest.h>

#include <array>

namespace millrace::base {
namespace {

TEST(Random, GivesTheKnownSequences) {
  Random zero{0};
  for (const std::uint64_t expected : {0x99ec5f36cb75f2b4ull, 0xbf6e1f784956452aull, 0x1a5f849d4933e6e0ull,
                                       0x6aa594f1262d2d2cull, 0xbba5ad4a1f842e59ull, 0xffef8375d9ebcacaull})
    EXPECT_EQ(zero.next(), expected);
  Random one{1};
  for (const std::uint64_t expected : {0xb3f2af6d0fc710c5ull, 0x853b559647364ceaull, 0x92f89756082a4514ull})
    EXPECT_EQ(one(), expected);
  Random most{~0ull};
  for (const std::uint64_t expected : {0x8f5520d52a7ead08ull, 0xc476a018caa1802dull, 0x81de31c0d260469eull})
    EXPECT_EQ(most.next(), expected);
}

TEST(Random, BelowIsTheHighHalfOfTheProduct) {
  Random random{0};
  EXPECT_EQ(random.below(10), 6u);  // 0x99ec.. / 2^64 = 0.601
  EXPECT_EQ(random.below(1u << 16), 0xbf6eu);
  EXPECT_EQ(random.below(~0ull), 0x1a5f849d4933e6dfu);
}

TEST(Random, BelowOfZeroAndOneIsZero) {
  Random random{7};
  EXPECT_EQ(random.below(0), 0u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
}

TEST(Random, BelowOfZeroDrawsNothing) {
  Random random{0};
  EXPECT_EQ(random.below(0), 0u);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4u);
}

// With bound 3 * 2^62 a quarter of all draws must be rejected; without that, multiples of 3 come up half of the time.
TEST(Random, BelowIsUniformForHugeBounds) {
  Random random{3};
  std::array<int, 3> seen{};
  constexpr std::uint64_t kBound = 3ull << 62;
  for (int i = 0; i < 30'000; ++i) {
    const auto value = random.below(kBound);
    ASSERT_LT(value, kBound);
    ++seen[value % 3];
  }
  for (const int n : seen) EXPECT_NEAR(n, 10'000, 400);
}

TEST(Random, BelowIsUniformForSmallBounds) {
  Random random{4};
  std::array<int, 5> seen{};
  for (int i = 0; i < 50'000; ++i) ++seen.at(random.below(5));
  for (const int n : seen) EXPECT_NEAR(n, 10'000, 400);
}

TEST(Random, ChanceOfZeroIsNeverAndOfOneIsAlways) {
  Random random{5};
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(random.chance(0.0));
    EXPECT_TRUE(random.chance(1.0));
  }
}

TEST(Random, ChanceHitsItsShare) {
  Random random{6};
  int hits = 0;
  for (int i = 0; i < 100'000; ++i) hits += random.chance(0.25) ? 1 : 0;
  EXPECT_NEAR(hits, 25'000, 700);
}

TEST(Random, ChanceComparesTheTop53Bits) {
  EXPECT_FALSE(Random{0}.chance(0.601));  // the first draw is 0.60126...
  EXPECT_TRUE(Random{0}.chance(0.6013));
  EXPECT_FALSE(Random{0}.chance(static_cast<double>(0x99ec5f36cb75f2b4ull >> 11) * 0x1.0p-53)) << "below, not equal";
}

TEST(Random, IsAStandardGenerator) { static_assert(Random::min() == 0 && Random::max() == 0xffff'ffff'ffff'ffff); }

}  // namespace
}  // namespace millrace::base
