// The rules of RFC 9406 4.2, one by one, with the constants of 4.3.
#include "cc/hystart.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace millrace::cc {
namespace {

class HyStartTest : public testing::Test {
 protected:
  /// An ACK with a round trip of `us`; `new_round`: the first of its round.
  void ack(std::int64_t us, bool new_round = false) {
    AckSample sample = acked(kSmss);
    sample.rtt = microseconds{us};
    hystart.on_ack(window, sample, new_round);
  }
  /// A round of `samples` ACKs.
  void round(std::int64_t us, int samples = 8) {
    for (int i = 0; i < samples; ++i) ack(us, i == 0);
  }
  /// What `bytes` acknowledged add to the window.
  std::uint32_t growth(std::uint32_t bytes) {
    Window grown = window;
    hystart.grow_window(grown, acked(bytes));
    return grown.cwnd - window.cwnd;
  }

  HyStart hystart;
  Window window = window_of(100'000, kNoSsthresh);
};

// "cwnd = cwnd + min(N, L * SMSS)", L = 8, or without limit when paced.
TEST_F(HyStartTest, SlowStartGrowsByWhatIsAcknowledged) {
  EXPECT_EQ(growth(1), 1u);
  EXPECT_EQ(growth(8000), 8000u);
  EXPECT_EQ(growth(8001), 8000u);
  window.pacing_rate = 1;
  EXPECT_EQ(growth(50'000), 50'000u);
}

TEST_F(HyStartTest, GrowthEndsAtSsthresh) {
  window.ssthresh = 101'500;
  EXPECT_EQ(growth(1000), 1000u);
  EXPECT_EQ(growth(2000), 1500u);
}

// "RttThresh = max(MIN_RTT_THRESH, min(lastRoundMinRTT / MIN_RTT_DIVISOR, MAX_RTT_THRESH))"
TEST_F(HyStartTest, DelayThresholdIsBetweenFourAndSixteenMilliseconds) {
  const struct {
    std::int64_t last, threshold;
  } rows[] = {{100, 4'000}, {10'000, 4'000}, {32'000, 4'000}, {40'000, 5'000}, {128'000, 16'000}, {300'000, 16'000}};
  for (const auto& row : rows) {
    hystart = HyStart{};
    round(row.last);
    round(row.last + row.threshold - 1);
    EXPECT_FALSE(hystart.conservative()) << row.last;
    hystart = HyStart{};
    round(row.last);
    round(row.last + row.threshold);
    EXPECT_TRUE(hystart.conservative()) << row.last;
  }
}

// "rttSampleCount >= N_RTT_SAMPLE"
TEST_F(HyStartTest, EightSamplesAreNeeded) {
  round(20'000);
  round(30'000, 7);
  EXPECT_FALSE(hystart.conservative());
  ack(30'000);
  EXPECT_TRUE(hystart.conservative());
}

TEST_F(HyStartTest, AnAckWithoutARoundTripIsNoSample) {
  round(20'000);
  round(30'000, 7);
  AckSample sample = acked(kSmss);
  hystart.on_ack(window, sample, false);
  EXPECT_FALSE(hystart.conservative());
}

// "currentRoundMinRTT": the least of the round, so jitter of single ACKs does not matter.
TEST_F(HyStartTest, TheLeastRoundTripDecides) {
  round(20'000);
  ack(20'500, true);
  for (int i = 0; i < 30; ++i) ack(90'000);
  EXPECT_FALSE(hystart.conservative());
}

// "lastRoundMinRTT != infinity"
TEST_F(HyStartTest, TheFirstRoundHasNoneBefore) {
  round(500'000, 30);
  EXPECT_FALSE(hystart.conservative());
}

TEST_F(HyStartTest, TheRoundBeforeIsTheMeasure) {
  for (const std::int64_t us : {20'000, 23'000, 26'000, 29'000, 32'000}) round(us);
  EXPECT_FALSE(hystart.conservative()) << "never 4 ms within a round";
  round(36'000);
  EXPECT_TRUE(hystart.conservative());
}

// "cwnd = cwnd + (min(N, L * SMSS) / CSS_GROWTH_DIVISOR)"
TEST_F(HyStartTest, ConservativeSlowStartIsAQuarterAsFast) {
  round(20'000);
  round(30'000);
  EXPECT_EQ(growth(1000), 250u);
  EXPECT_EQ(growth(20'000), 2000u);
  window.pacing_rate = 1;
  EXPECT_EQ(growth(20'000), 5000u);
}

// "CSS lasts at most CSS_ROUNDS rounds", the partial one in which it began included: "ssthresh = cwnd".
TEST_F(HyStartTest, ConservativeSlowStartLastsFiveRounds) {
  round(20'000);
  round(30'000, 8);
  for (int rounds = 2; rounds <= 5; ++rounds) {
    round(30'000, 20);
    EXPECT_TRUE(hystart.conservative());
    EXPECT_EQ(window.ssthresh, kNoSsthresh) << rounds;
  }
  ack(30'000, true);
  EXPECT_EQ(window.ssthresh, 100'000u);
}

// "currentRoundMinRTT < cssBaselineMinRtt": the delay was but jitter.
TEST_F(HyStartTest, SlowStartResumesWhenTheDelayIsGone) {
  round(20'000);
  round(30'000);
  round(29'999, 7);
  EXPECT_TRUE(hystart.conservative()) << "seven samples do not tell";
  ack(40'000);
  EXPECT_FALSE(hystart.conservative());
  EXPECT_EQ(growth(1000), 1000u);
  // And it may begin again, with all its rounds.
  round(40'000);
  EXPECT_TRUE(hystart.conservative());
  for (int rounds = 2; rounds <= 5; ++rounds) round(40'000);
  EXPECT_EQ(window.ssthresh, kNoSsthresh);
  ack(40'000, true);
  EXPECT_EQ(window.ssthresh, 100'000u);
}

TEST_F(HyStartTest, TheSameDelayIsNotGone) {
  round(20'000);
  round(30'000);
  round(30'000);
  EXPECT_TRUE(hystart.conservative());
}

// 4.2: the first slow start only.
TEST_F(HyStartTest, ALaterSlowStartIsStandard) {
  round(20'000);
  round(30'000);
  window.ssthresh = 200'000;
  EXPECT_EQ(growth(1000), 1000u) << "also when a loss ended conservative slow start";
  hystart = HyStart{};
  round(20'000);
  round(90'000);
  EXPECT_FALSE(hystart.conservative());
}

}  // namespace
}  // namespace millrace::cc
