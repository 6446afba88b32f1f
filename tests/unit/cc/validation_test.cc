// RFC 7661 4.2 to 4.4. Segments of 1000 bytes: the initial window is 10000 bytes.
#include "cc/validation.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace millrace::cc {
namespace {

class ValidationTest : public testing::Test {
 protected:
  ValidationTest() {
    facts.smss = kSmss;
    facts.srtt = milliseconds{100};
    facts.newly_delivered = kSmss;
    validation.start(facts);
  }

  /// A round trip later an ACK ends a round that delivered `volume` bytes.
  void round(std::uint32_t volume, bool limited = false, Duration after = milliseconds{100}) {
    facts.now += after;
    facts.cwnd_limited = limited;
    facts.prior_in_flight = volume;
    validation.on_ack(window, facts, volume);
  }
  /// So many rounds that the first, which is no measure, is over and the window is seen not to limit.
  void settle(std::uint32_t volume) {
    for (int i = 0; i < 3; ++i) round(volume);
  }

  AckSample facts;
  Window window = window_of(100'000, 80'000);
  Validation validation;
};

// 4.2: "used to inhibit entering the non-validated phase until the first new measurement".
TEST_F(ValidationTest, UndefinedIsValidated) {
  EXPECT_TRUE(validation.validated(window, facts));
  round(1'000);
  EXPECT_TRUE(validation.validated(window, facts)) << "the first round did not begin with an ACK";
  round(1'000);
  EXPECT_FALSE(validation.validated(window, facts));
}

// 4.3: "pipeACK >= (1/2) * cwnd".
TEST_F(ValidationTest, HalfAWindowValidates) {
  settle(49'999);
  EXPECT_FALSE(validation.validated(window, facts));
  round(50'000);
  EXPECT_TRUE(validation.validated(window, facts));
}

TEST_F(ValidationTest, AWindowThatLimitsIsValidated) {
  settle(1'000);
  round(1'000, true);
  EXPECT_TRUE(validation.validated(window, facts));
  round(1'000);
  EXPECT_TRUE(validation.validated(window, facts)) << "it did in the last round";
  round(1'000);
  EXPECT_FALSE(validation.validated(window, facts));
}

TEST_F(ValidationTest, TheInitialWindowIsValidated) {
  window.cwnd = 10'000;
  settle(1'000);
  EXPECT_TRUE(validation.validated(window, facts));
}

// 4.2: the most of max(3 * RTT, 1 s).
TEST_F(ValidationTest, PipeAckIsTheMostOfASecond) {
  settle(60'000);
  for (int i = 0; i < 9; ++i) round(1'000);
  EXPECT_TRUE(validation.validated(window, facts));
  round(2'000, false, milliseconds{101});
  EXPECT_FALSE(validation.validated(window, facts));
  EXPECT_EQ(validation.used(window, facts), 2'000u);
}

TEST_F(ValidationTest, PipeAckIsTheMostOfThreeLongRoundTrips) {
  facts.srtt = seconds{1};
  settle(60'000);
  for (int i = 0; i < 2; ++i) round(1'000, false, seconds{1});
  EXPECT_TRUE(validation.validated(window, facts));
  round(1'000, false, milliseconds{1001});
  EXPECT_FALSE(validation.validated(window, facts));
}

TEST_F(ValidationTest, RecoveryIsNoMeasure) {
  settle(60'000);
  facts.phase = Phase::Recovery;
  round(90'000);
  facts.phase = Phase::Open;
  static_cast<void>(validation.on_recovered(facts));
  EXPECT_EQ(validation.used(window, facts), 0u) << "undefined";
  round(70'000);
  EXPECT_EQ(validation.used(window, facts), 0u) << "a part of that round was recovery";
  round(65'000);
  EXPECT_EQ(validation.used(window, facts), 65'000u);
}

TEST_F(ValidationTest, TheWindowGrowsOnlyIfItLimits) {
  facts.prior_in_flight = 99'000;
  EXPECT_FALSE(validation.may_grow(window, facts));
  facts.cwnd_limited = true;
  EXPECT_TRUE(validation.may_grow(window, facts));
  round(99'000, true);
  facts.cwnd_limited = false;
  EXPECT_TRUE(validation.may_grow(window, facts)) << "a paced sender meets the window now and then";
  round(99'000);
  EXPECT_TRUE(validation.may_grow(window, facts));
  round(99'000);
  EXPECT_FALSE(validation.may_grow(window, facts));
}

TEST_F(ValidationTest, HalfAWindowInFlightIsEnoughInSlowStart) {
  window.ssthresh = kNoSsthresh;
  facts.prior_in_flight = 49'999;
  EXPECT_FALSE(validation.may_grow(window, facts));
  facts.prior_in_flight = 50'000;
  EXPECT_TRUE(validation.may_grow(window, facts));
}

// 4.4.1: max(pipeACK, LossFlightSize), and never more than the window.
TEST_F(ValidationTest, AReductionStartsFromWhatWasUsed) {
  facts.flight_size = 30'000;
  EXPECT_EQ(validation.used(window, facts), 30'000u);
  settle(40'000);
  EXPECT_EQ(validation.used(window, facts), 40'000u);
  facts.flight_size = 45'000;
  EXPECT_EQ(validation.used(window, facts), 45'000u);
  facts.flight_size = 130'000;
  EXPECT_EQ(validation.used(window, facts), 100'000u);
}

// 4.4.1: at the end of recovery what was lost is no part of what was used.
TEST_F(ValidationTest, LossInTheNonValidatedPhaseCounts) {
  settle(40'000);
  facts.flight_size = 20'000;
  validation.on_lost(2'000);
  validation.on_recovery(window, facts);
  validation.on_lost(3'000);
  EXPECT_EQ(validation.on_recovered(facts), 35'000u);
  EXPECT_EQ(validation.on_recovered(facts), std::nullopt) << "once";
}

TEST_F(ValidationTest, MoreLostThanUsedLeavesNothing) {
  settle(2'000);
  validation.on_recovery(window, facts);
  validation.on_lost(5'000);
  EXPECT_EQ(validation.on_recovered(facts), 0u);
}

TEST_F(ValidationTest, LossInTheValidatedPhaseDoesNot) {
  settle(60'000);
  validation.on_lost(2'000);
  validation.on_recovery(window, facts);
  EXPECT_EQ(validation.on_recovered(facts), std::nullopt);
}

TEST_F(ValidationTest, AForgottenLossHasNoEnd) {
  settle(40'000);
  validation.on_recovery(window, facts);
  validation.forget_loss();
  EXPECT_EQ(validation.on_recovered(facts), std::nullopt);
}

// 4.4.3: after five minutes ssthresh = max(ssthresh, 3/4 cwnd) and cwnd = max(cwnd / 2, IW).
TEST_F(ValidationTest, FiveMinutesWithoutValidationHalveTheWindow) {
  window.ssthresh = 20'000;
  settle(1'000);
  round(1'000, false, minutes{4} + seconds{59});
  EXPECT_EQ(window.cwnd, 100'000u);
  round(1'000, false, seconds{2});
  EXPECT_EQ(window.cwnd, 50'000u);
  EXPECT_EQ(window.ssthresh, 75'000u);
  round(1'000, false, minutes{4});
  EXPECT_EQ(window.cwnd, 50'000u);
  round(1'000, false, minutes{2});
  EXPECT_EQ(window.cwnd, 25'000u);
  EXPECT_EQ(window.ssthresh, 75'000u);
  for (int i = 0; i < 5; ++i) round(1'000, false, minutes{6});
  EXPECT_EQ(window.cwnd, 10'000u);
}

TEST_F(ValidationTest, ValidationBeginsTheFiveMinutesAnew) {
  settle(1'000);
  round(1'000, false, minutes{4});
  round(50'000, false, minutes{2} - seconds{70});
  round(1'000, false, minutes{4});
  EXPECT_EQ(window.cwnd, 100'000u);
}

// A sender of so little that pipeACK is never measured does not keep its window either.
TEST_F(ValidationTest, UnmeasuredIsNotValidatedForEver) {
  for (int i = 0; i < 31; ++i) {
    facts.now += seconds{10};
    validation.on_restart(window, facts, seconds{10});
    round(1'000);
  }
  EXPECT_EQ(window.cwnd, 50'000u);
}

TEST_F(ValidationTest, IdleKeepsTheWindowForFiveMinutes) {
  facts.now += minutes{5};
  validation.on_restart(window, facts, minutes{5});
  EXPECT_EQ(window.cwnd, 100'000u);
  EXPECT_EQ(window.ssthresh, 80'000u);
}

TEST_F(ValidationTest, EachFiveMinutesOfIdleHalve) {
  facts.now += minutes{11};
  validation.on_restart(window, facts, minutes{11});
  EXPECT_EQ(window.cwnd, 25'000u);
  EXPECT_EQ(window.ssthresh, 80'000u);
  facts.now += hours{1000};
  validation.on_restart(window, facts, hours{1000});
  EXPECT_EQ(window.cwnd, 10'000u);
}

TEST_F(ValidationTest, AWindowBelowTheInitialOneStays) {
  window.cwnd = 3'000;
  facts.now += hours{1};
  validation.on_restart(window, facts, hours{1});
  EXPECT_EQ(window.cwnd, 3'000u);
}

TEST_F(ValidationTest, IdleForgetsOldMeasures) {
  settle(40'000);
  facts.now += milliseconds{900};
  validation.on_restart(window, facts, milliseconds{900});
  EXPECT_EQ(validation.used(window, facts), 40'000u);
  facts.now += seconds{2};
  validation.on_restart(window, facts, seconds{2});
  EXPECT_EQ(validation.used(window, facts), 0u);
}

TEST_F(ValidationTest, LessThanARoundTripIsNoPause) {
  round(50'000, true);
  round(50'000);
  validation.on_restart(window, facts, milliseconds{100});
  EXPECT_TRUE(validation.may_grow(window, facts));
  validation.on_restart(window, facts, milliseconds{101});
  EXPECT_FALSE(validation.may_grow(window, facts));
}

}  // namespace
}  // namespace millrace::cc
