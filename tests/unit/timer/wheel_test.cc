// The wheel's contract, case by case: rounding, order, levels, cascades, budget, horizon, callbacks.
#include "timer/wheel.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace millrace::timer {
namespace {

constexpr std::int64_t kTick = std::int64_t{1} << kTickShift;
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

Time at_tick(std::int64_t tick) { return time_from_ns(tick * kTick); }
TimerId id(std::uint32_t index) { return TimerId::make(0, index); }

struct Object {
  std::uint64_t other = 0;
  Node node;
};

using Fired = std::vector<std::uint32_t>;

class WheelTest : public ::testing::Test {
 protected:
  explicit WheelTest(std::int64_t start_ns = 0) : wheel_(time_from_ns(start_ns)), objects_(4096) {
    wheel_.set_arena(0, &objects_[0].node, sizeof(Object));
  }

  void arm_tick(std::uint32_t index, std::int64_t tick) { wheel_.arm(id(index), at_tick(tick)); }
  Fired advance(Time now, std::size_t budget = kAll) {
    Fired fired;
    const auto n = wheel_.advance(now, budget, [&](TimerId timer) {
      EXPECT_EQ(timer.kind(), 0u);
      EXPECT_FALSE(objects_[timer.index()].node.armed());
      fired.push_back(timer.index());
    });
    EXPECT_EQ(n, fired.size());
    return fired;
  }
  Fired advance_tick(std::int64_t tick, std::size_t budget = kAll) { return advance(at_tick(tick), budget); }

