// What the hierarchical wheel promises beside what both do: levels, cascades, horizon, deadlines of timers.
#include "wheel_bed.h"

namespace millrace::timer {
namespace {

class WheelTest : public WheelBed<Hierarchical> {};

TEST(TimerIdTest, PacksKindAndIndex) {
  constexpr auto timer = TimerId::make(3, 0x2000'0001);
  static_assert(timer.kind() == 3 && timer.index() == 0x2000'0001 && timer.value == 0xe000'0001);
  static_assert(TimerId::make(0, 5).value == 5 && TimerId{}.value == kNone);
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

TEST_F(WheelTest, OnlyTheNextDeadlineWithinACallbackIsTheWheelsTick) {
  arm_tick(0, 5);
  wheel_.advance(at_tick(10), kAll, [&](TimerId timer) {
    EXPECT_EQ(wheel_.next_deadline(), std::nullopt);
    wheel_.arm(timer, at_tick(7));
    EXPECT_EQ(wheel_.next_deadline(), at_tick(5));
  });
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
