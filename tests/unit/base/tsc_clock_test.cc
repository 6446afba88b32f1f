// The arithmetic of the TSC clock on given counter values. One test reads the counter, as a clock's test must; it
// judges order and magnitude only.
#include "base/tsc_clock.h"

#include <gtest/gtest.h>

namespace millrace::base {
namespace {

TEST(TscClock, RunsThroughBothPoints) {
  const TscClock clock{{1'000, 50}, {21'000, 10'050}};  // 20'000 cycles in 10 us: 2 GHz
  EXPECT_EQ(clock.hz(), 2'000'000'000u);
  EXPECT_EQ(to_ns(clock.at(1'000)), 50);
  EXPECT_EQ(to_ns(clock.at(1'003)), 51);
  EXPECT_EQ(to_ns(clock.at(21'000)), 10'050);
  EXPECT_EQ(to_ns(clock.at(1'000 + 2'000'000'000)), 1'000'000'050);
}

TEST(TscClock, RoundsTheRateToTheNearest) {
  EXPECT_EQ((TscClock{{0, 0}, {5, 3'000'000'000}}.hz()), 2u);  // 1.67
  EXPECT_EQ((TscClock{{0, 0}, {4, 3'000'000'000}}.hz()), 1u);  // 1.33
  EXPECT_EQ((TscClock{{0, 0}, {3, 2'000'000'000}}.hz()), 2u);  // 1.5
}

TEST(TscClock, IsExactOverHours) {
  const TscClock clock{{0, 0}, {3'000'000, 1'000'000}};  // 3 GHz, a third of a nanosecond
  const std::int64_t day_ns = 86'400'000'000'000;
  EXPECT_NEAR(double(to_ns(clock.at(3u * std::uint64_t(day_ns))) - day_ns), 0.0, 120.0);
}

TEST(TscClock, CountsBackwardsBeforeItsOrigin) {
  const TscClock clock{{1'000, 500}, {3'000, 1'500}};
  EXPECT_EQ(to_ns(clock.at(998)), 499);
  EXPECT_EQ(to_ns(clock.at(0)), 0);
}

TEST(TscClock, CrossesTheWrapOfTheCounter) {
  const TscClock clock{{~std::uint64_t{0} - 9, 100}, {10, 110}};  // 20 cycles in 10 ns
  EXPECT_EQ(clock.hz(), 2'000'000'000u);
  EXPECT_EQ(to_ns(clock.at(10)), 110);
}

TEST(TscClock, CalibratesToTheMachine) {
  const auto before = TscClock::cycles();
  const auto clock = TscClock::calibrate(milliseconds{4});
  const auto spent = TscClock::cycles() - before;
  EXPECT_GT(clock.hz(), 100'000'000u);
  EXPECT_LT(clock.hz(), 20'000'000'000u);
  EXPECT_GE(spent, clock.hz() / 256);  // it took its 4 ms, up to the error of the measurement
  auto last = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const auto now = clock.now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(TscClock, CopiesAgree) {
  const TscClock clock{{7, 9}, {70, 90}};
  const TscClock copy = clock;
  EXPECT_EQ(copy.at(1'000'000), clock.at(1'000'000));
}

}  // namespace
}  // namespace millrace::base
