// The counter counts, wraps as unsigned numbers do, and copies by value.
#include "base/counter.h"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(Counter, StartsAtZeroAndCounts) {
  Counter counter;
  EXPECT_EQ(counter.get(), 0u);
  EXPECT_EQ((++counter).get(), 1u);
  counter.add(41);
  EXPECT_EQ(counter.get(), 42u);
  counter.sub(2);
  EXPECT_EQ(counter.get(), 40u);
  EXPECT_EQ((--counter).get(), 39u);
  counter.set(7);
  EXPECT_EQ(counter.get(), 7u);
}

TEST(Counter, CopiesAreApart) {
  Counter a;
  a.set(5);
  Counter b{a};
  ++a;
  EXPECT_EQ(b.get(), 5u);
  b = a;
  ++a;
  EXPECT_EQ(b.get(), 6u);
  EXPECT_EQ(a.get(), 7u);
}

TEST(Counter, WrapsModulo64Bits) {
  Counter counter;
  --counter;
  EXPECT_EQ(counter.get(), ~std::uint64_t{0});
  ++counter;
  EXPECT_EQ(counter.get(), 0u);
}

TEST(Counter, CostsWhatANumberCosts) { static_assert(sizeof(Counter) == 8); }

}  // namespace
}  // namespace millrace::base
