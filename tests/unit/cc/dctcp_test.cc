// RFC 8257 3.3, in numbers: alpha has 16 bits after the point.
#include "cc/dctcp.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace millrace::cc {
namespace {

constexpr double kOne = Dctcp::kAlphaOne;

/// A window of ACKs, of which `marked` of 10 bytes carry marks.
void observe(Flow<Dctcp>& flow, std::uint32_t marked) {
  const std::uint32_t window = flow.window.cwnd;
  for (std::uint32_t i = 0; i < 10; ++i) {
    flow.facts().ce_bytes = i < marked ? window / 10 : 0;
    flow.ack(window / 10);
  }
  flow.facts().ce_bytes = 0;
}

/// Congestion avoidance far below any growth that matters.
Flow<Dctcp> steady() { return Flow<Dctcp>(window_of(1'000'000, 500'000), microseconds{100}); }

TEST(Dctcp, AlphaBeginsAtOne) { EXPECT_EQ(steady().algorithm.alpha(), Dctcp::kAlphaOne); }

// Alpha * (1 - g) + g * M, M being 0: (15 / 16) ^ n.
TEST(Dctcp, AlphaDecaysByASixteenth) {
  Flow<Dctcp> flow = steady();
  flow.ack();
  EXPECT_EQ(flow.algorithm.alpha(), 61'440u) << "the first ACK ends the first window";
  double expected = 15.0 / 16;
  for (int i = 0; i < 60; ++i) {
    observe(flow, 0);
    if (flow.algorithm.alpha() < expected * kOne - 20) expected *= 15.0 / 16;
    EXPECT_NEAR(flow.algorithm.alpha(), expected * kOne, 20) << i;
  }
  EXPECT_LT(flow.algorithm.alpha(), 0.05 * kOne);
  for (int i = 0; i < 200; ++i) observe(flow, 0);
  EXPECT_EQ(flow.algorithm.alpha(), 0u);
}

TEST(Dctcp, AlphaComesToTheShareOfMarkedBytes) {
  for (const std::uint32_t tenths : {1u, 3u, 10u}) {
    Flow<Dctcp> flow = steady();
    for (int i = 0; i < 200; ++i) observe(flow, tenths);
    EXPECT_NEAR(flow.algorithm.alpha() / kOne, tenths / 10.0, 0.02) << tenths;
  }
}

/// ACKs with all their facts by hand.
class DctcpByHand : public testing::Test {
 protected:
  DctcpByHand() { dctcp.start(window, sample); }

  /// An ACK of `bytes`, sent when `sent_at` were delivered.
  void ack(std::uint32_t bytes, std::uint32_t marked, std::uint64_t sent_at) {
    sample.acked = sample.newly_delivered = bytes;
    sample.ce_bytes = marked;
    sample.delivered += bytes;
    sample.rate.prior_delivered = sent_at;
    dctcp.on_ack(window, sample);
  }

  Dctcp dctcp;
  Window window = window_of(1'000'000, 500'000);
  AckSample sample = acked(1000);
};

TEST_F(DctcpByHand, AlphaIsUpdatedAtTheEndOfEachWindow) {
  ack(1000, 0, 0);
  EXPECT_EQ(dctcp.alpha(), 65'536u * 15 / 16);
  ack(3000, 1000, 0);
  EXPECT_EQ(dctcp.alpha(), 61'440u) << "the window is not over";
  ack(1000, 0, 1000);
  EXPECT_EQ(dctcp.alpha(), (15 * 61'440u + 65'536 / 4) / 16) << "1000 of 4000";
  ack(1000, 0, 5000);
  EXPECT_EQ(dctcp.alpha(), 15 * 58'624u / 16);
}

TEST_F(DctcpByHand, IdleKeepsAlphaAndTheWindow) {
  ack(1000, 0, 0);
  dctcp.on_restart(window, sample, seconds{1});
  EXPECT_EQ(dctcp.alpha(), 61'440u);
  EXPECT_EQ(window.cwnd, 1'000'000u);
  dctcp.on_restart(window, sample, minutes{6});
  EXPECT_EQ(window.cwnd, 500'000u);
}

TEST(Dctcp, MarksBeyondWhatIsDeliveredDoNotCount) {
  Flow<Dctcp> flow = steady();
  flow.facts().ce_bytes = 5000;
  flow.ack(1000);
  EXPECT_EQ(flow.algorithm.alpha(), Dctcp::kAlphaOne);
}

// cwnd = cwnd * (1 - alpha / 2).
TEST(Dctcp, AMarkTakesHalfOfAlpha) {
  Flow<Dctcp> flow = steady();
  flow.algorithm.on_ecn(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 500'000u) << "alpha is 1";
  EXPECT_EQ(flow.window.ssthresh, 500'000u);
  flow = steady();
  flow.ack();
  flow.algorithm.on_ecn(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 531'250u) << "alpha is 15/16";
  for (int i = 0; i < 300; ++i) observe(flow, 0);
  const std::uint32_t before = flow.window.cwnd;
  flow.algorithm.on_ecn(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, before) << "alpha is 0";
}

TEST(Dctcp, MarksReduceDownToOneSegment) {
  Flow<Dctcp> flow(window_of(3'000, 3'000), microseconds{100});
  flow.algorithm.on_ecn(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 1'500u);
  EXPECT_EQ(flow.window.ssthresh, 2'000u);
  flow.algorithm.on_ecn(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 1'000u);
}

// 3.4: loss as in conventional TCP.
TEST(Dctcp, LossHalves) {
  Flow<Dctcp> flow = steady();
  for (int i = 0; i < 300; ++i) observe(flow, 0);
  const std::uint32_t before = flow.window.cwnd;
  flow.lose();
  EXPECT_EQ(flow.window.cwnd, before / 2);
  EXPECT_EQ(flow.window.ssthresh, before / 2);
  flow.algorithm.on_timeout(flow.window, flow.facts(), true);
  EXPECT_EQ(flow.window.cwnd, kSmss);
}

TEST(Dctcp, SpuriousLossIsTakenBack) {
  Flow<Dctcp> flow = steady();
  flow.facts().flight_size = 1'000'000;
  flow.algorithm.on_lost(flow.window, flow.facts(), LostSegment{.length = 1000});
  flow.algorithm.on_recovery(flow.window, flow.facts());
  flow.window.cwnd = flow.window.ssthresh;
  flow.algorithm.on_spurious(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 1'000'000u);
}

// Growth is Reno's: a segment per window.
TEST(Dctcp, GrowsAsReno) {
  Flow<Dctcp> flow(window_of(20'000, 10'000), microseconds{100});
  for (int i = 0; i < 20; ++i) flow.ack();
  EXPECT_EQ(flow.window.cwnd, 21'000u);
}

}  // namespace
}  // namespace millrace::cc
