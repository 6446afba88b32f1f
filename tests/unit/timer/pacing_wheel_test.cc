// What the pacing wheel promises beside what both do: every slot, an exact next deadline, its near horizon, no
// cascades.
#include <algorithm>

#include "wheel_bed.h"

namespace millrace::timer {
namespace {

class PacingWheelTest : public WheelBed<OneLevel> {};

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

}  // namespace
}  // namespace millrace::timer