  Wheel wheel_;
  std::vector<Object> objects_;
};

TEST(TimerIdTest, PacksKindAndIndex) {
  constexpr auto timer = TimerId::make(3, 0x2000'0001);
  static_assert(timer.kind() == 3 && timer.index() == 0x2000'0001 && timer.value == 0xe000'0001);
  static_assert(TimerId::make(0, 5).value == 5 && TimerId{}.value == kNone);
}

TEST_F(WheelTest, IsEmptyAtFirst) {
  EXPECT_EQ(wheel_.pending(), 0u);
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(advance_tick(1'000'000), Fired{});
}

TEST_F(WheelTest, RoundsADeadlineUpToItsTick) {
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
  EXPECT_EQ(advance(time_from_ns(3 * kTick - 1)), Fired{});
  EXPECT_EQ(advance(time_from_ns(3 * kTick)), Fired{3});
  EXPECT_EQ(wheel_.pending(), 0u);
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
}

TEST_F(WheelTest, FiresAPassedDeadlineAtTheNextCallWithinTheSameTick) {
  EXPECT_EQ(advance(time_from_ns(10 * kTick + 5)), Fired{});
  arm_tick(0, 3);
  arm_tick(1, 10);
  wheel_.arm(id(2), time_from_ns(10 * kTick + 1));  // rounds up to the next tick
  EXPECT_EQ(wheel_.next_deadline(), at_tick(10));
  EXPECT_EQ(advance(time_from_ns(10 * kTick + 6)), (Fired{0, 1}));
  EXPECT_EQ(advance_tick(11), Fired{2});
}

TEST_F(WheelTest, TimeThatRunsBackwardsStandsStill) {
  EXPECT_EQ(advance_tick(100), Fired{});
  arm_tick(0, 50);
  arm_tick(1, 101);
  EXPECT_EQ(advance_tick(10), Fired{0});
  EXPECT_EQ(advance_tick(100), Fired{});
  EXPECT_EQ(advance_tick(101), Fired{1});
}

TEST_F(WheelTest, CancelTakesATimerOutOfTheMiddleTheEndsAndAlone) {
  for (std::uint32_t i = 0; i < 5; ++i) arm_tick(i, 7);
  wheel_.cancel(id(2));
  wheel_.cancel(id(0));
  wheel_.cancel(id(4));
  EXPECT_EQ(wheel_.pending(), 2u);
  EXPECT_FALSE(objects_[2].node.armed());
  EXPECT_TRUE(objects_[1].node.armed());
  arm_tick(4, 7);
  EXPECT_EQ(advance_tick(7), (Fired{1, 3, 4}));
  arm_tick(0, 9);
  wheel_.cancel(id(0));
  EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(wheel_.pending(), 0u);
  EXPECT_EQ(advance_tick(9), Fired{});
}

TEST_F(WheelTest, CancelOfAnUnarmedTimerDoesNothing) {
  arm_tick(1, 4);
  wheel_.cancel(id(0));
  EXPECT_EQ(wheel_.pending(), 1u);
  EXPECT_EQ(advance_tick(4), Fired{1});
  wheel_.cancel(id(1));
  EXPECT_EQ(wheel_.pending(), 0u);
}

TEST_F(WheelTest, RearmingMovesTheDeadline) {
  arm_tick(0, 5);
  arm_tick(0, 500);
  EXPECT_EQ(wheel_.pending(), 1u);
  EXPECT_EQ(advance_tick(499), Fired{});
  arm_tick(0, 600);
  EXPECT_EQ(advance_tick(599), Fired{});
  EXPECT_EQ(advance_tick(600), Fired{0});
  EXPECT_EQ(advance_tick(5000), Fired{});
}

// Each deadline alone: not at the tick before, and at its tick, whatever its level.
TEST_F(WheelTest, EveryLevelIsExact) {
  std::int64_t now = 0;
  for (const std::int64_t delta :
       {std::int64_t{1},          std::int64_t{63},         std::int64_t{64},     std::int64_t{127},
        std::int64_t{128},        std::int64_t{191},        std::int64_t{192},    std::int64_t{255},
        std::int64_t{256},        std::int64_t{257},        std::int64_t{511},    std::int64_t{512},
        std::int64_t{65'535},     std::int64_t{65'536},     std::int64_t{65'537}, std::int64_t{16'777'215},
        std::int64_t{16'777'216}, std::int64_t{16'777'217}, kHorizonTicks - 1,    kHorizonTicks}) {
    arm_tick(0, now + delta);
    ASSERT_EQ(advance_tick(now + delta - 1), Fired{}) << delta;
    ASSERT_EQ(wheel_.next_deadline(), at_tick(now + delta)) << delta;
    ASSERT_EQ(advance_tick(now + delta), Fired{0}) << delta;
    now += delta;
  }
}

TEST_F(WheelTest, FiresInOrderOfTicksAcrossLevelsInOneJump) {
  const std::vector<std::int64_t> ticks{70'000'000, 3, 300, 17'000'000, 70'000, 255, 256, 65'536, 299, 1};
  for (std::uint32_t i = 0; i < ticks.size(); ++i) arm_tick(i, ticks[i]);
  EXPECT_EQ(advance_tick(4'000'000'000), (Fired{9, 1, 5, 6, 8, 2, 7, 4, 3, 0}));
}

TEST_F(WheelTest, NextDeadlineAboveTheLowestLevelIsTheStartOfTheSlot) {
  arm_tick(0, 0x01'02'03'04);
  EXPECT_EQ(wheel_.next_deadline(), at_tick(0x01'00'00'00));
  EXPECT_EQ(advance_tick(0x01'00'00'00), Fired{});
  EXPECT_EQ(wheel_.next_deadline(), at_tick(0x01'02'00'00));
  EXPECT_EQ(advance_tick(0x01'02'00'00), Fired{});
  EXPECT_EQ(wheel_.next_deadline(), at_tick(0x01'02'03'00));
  EXPECT_EQ(advance_tick(0x01'02'03'00), Fired{});
  EXPECT_EQ(wheel_.next_deadline(), at_tick(0x01'02'03'04));
  EXPECT_EQ(advance_tick(0x01'02'03'04), Fired{0});
}

TEST_F(WheelTest, ParksFarDeadlinesAtTheHorizon) {
  advance_tick(1000);
  wheel_.arm(id(0), Time::max());
  arm_tick(1, 1000 + kHorizonTicks + 1);
  arm_tick(2, 1000 + kHorizonTicks);
  EXPECT_EQ(advance_tick(1000 + kHorizonTicks - 1), Fired{});
  EXPECT_EQ(advance_tick(1000 + kHorizonTicks), (Fired{0, 1, 2}));
}

TEST_F(WheelTest, DeadlinesBeforeAllTimeFireAtOnce) {
  wheel_.arm(id(0), Time::min());
  EXPECT_EQ(wheel_.next_deadline(), at_tick(0));
  EXPECT_EQ(advance_tick(0), Fired{0});
}

TEST_F(WheelTest, TheHighestLevelGoesRound) {
  std::int64_t now = 0;
  for (int i = 0; i < 40; ++i) {  // 40 * 13.7 h, so the 32-bit tick wraps many times
    const std::int64_t delta = 3'000'000'000 + i;
    arm_tick(0, now + delta);
    arm_tick(1, now + delta - 1);
    ASSERT_EQ(advance_tick(now + delta - 2), Fired{});
    ASSERT_EQ(advance_tick(now + delta), (Fired{1, 0}));
    now += delta;
  }
}

class WheelBeforeTheEpoch : public WheelTest {
 protected:
  WheelBeforeTheEpoch() : WheelTest(-1000 * kTick - 1) {}
};

TEST_F(WheelBeforeTheEpoch, Works) {
  arm_tick(0, -1000);
  arm_tick(1, -999);
  arm_tick(2, 0);
  arm_tick(3, 400);
  EXPECT_EQ(wheel_.next_deadline(), at_tick(-1000));
  EXPECT_EQ(advance(time_from_ns(-1000 * kTick - 1)), Fired{});
  EXPECT_EQ(advance_tick(-1000), Fired{0});
  EXPECT_EQ(advance(time_from_ns(-999 * kTick - 1)), Fired{});
  EXPECT_EQ(advance_tick(-999), Fired{1});
  EXPECT_EQ(advance(time_from_ns(-1)), Fired{});
  EXPECT_EQ(advance_tick(400), (Fired{2, 3}));
}

TEST_F(WheelTest, TheBudgetLeavesTheRestForTheNextCall) {
  for (std::uint32_t i = 0; i < 5; ++i) arm_tick(i, 2 + i / 3);
  EXPECT_EQ(advance_tick(100, 0), Fired{});
  EXPECT_EQ(advance_tick(100, 2), (Fired{0, 1}));
  EXPECT_EQ(wheel_.next_deadline(), at_tick(2));
  arm_tick(5, 1);  // passed: due where the wheel is, behind what is there
  arm_tick(6, 3);  // passed too, but the wheel is not there yet
  EXPECT_EQ(advance_tick(100, 2), (Fired{2, 5}));
  EXPECT_EQ(advance_tick(100, 2), (Fired{3, 4}));
  EXPECT_EQ(advance_tick(100, 2), Fired{6});
  EXPECT_EQ(advance_tick(100, 2), Fired{});
}

TEST_F(WheelTest, ACascadeIsCutAfterFourMovesPerBudget) {
  for (std::uint32_t i = 0; i < 1000; ++i) arm_tick(i, 256 + i % 2);
  for (int call = 1; call < 25; ++call) {
    ASSERT_EQ(advance_tick(300, 10), Fired{}) << call;
    ASSERT_EQ(wheel_.next_deadline(), at_tick(256)) << call;
    ASSERT_EQ(wheel_.pending(), 1000u);
  }
  EXPECT_EQ(advance_tick(300, 10), (Fired{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}));
  EXPECT_EQ(advance_tick(300, 490).size(), 490u);
  EXPECT_EQ(advance_tick(300, 500).size(), 500u);
}

TEST_F(WheelTest, ACutCascadeMayBeArmedIntoAndCancelledEmpty) {
  for (std::uint32_t i = 0; i < 8; ++i) arm_tick(i, 256 + i);
  EXPECT_EQ(advance_tick(256, 1), Fired{});  // 0..3 have moved
  arm_tick(8, 256);
  arm_tick(9, 200);
  arm_tick(10, 512);
  for (std::uint32_t i = 4; i < 8; ++i) wheel_.cancel(id(i));
  EXPECT_EQ(wheel_.next_deadline(), at_tick(256));
  EXPECT_EQ(advance_tick(256, 9), (Fired{0, 8, 9}));
  EXPECT_EQ(advance_tick(511), (Fired{1, 2, 3}));
  EXPECT_EQ(advance_tick(512), Fired{10});
}

TEST_F(WheelTest, ACutCascadeStillBoundsTheNextDeadline) {
  for (std::uint32_t i = 0; i < 8; ++i) arm_tick(i, 266 - i);
  EXPECT_EQ(advance_tick(256, 1), Fired{});  // the earlier half has not moved
  EXPECT_LE(*wheel_.next_deadline(), at_tick(256));
  EXPECT_EQ(advance_tick(256, 1), Fired{});
  EXPECT_EQ(wheel_.next_deadline(), at_tick(259));
}

TEST_F(WheelTest, ACallbackMayArmItselfAndOthersForLater) {
  arm_tick(0, 5);
  Fired fired;
  const auto on_expired = [&](TimerId timer) {
    fired.push_back(timer.index());
    arm_tick(0, 20);
    arm_tick(1, 11);
  };
  EXPECT_EQ(wheel_.advance(at_tick(10), kAll, on_expired), 1u);
  EXPECT_EQ(advance_tick(10), Fired{});
  EXPECT_EQ(advance_tick(11), Fired{1});
  EXPECT_EQ(advance_tick(20), Fired{0});
}

TEST_F(WheelTest, WhatACallbackArmsForThePastFiresAtTheNextCall) {
  arm_tick(0, 5);
  arm_tick(1, 6);
  const auto again = [&](TimerId timer) {
    wheel_.arm(timer, at_tick(timer.index() == 0 ? 1 : 10));
    EXPECT_EQ(wheel_.pending(), 2u);
    EXPECT_TRUE(wheel_.next_deadline().has_value());
  };
  EXPECT_EQ(wheel_.advance(at_tick(10), kAll, again), 2u);
  EXPECT_EQ(wheel_.next_deadline(), at_tick(10));
  EXPECT_EQ(wheel_.advance(at_tick(10), kAll, again), 2u);
  arm_tick(2, 10);
  EXPECT_EQ(advance_tick(10), (Fired{0, 1, 2}));
}

TEST_F(WheelTest, OnlyTheNextDeadlineWithinACallbackIsTheWheelsTick) {
  arm_tick(0, 5);
  wheel_.advance(at_tick(10), kAll, [&](TimerId timer) {
    EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
    wheel_.arm(timer, at_tick(7));
    EXPECT_EQ(wheel_.next_deadline(), at_tick(5));
  });
}

TEST_F(WheelTest, LateTimersNeitherOvertakeWhatTheBudgetLeftNorStarve) {
  arm_tick(0, 5);
  arm_tick(1, 6);
  arm_tick(2, 50);
  arm_tick(3, 51);
  EXPECT_EQ(wheel_.advance(at_tick(50), 1, [&](TimerId timer) { wheel_.arm(timer, at_tick(2)); }), 1u);
  EXPECT_EQ(advance_tick(60), (Fired{1, 2, 0, 3}));
}

TEST_F(WheelTest, ACallbackMayCancelALateTimer) {
  arm_tick(0, 5);
  arm_tick(1, 6);
  EXPECT_EQ(wheel_.advance(at_tick(10), kAll,
                           [&](TimerId timer) {
                             if (timer.index() == 0) arm_tick(0, 1);
                             if (timer.index() == 1) wheel_.cancel(id(0));
                           }),
            2u);
  EXPECT_EQ(wheel_.pending(), 0u);
  EXPECT_EQ(advance_tick(11), Fired{});
}

TEST_F(WheelTest, ACallbackMayCancelAndPostponeTimersOfTheSameTick) {
  for (std::uint32_t i = 0; i < 5; ++i) arm_tick(i, 5);
  Fired fired;
  EXPECT_EQ(wheel_.advance(at_tick(5), kAll,
                           [&](TimerId timer) {
                             fired.push_back(timer.index());
                             if (timer.index() != 0) return;
                             wheel_.cancel(id(1));
                             arm_tick(3, 6);
                           }),
            3u);
  EXPECT_EQ(fired, (Fired{0, 2, 4}));
  EXPECT_EQ(advance_tick(6), Fired{3});
}

// A jump longer than the horizon while the budget holds the wheel back: late timers wait at the horizon at most.
TEST_F(WheelTest, LateTimersSurviveAJumpBeyondTheHorizon) {
  arm_tick(0, 5);
  arm_tick(1, 6);
  const std::int64_t far = 3 * kHorizonTicks;
  EXPECT_EQ(wheel_.advance(at_tick(far), 1, [&](TimerId timer) { wheel_.arm(timer, at_tick(far - 1)); }), 1u);
  EXPECT_EQ(advance_tick(far), (Fired{1, 0}));
  EXPECT_EQ(wheel_.pending(), 0u);
}

TEST_F(WheelTest, KindsLieInArenasOfTheirOwn) {
  std::vector<Node> bare(10);
  struct alignas(64) Wide {
    char text[40];
    Node node;
  };
  std::vector<Wide> wide(10);
  wheel_.set_arena(1, bare.data(), sizeof(Node));
  wheel_.set_arena(3, &wide[0].node, sizeof(Wide));
  for (const unsigned kind : {3u, 0u, 1u}) wheel_.arm(TimerId::make(kind, 9), at_tick(5));
  wheel_.arm(TimerId::make(1, 0), at_tick(5));
  EXPECT_TRUE(bare[9].armed() && bare[0].armed() && wide[9].node.armed() && objects_[9].node.armed());
  std::vector<std::uint32_t> fired;
  wheel_.advance(at_tick(5), kAll, [&](TimerId timer) { fired.push_back(timer.value); });
  EXPECT_EQ(fired, (Fired{3u << 30 | 9, 9, 1u << 30 | 9, 1u << 30}));
}

TEST_F(WheelTest, TellsAnArmedTimersDeadline) {
  constexpr std::int64_t kNineHours = std::int64_t{2'000'000'000};
  for (const std::int64_t start : {std::int64_t{0}, std::int64_t{0xffff'ff00}, std::int64_t{7} << 33}) {
    (void)advance_tick(start);
    for (const std::int64_t ahead : {std::int64_t{1}, std::int64_t{300}, std::int64_t{3'700'000}, kNineHours}) {
      wheel_.arm(id(1), at_tick(start + ahead) - nanoseconds{1});
      EXPECT_EQ(wheel_.deadline(id(1)), at_tick(start + ahead)) << "rounded up to its tick";
    }
    wheel_.cancel(id(1));
  }
  const std::int64_t start = (std::int64_t{7} << 33) + 10;
  wheel_.arm(id(1), at_tick(start + 5));
  (void)advance_tick(start + 4);
  EXPECT_EQ(wheel_.deadline(id(1)), at_tick(start + 5));
}

}  // namespace
}  // namespace millrace::timer
