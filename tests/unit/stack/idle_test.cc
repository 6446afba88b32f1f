// The steps of being idle, at their exact borders.
#include "stack/idle.h"

#include <gtest/gtest.h>

namespace millrace::stack {
namespace {

using Kind = IdleStep::Kind;
constexpr IdleStep kSpin{Kind::Spin, Duration{0}};
constexpr IdleStep kPause{Kind::Pause, Duration{0}};
constexpr IdleStep kYield{Kind::Yield, Duration{0}};
IdleStep sleep_of(Duration d) { return {Kind::Sleep, d}; }
Time at(Duration d) { return Time{seconds{1000}} + d; }
IdleFacts idle_at(Duration d) {
  return {.now = at(d), .busy = false, .has_work = false, .alarmed = false, .deadline = std::nullopt};
}

TEST(Idle, SpinsThenPausesThenSleepsAtExactBorders) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{0})), kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{20} - nanoseconds{1})), kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{20})), kPause);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{50} - nanoseconds{1})), kPause);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{50})), sleep_of(microseconds{10}));
}

TEST(Idle, SleepsGrowToTheShortBoundThenToTheLongOne) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)idle.after_turn(idle_at(microseconds{0}));
  for (int us : {10, 20, 40, 80, 100, 100, 100})
    EXPECT_EQ(idle.after_turn(idle_at(microseconds{60})), sleep_of(microseconds{us}));
  EXPECT_EQ(idle.after_turn(idle_at(milliseconds{20} - nanoseconds{1})), sleep_of(microseconds{100}));
  for (int us : {200, 400, 800, 1000, 1000})
    EXPECT_EQ(idle.after_turn(idle_at(milliseconds{20})), sleep_of(microseconds{us}));
}

TEST(Idle, WorkStartsAllOver) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)idle.after_turn(idle_at(microseconds{0}));
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{100})), sleep_of(microseconds{10}));
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{100})), sleep_of(microseconds{20}));
  EXPECT_EQ(idle.after_turn(
                {.now = at(microseconds{200}), .busy = true, .has_work = false, .alarmed = false, .deadline = {}}),
            kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{300})), kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{319})), kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{320})), kPause);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{350})), sleep_of(microseconds{10}));
}

TEST(Idle, NeverSleepsPastTheDeadline) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)idle.after_turn(idle_at(microseconds{0}));
  IdleFacts facts = idle_at(microseconds{60});
  facts.deadline = at(microseconds{60} + microseconds{10});
  EXPECT_EQ(idle.after_turn(facts), sleep_of(microseconds{10}));
  facts.deadline = at(microseconds{60} + microseconds{15});
  EXPECT_EQ(idle.after_turn(facts), sleep_of(microseconds{15}));  // would be 20
  facts.deadline = at(microseconds{60} + microseconds{10} - nanoseconds{1});
  EXPECT_EQ(idle.after_turn(facts), kPause);
  facts.deadline = at(microseconds{60});
  EXPECT_EQ(idle.after_turn(facts), kPause);
  facts.deadline = at(microseconds{0});
  EXPECT_EQ(idle.after_turn(facts), kPause);
  facts.deadline = at(hours{20});
  EXPECT_EQ(idle.after_turn(facts), sleep_of(microseconds{40}));  // a sleep not taken does not grow the next
}

TEST(Idle, SleepsLongWhereTrafficWakesOnceItIsQuiet) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)idle.after_turn(idle_at(microseconds{0}));
  IdleFacts facts = idle_at(milliseconds{20} - nanoseconds{1});
  facts.alarmed = true;
  EXPECT_EQ(idle.after_turn(facts), sleep_of(microseconds{10}));
  facts.now = at(milliseconds{20});
  EXPECT_EQ(idle.after_turn(facts), sleep_of(milliseconds{10}));
  facts.deadline = at(milliseconds{23});
  EXPECT_EQ(idle.after_turn(facts), sleep_of(milliseconds{3}));
  facts.alarmed = false;
  EXPECT_EQ(idle.after_turn(facts), sleep_of(microseconds{20}));
}

TEST(Idle, AWakeUpStartsAllOver) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)idle.after_turn(idle_at(microseconds{0}));
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{60})), sleep_of(microseconds{10}));
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{60})), sleep_of(microseconds{20}));
  idle.woken();
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{100})), kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{119})), kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{120})), kPause);
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{150})), sleep_of(microseconds{10}));
}

TEST(Idle, YieldsWhileOutputWaits) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  IdleFacts facts = idle_at(microseconds{0});
  facts.has_work = true;
  EXPECT_EQ(idle.after_turn(facts), kSpin);
  facts.now = at(microseconds{30});
  EXPECT_EQ(idle.after_turn(facts), kPause);
  facts.now = at(microseconds{50});
  EXPECT_EQ(idle.after_turn(facts), kYield);
  facts.now = at(seconds{5});
  EXPECT_EQ(idle.after_turn(facts), kYield);
}

TEST(Idle, SpinPolicyOnlySpins) {
  AdaptiveIdle idle{IdlePolicy::Spin};
  EXPECT_EQ(idle.after_turn(idle_at(microseconds{0})), kSpin);
  EXPECT_EQ(idle.after_turn(idle_at(hours{1})), kSpin);
}

}  // namespace
}  // namespace millrace::stack
