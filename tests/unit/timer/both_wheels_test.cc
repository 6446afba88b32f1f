// What both wheels promise, case by case: rounding, order, budget, callbacks, late timers.
#include "wheel_bed.h"

namespace millrace::timer {
namespace {

template <class Kind>
class BothWheels : public WheelBed<Kind> {};

TYPED_TEST_SUITE(BothWheels, WheelKinds, WheelNames);

TYPED_TEST(BothWheels, AreEmptyAtFirst) {
  EXPECT_EQ(this->wheel_.pending(), 0u);
  EXPECT_EQ(this->wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(this->advance_tick(1'000'000), Fired{});
}

TYPED_TEST(BothWheels, RoundADeadlineUpToItsTick) {
  constexpr std::int64_t kTick = TestFixture::kTick;
  auto& wheel = this->wheel_;
  wheel.arm(this->id(0), time_from_ns(kTick));
  wheel.arm(this->id(1), time_from_ns(kTick + 1));
  wheel.arm(this->id(2), time_from_ns(2 * kTick));
  wheel.arm(this->id(3), time_from_ns(2 * kTick + 1));
  EXPECT_EQ(wheel.pending(), 4u);
  EXPECT_EQ(wheel.next_deadline(), time_from_ns(kTick));
  EXPECT_EQ(this->advance(time_from_ns(kTick - 1)), Fired{});
  EXPECT_EQ(this->advance(time_from_ns(kTick)), Fired{0});
  EXPECT_EQ(wheel.next_deadline(), time_from_ns(2 * kTick));
  EXPECT_EQ(this->advance(time_from_ns(2 * kTick - 1)), Fired{});
  EXPECT_EQ(this->advance(time_from_ns(2 * kTick)), (Fired{1, 2}));
  EXPECT_EQ(this->advance(time_from_ns(3 * kTick - 1)), Fired{});
  EXPECT_EQ(this->advance(time_from_ns(3 * kTick)), Fired{3});
  EXPECT_EQ(wheel.pending(), 0u);
  EXPECT_EQ(wheel.next_deadline(), std::nullopt);
}

TYPED_TEST(BothWheels, FireAPassedDeadlineAtTheNextCallWithinTheSameTick) {
  constexpr std::int64_t kTick = TestFixture::kTick;
  EXPECT_EQ(this->advance(time_from_ns(10 * kTick + 5)), Fired{});
  this->arm_tick(0, 3);
  this->arm_tick(1, 10);
  this->wheel_.arm(this->id(2), time_from_ns(10 * kTick + 1));  // rounds up to the next tick
  EXPECT_EQ(this->wheel_.next_deadline(), this->at_tick(10));
  EXPECT_EQ(this->advance(time_from_ns(10 * kTick + 6)), (Fired{0, 1}));
  EXPECT_EQ(this->advance_tick(11), Fired{2});
}

TYPED_TEST(BothWheels, FireInOrderOfTicksInOneJump) {
  const std::vector<std::int64_t> ticks{4000, 3, 300, 255, 256, 1000, 299, 1};
  for (std::uint32_t i = 0; i < ticks.size(); ++i) this->arm_tick(i, ticks[i]);
  EXPECT_EQ(this->advance_tick(1'000'000), (Fired{7, 1, 3, 4, 6, 2, 5, 0}));
}

TYPED_TEST(BothWheels, FireWhatLiesBeforeAllTimeAtOnce) {
  this->wheel_.arm(this->id(0), Time::min());
  EXPECT_EQ(this->wheel_.next_deadline(), this->at_tick(0));
  EXPECT_EQ(this->advance_tick(0), Fired{0});
}

TYPED_TEST(BothWheels, StandStillWhenTimeRunsBackwards) {
  EXPECT_EQ(this->advance_tick(100), Fired{});
  this->arm_tick(0, 50);
  this->arm_tick(1, 101);
  EXPECT_EQ(this->advance_tick(10), Fired{0});
  EXPECT_EQ(this->advance_tick(100), Fired{});
  EXPECT_EQ(this->advance_tick(101), Fired{1});
}

TYPED_TEST(BothWheels, CancelATimerInTheMiddleAtTheEndsAndAlone) {
  for (std::uint32_t i = 0; i < 5; ++i) this->arm_tick(i, 7);
  for (const std::uint32_t index : {2u, 0u, 4u}) this->wheel_.cancel(this->id(index));
  EXPECT_EQ(this->wheel_.pending(), 2u);
  EXPECT_FALSE(this->node(2).armed());
  EXPECT_TRUE(this->node(1).armed());
  this->arm_tick(4, 7);
  EXPECT_EQ(this->advance_tick(7), (Fired{1, 3, 4}));
  this->arm_tick(0, 9);
  this->wheel_.cancel(this->id(0));
  EXPECT_EQ(this->wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(this->wheel_.pending(), 0u);
  EXPECT_EQ(this->advance_tick(9), Fired{});
}

TYPED_TEST(BothWheels, DoNothingWhenAnUnarmedTimerIsCancelled) {
  this->arm_tick(1, 4);
  this->wheel_.cancel(this->id(0));
  EXPECT_EQ(this->wheel_.pending(), 1u);
  EXPECT_EQ(this->advance_tick(4), Fired{1});
  this->wheel_.cancel(this->id(1));
  EXPECT_EQ(this->wheel_.pending(), 0u);
  this->arm_tick(2, 6);
  this->wheel_.cancel(this->id(2));
  this->wheel_.cancel(this->id(2));
  EXPECT_EQ(this->wheel_.pending(), 0u);
}

TYPED_TEST(BothWheels, MoveTheDeadlineWhenATimerIsArmedAgain) {
  this->arm_tick(0, 5);
  this->arm_tick(0, 500);
  EXPECT_EQ(this->wheel_.pending(), 1u);
  EXPECT_EQ(this->advance_tick(499), Fired{});
  this->arm_tick(0, 600);
  EXPECT_EQ(this->advance_tick(599), Fired{});
  EXPECT_EQ(this->advance_tick(600), Fired{0});
  EXPECT_EQ(this->advance_tick(5000), Fired{});
}

TYPED_TEST(BothWheels, LeaveWhatIsBeyondTheBudgetForTheNextCall) {
  for (std::uint32_t i = 0; i < 5; ++i) this->arm_tick(i, 2 + i / 3);
  EXPECT_EQ(this->advance_tick(100, 0), Fired{});
  EXPECT_EQ(this->advance_tick(100, 2), (Fired{0, 1}));
  EXPECT_EQ(this->wheel_.next_deadline(), this->at_tick(2));
  this->arm_tick(5, 1);  // passed: due where the wheel is, behind what is there
  this->arm_tick(6, 3);  // passed too, but the wheel is not there yet
  EXPECT_EQ(this->advance_tick(100, 2), (Fired{2, 5}));
  EXPECT_EQ(this->advance_tick(100, 2), (Fired{3, 4}));
  EXPECT_EQ(this->advance_tick(100, 2), Fired{6});
  EXPECT_EQ(this->advance_tick(100, 2), Fired{});
}

TYPED_TEST(BothWheels, LetACallbackArmItselfAndOthersForLater) {
  this->arm_tick(0, 5);
  const auto on_expired = [&](TimerId) {
    this->arm_tick(0, 20);
    this->arm_tick(1, 11);
  };
  EXPECT_EQ(this->wheel_.advance(this->at_tick(10), TestFixture::kAll, on_expired), 1u);
  EXPECT_EQ(this->advance_tick(10), Fired{});
  EXPECT_EQ(this->advance_tick(11), Fired{1});
  EXPECT_EQ(this->advance_tick(20), Fired{0});
}

TYPED_TEST(BothWheels, FireWhatACallbackArmsForThePastAtTheNextCall) {
  this->arm_tick(0, 5);
  this->arm_tick(1, 6);
  const auto again = [&](TimerId timer) {
    this->wheel_.arm(timer, this->at_tick(timer.index() == 0 ? 1 : 10));
    EXPECT_EQ(this->wheel_.pending(), 2u);
    ASSERT_TRUE(this->wheel_.next_deadline().has_value());
    EXPECT_LE(*this->wheel_.next_deadline(), this->at_tick(10));
  };
  EXPECT_EQ(this->wheel_.advance(this->at_tick(10), TestFixture::kAll, again), 2u);
  EXPECT_EQ(this->wheel_.next_deadline(), this->at_tick(10));
  EXPECT_EQ(this->wheel_.advance(this->at_tick(10), TestFixture::kAll, again), 2u);
  this->arm_tick(2, 10);
  EXPECT_EQ(this->advance_tick(10), (Fired{0, 1, 2}));
}

TYPED_TEST(BothWheels, LateTimersNeitherOvertakeWhatTheBudgetLeftNorStarve) {
  this->arm_tick(0, 5);
  this->arm_tick(1, 6);
  this->arm_tick(2, 50);
  this->arm_tick(3, 51);
  const auto late = [&](TimerId timer) { this->wheel_.arm(timer, this->at_tick(2)); };
  EXPECT_EQ(this->wheel_.advance(this->at_tick(50), 1, late), 1u);
  EXPECT_EQ(this->advance_tick(60), (Fired{1, 2, 0, 3}));
}

// A jump longer than the horizon while the budget holds the wheel back: late timers wait at the horizon at most.
TYPED_TEST(BothWheels, LateTimersSurviveAJumpBeyondTheHorizon) {
  this->arm_tick(0, 5);
  this->arm_tick(1, 6);
  const std::int64_t far = 3 * TestFixture::kHorizon;
  const auto late = [&](TimerId timer) { this->wheel_.arm(timer, this->at_tick(far - 1)); };
  EXPECT_EQ(this->wheel_.advance(this->at_tick(far), 1, late), 1u);
  EXPECT_EQ(this->advance_tick(far), (Fired{1, 0}));
  EXPECT_EQ(this->wheel_.pending(), 0u);
}

TYPED_TEST(BothWheels, LetACallbackCancelALateTimer) {
  this->arm_tick(0, 5);
  this->arm_tick(1, 6);
  const auto on_expired = [&](TimerId timer) {
    if (timer.index() == 0) this->arm_tick(0, 1);
    if (timer.index() == 1) this->wheel_.cancel(this->id(0));
  };
  EXPECT_EQ(this->wheel_.advance(this->at_tick(10), TestFixture::kAll, on_expired), 2u);
  EXPECT_EQ(this->wheel_.pending(), 0u);
  EXPECT_EQ(this->wheel_.next_deadline(), std::nullopt);
  EXPECT_EQ(this->advance_tick(11), Fired{});
}

TYPED_TEST(BothWheels, LetACallbackCancelAndPostponeTimersOfTheSameTick) {
  for (std::uint32_t i = 0; i < 5; ++i) this->arm_tick(i, 5);
  Fired fired;
  const auto on_expired = [&](TimerId timer) {
    fired.push_back(timer.index());
    if (timer.index() != 0) return;
    this->wheel_.cancel(this->id(1));
    this->arm_tick(3, 6);
  };
  EXPECT_EQ(this->wheel_.advance(this->at_tick(5), TestFixture::kAll, on_expired), 3u);
  EXPECT_EQ(fired, (Fired{0, 2, 4}));
  EXPECT_EQ(this->advance_tick(6), Fired{3});
}

TYPED_TEST(BothWheels, KnowKindsInArenasOfTheirOwn) {
  std::vector<Node> bare(10);
  struct alignas(64) Wide {
    char text[40];
    Node node;
  };
  std::vector<Wide> wide(10);
  this->wheel_.set_arena(1, bare.data(), sizeof(Node));
  this->wheel_.set_arena(3, &wide[0].node, sizeof(Wide));
  for (const unsigned kind : {3u, 0u, 1u}) this->wheel_.arm(TimerId::make(kind, 9), this->at_tick(5));
  this->wheel_.arm(TimerId::make(1, 0), this->at_tick(5));
  EXPECT_TRUE(bare[9].armed() && bare[0].armed() && wide[9].node.armed() && this->node(9).armed());
  Fired fired;
  this->wheel_.advance(this->at_tick(5), TestFixture::kAll, [&](TimerId timer) { fired.push_back(timer.value); });
  EXPECT_EQ(fired, (Fired{3u << 30 | 9, 9, 1u << 30 | 9, 1u << 30}));
}

template <class Kind>
class WheelsBeforeTheEpoch : public WheelBed<Kind> {
 protected:
  WheelsBeforeTheEpoch() : WheelBed<Kind>(-1000 * WheelBed<Kind>::kTick - 1) {}
};
TYPED_TEST_SUITE(WheelsBeforeTheEpoch, WheelKinds, WheelNames);

TYPED_TEST(WheelsBeforeTheEpoch, Work) {
  constexpr std::int64_t kTick = TestFixture::kTick;
  this->arm_tick(0, -1000);
  this->arm_tick(1, -999);
  this->arm_tick(2, 0);
  this->arm_tick(3, 400);
  EXPECT_EQ(this->wheel_.next_deadline(), this->at_tick(-1000));
  EXPECT_EQ(this->advance(time_from_ns(-1000 * kTick - 1)), Fired{});
  EXPECT_EQ(this->advance_tick(-1000), Fired{0});
  EXPECT_EQ(this->advance(time_from_ns(-999 * kTick - 1)), Fired{});
  EXPECT_EQ(this->advance_tick(-999), Fired{1});
  EXPECT_EQ(this->advance(time_from_ns(-1)), Fired{});
  EXPECT_EQ(this->advance_tick(400), (Fired{2, 3}));
}

}  // namespace
}  // namespace millrace::timer
