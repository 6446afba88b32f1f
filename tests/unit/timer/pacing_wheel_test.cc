// The pacing wheel's contract, case by case: rounding, order, budget, horizon, callbacks.
#include "timer/pacing_wheel.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace millrace::timer {
namespace {

constexpr std::int64_t kTick = std::int64_t{1} << PacingWheel::kTickShift;
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

Time at_tick(std::int64_t tick) { return time_from_ns(tick * kTick); }
TimerId id(std::uint32_t index) { return TimerId::make(0, index); }

using Fired = std::vector<std::uint32_t>;

class PacingWheelTest : public ::testing::Test {
 protected:
  PacingWheelTest() : wheel_(time_from_ns(0)), nodes_(8192) { wheel_.set_arena(0, nodes_.data(), sizeof(Node)); }

  void arm_tick(std::uint32_t index, std::int64_t tick) { wheel_.arm(id(index), at_tick(tick)); }
  Fired advance(Time now, std::size_t budget = kAll) {
    Fired fired;
    const auto n = wheel_.advance(now, budget, [&](TimerId timer) {
      EXPECT_FALSE(nodes_[timer.index()].armed());
      fired.push_back(timer.index());
    });
    EXPECT_EQ(n, fired.size());
    return fired;
  }
  Fired advance_tick(std::int64_t tick, std::size_t budget = kAll) { return advance(at_tick(tick), budget); }

