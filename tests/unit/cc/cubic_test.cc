#include "cc/cubic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "samples.h"

namespace millrace::cc {
namespace {

constexpr double kC = 0.4, kBeta = 0.7, kAlpha = 3 * (1 - kBeta) / (1 + kBeta);

/// RFC 9438 4.2 and 4.3 in floating point, in segments: what the window should be at each ACK.
class Formula {
 public:
  Formula(double w_max, double cwnd_epoch, double cwnd_prior)
      : w_max_(w_max), k_(std::cbrt((w_max - cwnd_epoch) / kC)), w_est_(cwnd_epoch), cwnd_prior_(cwnd_prior) {}

  double k() const { return k_; }
  double after_ack(double t, double cwnd) {
    w_est_ += (w_est_ >= cwnd_prior_ ? 1 : kAlpha) / cwnd;
    return std::max(kC * std::pow(t - k_, 3) + w_max_, w_est_);
  }

 private:
  double w_max_, k_, w_est_, cwnd_prior_;
};

// Proves MAY-18.
// From a loss until twice K: the concave region, the plateau, the convex one, each within 1 %.
TEST(Cubic, WindowOverTimeIsTheFormula) {
  struct Path {
    milliseconds rtt;
    std::uint32_t w_max;  // segments
  };
  const Path paths[] = {{milliseconds{10}, 20},   {milliseconds{10}, 200}, {milliseconds{40}, 100},
                        {milliseconds{40}, 800},  {milliseconds{100}, 20}, {milliseconds{100}, 100},
                        {milliseconds{100}, 3000}};
  for (const auto& [rtt, segments] : paths) {
    SCOPED_TRACE("RTT " + std::to_string(rtt.count()) + " ms, W_max " + std::to_string(segments));
    Flow<Cubic> flow(window_of(segments * kSmss, segments * kSmss), rtt);
    flow.lose();
    EXPECT_EQ(flow.window.cwnd, segments * 700);
    Formula formula(segments, segments * 0.7, segments);
    double worst = 0, expected = 0;
    while (flow.seconds_passed() < 2 * formula.k()) {
      flow.step();
      expected = formula.after_ack(flow.seconds_passed(), flow.segments());
      worst = std::max(worst, std::abs(flow.segments() - expected) / expected);
    }
    EXPECT_LT(worst, 0.01);
    EXPECT_GE(flow.segments(), segments) << "past W_max";
  }
}

// AIMD(9 / 17, 0.7) until the window is back, AIMD(1, 0.7) from there (4.3): a round trip of 1 ms, where Reno is
// faster.
TEST(Cubic, RenoFriendlyRegionIsAimd) {
  Flow<Cubic> flow(window_of(50 * kSmss, 50 * kSmss), milliseconds{1});
  flow.lose();
  EXPECT_EQ(flow.window.cwnd, 35'000u);
  double aimd = 35;
  for (int rtts = 1; rtts <= 60; ++rtts) {
    const double until = static_cast<double>(rtts) * 1e-3;
    const double alpha = aimd >= 50 ? 1 : kAlpha;
    while (flow.seconds_passed() < until) flow.step();
    aimd += alpha;
    EXPECT_NEAR(flow.segments(), aimd, aimd * 0.01) << rtts;
  }
  EXPECT_GT(flow.segments(), 70) << "15 / alpha = 28 round trips, then one segment each";
}

// Small ACKs in a large window each give less than a byte.
TEST(Cubic, GrowthBelowAByteIsNotLost) {
  for (const std::uint32_t bytes : {100u, 1000u}) {
    Flow<Cubic> flow(window_of(5'000'000, 5'000'000), milliseconds{100});
    flow.lose();
    flow.ack();
    flow.pass(milliseconds{100});
    for (std::uint32_t acked = 0; acked < 3'500'000; acked += bytes) flow.ack(bytes);
    // W_cubic(0.2 s) is 57300 bytes more. The last ACKs of the window find the most of it done: 1 - 1 / e.
    EXPECT_NEAR(flow.window.cwnd, 3'500'000 + 36'200, 400) << bytes;
  }
}

TEST(Cubic, ReductionIsSevenTenths) {
  Flow<Cubic> flow(window_of(10'000, kNoSsthresh), milliseconds{10});
  flow.facts().flight_size = 10'000;
  flow.algorithm.on_recovery(flow.window, flow.facts());
  EXPECT_EQ(flow.window.ssthresh, 7'000u);
  EXPECT_EQ(flow.window.cwnd, 10'000u) << "PRR's business";
  // Limited transmit and what was SACKed meanwhile do not count.
  flow.facts().flight_size = 14'000;
  flow.algorithm.on_recovery(flow.window, flow.facts());
  EXPECT_EQ(flow.window.ssthresh, 7'000u);
  flow.facts().flight_size = 6'000;
  flow.algorithm.on_recovery(flow.window, flow.facts());
  EXPECT_EQ(flow.window.ssthresh, 4'200u);
  flow.facts().flight_size = 2'000;
  flow.algorithm.on_recovery(flow.window, flow.facts());
  EXPECT_EQ(flow.window.ssthresh, 2'000u) << "at least two segments";
}

TEST(Cubic, MarksReduceDownToOneSegment) {
  Flow<Cubic> flow(window_of(10'000, kNoSsthresh), milliseconds{10});
  for (const std::uint32_t left : {7'000u, 4'900u, 3'430u, 2'401u, 1'680u, 1'176u, 1'000u, 1'000u}) {
    flow.facts().flight_size = flow.window.cwnd;
    flow.algorithm.on_ecn(flow.window, flow.facts());
    EXPECT_EQ(flow.window.cwnd, left);
    EXPECT_EQ(flow.window.ssthresh, std::max(left, 2'000u));
  }
}

// 4.7: a loss below the last W_max takes the plateau to 0.85 of the window.
TEST(Cubic, FastConvergence) {
  Flow<Cubic> flow(window_of(1'000'000, 1'000'000), milliseconds{50});
  flow.lose();
  while (flow.segments() < 900) flow.step();
  const double reached = flow.segments();
  flow.pass(-(flow.facts().now - Time{}));
  flow.lose();
  Formula formula(reached * 0.85, reached * 0.7, reached);
  while (flow.seconds_passed() < 1.5 * formula.k()) {
    flow.step();
    const double expected = formula.after_ack(flow.seconds_passed(), flow.segments());
    ASSERT_NEAR(flow.segments(), expected, expected * 0.01) << flow.seconds_passed();
  }
}

// 4.8: W_max is the window at the beginning of congestion avoidance, K is zero.
TEST(Cubic, AfterATimeoutTheWindowIsTheNewOrigin) {
  Flow<Cubic> flow(window_of(200'000, 200'000), milliseconds{100});
  flow.facts().flight_size = 200'000;
  flow.algorithm.on_timeout(flow.window, flow.facts(), true);
  EXPECT_EQ(flow.window.cwnd, kSmss);
  EXPECT_EQ(flow.window.ssthresh, 140'000u);
  flow.algorithm.on_timeout(flow.window, flow.facts(), false);
  EXPECT_EQ(flow.window.cwnd, kSmss);
  EXPECT_EQ(flow.window.ssthresh, 140'000u) << "once for the same data";
  while (flow.window.cwnd < 140'000) flow.step();
  EXPECT_EQ(flow.window.cwnd, 140'000u);
  flow.pass(-(flow.facts().now - Time{}));
  Formula formula(140, 140, 200);
  while (flow.seconds_passed() < 10) {
    flow.step();
    const double expected = formula.after_ack(flow.seconds_passed(), flow.segments());
    ASSERT_NEAR(flow.segments(), expected, expected * 0.01) << flow.seconds_passed();
  }
}

// 4.2: however far W_cubic has run ahead, a window of ACKs gives half a window.
TEST(Cubic, TargetIsAtMostHalfAsMuchAgain) {
  Flow<Cubic> flow(window_of(100'000, 100'000), milliseconds{100});
  flow.lose();
  flow.ack();
  flow.window.cwnd = 80'000;
  flow.pass(seconds{60});
  flow.ack(80'000);
  EXPECT_EQ(flow.window.cwnd, 120'000u);
}

TEST(Cubic, TargetIsNeverBelowTheWindow) {
  Flow<Cubic> flow(window_of(100'000, 100'000), milliseconds{100});
  flow.lose();
  flow.ack();
  flow.window.cwnd = 300'000;
  flow.ack(300'000);
  EXPECT_EQ(flow.window.cwnd, 300'000u);
}

// 4.2 and 5.8: the time in which the application limits, and in which nothing is in flight, is not part of t.
TEST(Cubic, ApplicationLimitedTimeDoesNotCount) {
  Flow<Cubic> steady(window_of(500'000, 500'000), milliseconds{50}),
      paused(window_of(500'000, 500'000), milliseconds{50});
  for (Flow<Cubic>* flow : {&steady, &paused}) {
    flow->lose();
    while (flow->seconds_passed() < 2) flow->step();
  }
  // Three rounds to see that the window no longer limits, then a minute at little data, and half a minute idle.
  AckSample& facts = paused.facts();
  facts.cwnd_limited = false;
  for (int i = 0; i < 60; ++i) {
    const std::uint32_t before = paused.window.cwnd;
    paused.pass(seconds{1});
    facts.rate.prior_delivered = facts.delivered;
    facts.prior_in_flight = facts.acked = facts.newly_delivered = kSmss;
    facts.delivered += kSmss;
    paused.algorithm.on_ack(paused.window, facts);
    EXPECT_TRUE(paused.window.cwnd == before || i <= 3);
  }
  paused.window.cwnd = steady.window.cwnd;
  paused.pass(seconds{30});
  paused.algorithm.on_restart(paused.window, facts, seconds{30});
  facts.cwnd_limited = true;
  const double until = steady.seconds_passed() + 3, later = paused.seconds_passed() + 3;
  while (steady.seconds_passed() < until) steady.step();
  while (paused.seconds_passed() < later) paused.step();
  EXPECT_NEAR(paused.segments(), steady.segments(), 0.02 * steady.segments());
  EXPECT_LT(paused.segments(), 500) << "W_cubic after a minute more would have been far beyond";
}

TEST(Cubic, IdleTimeDoesNotCount) {
  Flow<Cubic> flow(window_of(500'000, 500'000), milliseconds{50});
  flow.lose();
  Formula formula(500, 350, 500);
  while (flow.seconds_passed() < 3) {
    flow.step();
    formula.after_ack(flow.seconds_passed(), flow.segments());
  }
  flow.pass(minutes{1});
  flow.algorithm.on_restart(flow.window, flow.facts(), minutes{1});
  while (flow.seconds_passed() < 66) {
    flow.step();
    const double expected = formula.after_ack(flow.seconds_passed() - 60, flow.segments());
    ASSERT_NEAR(flow.segments(), expected, expected * 0.01) << flow.seconds_passed();
  }
}

TEST(Cubic, SpuriousReductionIsTakenBackOnce) {
  Flow<Cubic> twice(window_of(300'000, 300'000), milliseconds{50}), once = twice;
  for (Flow<Cubic>* flow : {&twice, &once}) {
    flow->lose();
    while (flow->seconds_passed() < 3) flow->step();
  }
  const Window before = twice.window;
  twice.facts().flight_size = twice.window.cwnd;
  twice.algorithm.on_recovery(twice.window, twice.facts());
  twice.window.cwnd = twice.window.ssthresh;
  twice.algorithm.on_spurious(twice.window, twice.facts());
  EXPECT_EQ(twice.window.cwnd, before.cwnd);
  EXPECT_EQ(twice.window.ssthresh, before.ssthresh);
  while (once.seconds_passed() < 6) once.step();
  while (twice.seconds_passed() < 6) twice.step();
  EXPECT_NEAR(twice.segments(), once.segments(), 0.01) << "W_max, K, the epoch and W_est are as if it had not been";
  twice.window.cwnd = 10'000;
  twice.algorithm.on_spurious(twice.window, twice.facts());
  EXPECT_EQ(twice.window.cwnd, 10'000u) << "there is no second one to take back";
}

TEST(Cubic, SpuriousTimeoutIsTakenBack) {
  Flow<Cubic> flow(window_of(100'000, kNoSsthresh), milliseconds{50});
  flow.facts().flight_size = 100'000;
  flow.algorithm.on_timeout(flow.window, flow.facts(), true);
  flow.algorithm.on_timeout(flow.window, flow.facts(), false);
  flow.algorithm.on_spurious(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 100'000u);
  EXPECT_EQ(flow.window.ssthresh, kNoSsthresh);
}

// 4.9.2: detected so late that the window has grown past it, it changes nothing. A mark is no mistake.
TEST(Cubic, NothingToTakeBack) {
  Flow<Cubic> flow(window_of(100'000, 100'000), milliseconds{50});
  flow.facts().flight_size = 100'000;
  flow.algorithm.on_recovery(flow.window, flow.facts());
  flow.window.cwnd = 110'000;
  flow.algorithm.on_spurious(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 110'000u);
  EXPECT_EQ(flow.window.ssthresh, 70'000u);
  flow.algorithm.on_recovery(flow.window, flow.facts());
  flow.algorithm.on_ecn(flow.window, flow.facts());
  const Window marked = flow.window;
  flow.algorithm.on_spurious(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, marked.cwnd);
  EXPECT_EQ(flow.window.ssthresh, marked.ssthresh);
}

TEST(Cubic, RecoveryIsNotItsBusiness) {
  Flow<Cubic> flow(window_of(100'000, 70'000), milliseconds{50});
  flow.facts().phase = Phase::Recovery;
  flow.ack();
  EXPECT_EQ(flow.window.cwnd, 100'000u);
}

// 4.10: slow start that HyStart++ ends goes on with K = 0 from the window that it has.
TEST(Cubic, LeavesSlowStartByDelay) {
  Flow<Cubic> flow(window_of(10'000, kNoSsthresh), milliseconds{50});
  while (flow.window.ssthresh == kNoSsthresh) {
    // A queue that grows with the window beyond 100 segments.
    const auto queue = static_cast<std::int64_t>(flow.segments()) - 100;
    flow.facts().srtt = flow.facts().rtt = milliseconds{50} + microseconds{500 * std::max<std::int64_t>(queue, 0)};
    flow.step();
  }
  EXPECT_GT(flow.window.cwnd, 110'000u) << "there is a queue";
  EXPECT_LT(flow.window.cwnd, 700'000u);
  const double w = flow.segments(), begin = flow.seconds_passed();
  Formula formula(w, w, w);
  for (double t = 0; t < 5; t = flow.seconds_passed() - begin) {
    flow.step();
    const double expected = formula.after_ack(flow.seconds_passed() - begin, flow.segments());
    ASSERT_NEAR(flow.segments(), expected, expected * 0.01) << t;
  }
}

}  // namespace
}  // namespace millrace::cc
