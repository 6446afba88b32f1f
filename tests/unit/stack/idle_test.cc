// The steps of being idle, at their exact borders.
#include "stack/idle.h"

#include <gtest/gtest.h>

#include <optional>

namespace millrace::stack {
namespace {

using Kind = IdleStep::Kind;
constexpr std::optional<IdleStep> kSpin;
constexpr std::optional<IdleStep> kPause{{Kind::Pause, Duration{0}}};
constexpr std::optional<IdleStep> kYield{{Kind::Yield, Duration{0}}};
std::optional<IdleStep> sleep_of(Duration d) { return IdleStep{Kind::Sleep, d}; }
Time at(Duration d) { return Time{seconds{1000}} + d; }
IdleFacts idle_at(Duration d) { return {.now = at(d), .has_work = false, .alarmed = false, .deadline = std::nullopt}; }

/// nullopt: the worker looks again at once.
std::optional<IdleStep> after_turn(AdaptiveIdle& idle, const IdleFacts& facts, bool busy = false) {
  if (idle.looks_again(facts.now, busy)) return std::nullopt;
  return idle.step(facts);
}

TEST(Idle, SpinsThenPausesThenSleepsAtExactBorders) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{0})), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{20} - nanoseconds{1})), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{20})), kPause);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{50} - nanoseconds{1})), kPause);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{50})), sleep_of(microseconds{10}));
}

TEST(Idle, SleepsGrowToTheShortBoundThenToTheLongOne) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)after_turn(idle, idle_at(microseconds{0}));
  for (int us : {10, 20, 40, 80, 100, 100, 100})
    EXPECT_EQ(after_turn(idle, idle_at(microseconds{60})), sleep_of(microseconds{us}));
  EXPECT_EQ(after_turn(idle, idle_at(milliseconds{20} - nanoseconds{1})), sleep_of(microseconds{100}));
  for (int us : {200, 400, 800, 1000, 1000})
    EXPECT_EQ(after_turn(idle, idle_at(milliseconds{20})), sleep_of(microseconds{us}));
}

TEST(Idle, WorkStartsAllOver) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)after_turn(idle, idle_at(microseconds{0}));
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{100})), sleep_of(microseconds{10}));
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{100})), sleep_of(microseconds{20}));
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{200}), true), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{300})), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{319})), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{320})), kPause);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{350})), sleep_of(microseconds{10}));
}

TEST(Idle, NeverSleepsPastTheDeadline) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)after_turn(idle, idle_at(microseconds{0}));
  IdleFacts facts = idle_at(microseconds{60});
  facts.deadline = at(microseconds{60} + microseconds{10});
  EXPECT_EQ(after_turn(idle, facts), sleep_of(microseconds{10}));
  facts.deadline = at(microseconds{60} + microseconds{15});
  EXPECT_EQ(after_turn(idle, facts), sleep_of(microseconds{15}));  // would be 20
  facts.deadline = at(microseconds{60} + microseconds{10} - nanoseconds{1});
  EXPECT_EQ(after_turn(idle, facts), kPause);
  facts.deadline = at(microseconds{60});
  EXPECT_EQ(after_turn(idle, facts), kPause);
  facts.deadline = at(microseconds{0});
  EXPECT_EQ(after_turn(idle, facts), kPause);
  facts.deadline = at(hours{20});
  EXPECT_EQ(after_turn(idle, facts), sleep_of(microseconds{40}));  // a sleep not taken does not grow the next
}

TEST(Idle, SleepsLongWhereTrafficWakesOnceItIsQuiet) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)after_turn(idle, idle_at(microseconds{0}));
  IdleFacts facts = idle_at(milliseconds{20} - nanoseconds{1});
  facts.alarmed = true;
  EXPECT_EQ(after_turn(idle, facts), sleep_of(microseconds{10}));
  facts.now = at(milliseconds{20});
  EXPECT_EQ(after_turn(idle, facts), sleep_of(milliseconds{10}));
  facts.deadline = at(milliseconds{23});
  EXPECT_EQ(after_turn(idle, facts), sleep_of(milliseconds{3}));
  facts.alarmed = false;
  EXPECT_EQ(after_turn(idle, facts), sleep_of(microseconds{20}));
}

TEST(Idle, AWakeUpStartsAllOver) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  (void)after_turn(idle, idle_at(microseconds{0}));
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{60})), sleep_of(microseconds{10}));
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{60})), sleep_of(microseconds{20}));
  idle.woken();
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{100})), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{119})), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{120})), kPause);
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{150})), sleep_of(microseconds{10}));
}

TEST(Idle, YieldsWhileOutputWaits) {
  AdaptiveIdle idle{IdlePolicy::Adaptive};
  IdleFacts facts = idle_at(microseconds{0});
  facts.has_work = true;
  EXPECT_EQ(after_turn(idle, facts), kSpin);
  facts.now = at(microseconds{30});
  EXPECT_EQ(after_turn(idle, facts), kPause);
  facts.now = at(microseconds{50});
  EXPECT_EQ(after_turn(idle, facts), kYield);
  facts.now = at(seconds{5});
  EXPECT_EQ(after_turn(idle, facts), kYield);
}

TEST(Idle, SpinPolicyOnlySpins) {
  AdaptiveIdle idle{IdlePolicy::Spin};
  EXPECT_EQ(after_turn(idle, idle_at(microseconds{0})), kSpin);
  EXPECT_EQ(after_turn(idle, idle_at(hours{1})), kSpin);
}

}  // namespace
}  // namespace millrace::stack