  PacingWheel wheel_;
  std::vector<Node> nodes_;
};

TEST_F(PacingWheelTest, IsEmptyAtFirst) {
  EXPECT_EQ(wheel_.pending(), 0u);
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(advance_tick(1'000'000), Fired{});
}

TEST_F(PacingWheelTest, RoundsADeadlineUpToItsTick) {
  wheel_.arm(id(0), time_from_ns(kTick));
  wheel_.arm(id(1), time_from_ns(kTick + 1));
  wheel_.arm(id(2), time_from_ns(2 * kTick));
  wheel_.arm(id(3), time_from_ns(2 * kTick + 1));
  EXPECT_EQ(wheel_.pending(), 4u);
  EXPECT_EQ(wheel_.next_deadline(), time_from_ns(kTick));
  EXPECT_EQ(advance(time_from_ns(kTick - 1)), Fired{});
  EXPECT_EQ(advance(time_from_ns(kTick)), Fired{0});
  EXPECT_EQ(wheel_.next_deadline(), time_from_ns(2 * kTick));
  EXPECT_EQ(advance(time_from_ns(2 * kTick - 1)), Fired{});
  EXPECT_EQ(advance(time_from_ns(2 * kTick)), (Fired{1, 2}));
  EXPECT_EQ(advance(time_from_ns(3 * kTick)), Fired{3});
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
}

TEST_F(PacingWheelTest, EverySlotIsExact) {
  std::int64_t now = 0;
  for (std::int64_t delta = 1; delta <= PacingWheel::kHorizonTicks; delta += 31) {
    arm_tick(0, now + delta);
    ASSERT_EQ(wheel_.next_deadline(), at_tick(now + delta)) << delta;
    ASSERT_EQ(advance_tick(now + delta - 1), Fired{}) << delta;
    ASSERT_EQ(wheel_.next_deadline(), at_tick(now + delta)) << delta;
    ASSERT_EQ(advance_tick(now + delta), Fired{0}) << delta;
    now += delta;
  }
}

// Beyond the horizon a timer fires early, at the horizon, and its owner arms it again.
TEST_F(PacingWheelTest, ParksAFarDeadlineAtTheHorizon) {
  arm_tick(0, 10'000);
  EXPECT_EQ(wheel_.next_deadline(), at_tick(PacingWheel::kHorizonTicks));
  std::vector<std::int64_t> called;
  for (std::int64_t tick = 1; tick <= 10'000; ++tick) {
    for ([[maybe_unused]] const auto timer : advance_tick(tick)) {
      called.push_back(tick);
      if (tick < 10'000) arm_tick(0, 10'000);
    }
  }
  EXPECT_EQ(called, (std::vector<std::int64_t>{4095, 8190, 10'000}));
  wheel_.arm(id(1), Time::max());
  EXPECT_EQ(wheel_.next_deadline(), at_tick(10'000 + PacingWheel::kHorizonTicks));
}

TEST_F(PacingWheelTest, FiresAPassedDeadlineAtTheNextCallWithinTheSameTick) {
  EXPECT_EQ(advance(time_from_ns(10 * kTick + 5)), Fired{});
  arm_tick(0, 3);
  arm_tick(1, 10);
  wheel_.arm(id(2), time_from_ns(10 * kTick + 1));  // rounds up to the next tick
  EXPECT_EQ(wheel_.next_deadline(), at_tick(10));
  EXPECT_EQ(advance(time_from_ns(10 * kTick + 6)), (Fired{0, 1}));
  EXPECT_EQ(advance_tick(11), Fired{2});
}

TEST_F(PacingWheelTest, TimeThatRunsBackwardsStandsStill) {
  EXPECT_EQ(advance_tick(100), Fired{});
  arm_tick(0, 50);
  arm_tick(1, 101);
  EXPECT_EQ(advance_tick(10), Fired{0});
  EXPECT_EQ(advance_tick(100), Fired{});
  EXPECT_EQ(advance_tick(101), Fired{1});
}

TEST_F(PacingWheelTest, CancelTakesATimerOutOfTheMiddleTheEndsAndAlone) {
  for (std::uint32_t i = 0; i < 5; ++i) arm_tick(i, 7);
  wheel_.cancel(id(2));
  wheel_.cancel(id(0));
  wheel_.cancel(id(4));
  wheel_.cancel(id(4));
  EXPECT_EQ(wheel_.pending(), 2u);
  EXPECT_FALSE(nodes_[2].armed());
  arm_tick(4, 7);
  EXPECT_EQ(advance_tick(7), (Fired{1, 3, 4}));
  arm_tick(0, 9);
  wheel_.cancel(id(0));
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(wheel_.pending(), 0u);
  EXPECT_EQ(advance_tick(9), Fired{});
}

TEST_F(PacingWheelTest, RearmingMovesTheDeadline) {
  arm_tick(0, 5);
  arm_tick(0, 500);
  EXPECT_EQ(wheel_.pending(), 1u);
  EXPECT_EQ(advance_tick(499), Fired{});
  EXPECT_EQ(advance_tick(500), Fired{0});
  EXPECT_EQ(advance_tick(5000), Fired{});
}

// Thousands that are due at once take as many calls as the budget makes of them, in their order.
TEST_F(PacingWheelTest, ABudgetBoundsACallAndLosesNothing) {
  for (std::uint32_t i = 0; i < 5000; ++i) arm_tick(i, 1 + i / 10);
  std::uint32_t next = 0;
  while (next < 5000) {
    const auto fired = advance_tick(2000, 256);
    ASSERT_EQ(fired.size(), std::min<std::size_t>(256, 5000 - next));
    for (const auto timer : fired) ASSERT_EQ(timer, next++);
    ASSERT_EQ(wheel_.pending(), 5000 - next);
    if (next < 5000) {
      ASSERT_LE(*wheel_.next_deadline(), at_tick(2000));
    }
  }
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  arm_tick(0, 2001);
  EXPECT_EQ(advance_tick(2001), Fired{0});
}

TEST_F(PacingWheelTest, ACallbackThatArmsForThePastIsCalledNextTime) {
  arm_tick(0, 5);
  arm_tick(1, 6);
  int calls = 0;
  const auto again = [&](TimerId timer) {
    ++calls;
    wheel_.arm(timer, at_tick(2));
    EXPECT_LE(*wheel_.next_deadline(), at_tick(100));
  };
  EXPECT_EQ(wheel_.advance(at_tick(100), 10, again), 2u);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(wheel_.next_deadline(), at_tick(100));
  EXPECT_EQ(advance_tick(100), (Fired{0, 1}));
}

TEST_F(PacingWheelTest, ACallbackMayCancelWhatIsDueAndWhatItArmed) {
  for (std::uint32_t i = 0; i < 3; ++i) arm_tick(i, 5);
  Fired fired;
  wheel_.advance(at_tick(9), 10, [&](TimerId timer) {
    fired.push_back(timer.index());
    wheel_.cancel(id(1));
    wheel_.arm(id(7), at_tick(1));
    if (timer.index() == 2) wheel_.cancel(id(7));
  });
  EXPECT_EQ(fired, (Fired{0, 2}));
  EXPECT_EQ(wheel_.pending(), 0u);
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
}

TEST_F(PacingWheelTest, KindsLieInArenasOfTheirOwn) {
  std::vector<Node> others(4);
  wheel_.set_arena(2, others.data(), sizeof(Node));
  wheel_.arm(TimerId::make(2, 3), at_tick(1));
  arm_tick(3, 1);
  std::vector<TimerId> fired;
  wheel_.advance(at_tick(1), 10, [&](TimerId timer) { fired.push_back(timer); });
  EXPECT_EQ(fired, (std::vector<TimerId>{TimerId::make(2, 3), id(3)}));
}

}  // namespace
}  // namespace millrace::timer
