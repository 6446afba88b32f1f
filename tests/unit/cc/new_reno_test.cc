#include "cc/new_reno.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace millrace::cc {
namespace {

TEST(InitialWindow, Rfc6928) {
  EXPECT_EQ(initial_window(536), 5360u);
  EXPECT_EQ(initial_window(1459), 14590u);
  EXPECT_EQ(initial_window(1460), 14600u);
  EXPECT_EQ(initial_window(1461), 14600u);
  EXPECT_EQ(initial_window(7300), 14600u);
  EXPECT_EQ(initial_window(7301), 14602u);
  EXPECT_EQ(initial_window(8960), 17920u);
}

// Proves MUST-19.
TEST(NewReno, SlowStartByBytesUpToEightSegments) {
  NewReno reno;
  Window w = window_of(10000, 50000);
  reno.on_ack(w, acked(700));
  EXPECT_EQ(w.cwnd, 10700u);
  reno.on_ack(w, acked(8000));
  EXPECT_EQ(w.cwnd, 18700u);
  reno.on_ack(w, acked(8001));
  EXPECT_EQ(w.cwnd, 26700u);
}

TEST(NewReno, SlowStartEndsAtSsthresh) {
  NewReno reno;
  Window below = window_of(9500, 10000);
  reno.on_ack(below, acked(1000));
  EXPECT_EQ(below.cwnd, 10000u);
  reno.on_ack(below, acked(1000));
  EXPECT_EQ(below.cwnd, 10000u);
}

// After a timeout an ACK may cover what was SACKed before.
TEST(NewReno, SlowStartAfterATimeoutCountsEachByteOnce) {
  NewReno reno;
  Window w = window_of(1000, 50000);
  AckSample sample = acked(7000);
  sample.phase = Phase::Loss;
  sample.newly_delivered = 1000;
  reno.on_ack(w, sample);
  EXPECT_EQ(w.cwnd, 2000u);
}

// Proves MUST-19.
TEST(NewReno, AvoidanceGrowsOneSegmentPerWindow) {
  NewReno reno;
  Window w = window_of(10000, 5000);
  reno.on_ack(w, acked(9999));
  EXPECT_EQ(w.cwnd, 10000u);
  reno.on_ack(w, acked(1));
  EXPECT_EQ(w.cwnd, 11000u);
  reno.on_ack(w, acked(11005));
  EXPECT_EQ(w.cwnd, 12000u);
  reno.on_ack(w, acked(11994));
  EXPECT_EQ(w.cwnd, 12000u) << "five bytes were left over, one is missing";
  reno.on_ack(w, acked(1));
  EXPECT_EQ(w.cwnd, 13000u);
}

TEST(NewReno, AnAckThatReportsMarksDoesNotGrow) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  AckSample sample = acked(1000);
  sample.ece = true;
  reno.on_ack(w, sample);
  EXPECT_EQ(w.cwnd, 10000u);
}

TEST(NewReno, ApplicationLimitedDoesNotGrow) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_ack(w, acked(1000, false));
  EXPECT_EQ(w.cwnd, 10000u);
}

TEST(NewReno, RecoveryIsNotItsBusiness) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  AckSample sample = acked(1000);
  sample.phase = Phase::Recovery;
  reno.on_ack(w, sample);
  EXPECT_EQ(w.cwnd, 10000u);
}

TEST(NewReno, LossHalvesTheFlight) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_recovery(w, flying(9000));
  EXPECT_EQ(w.ssthresh, 4500u);
  EXPECT_EQ(w.cwnd, 10000u);
  reno.on_recovery(w, flying(4001));
  EXPECT_EQ(w.ssthresh, 2000u);
  reno.on_recovery(w, flying(4002));
  EXPECT_EQ(w.ssthresh, 2001u);
  reno.on_recovery(w, flying(0));
  EXPECT_EQ(w.ssthresh, 2000u);
}

TEST(NewReno, TimeoutFallsToOneSegment) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_timeout(w, flying(8000), true);
  EXPECT_EQ(w.cwnd, 1000u);
  EXPECT_EQ(w.ssthresh, 4000u);
  reno.on_timeout(w, flying(6000), false);
  EXPECT_EQ(w.cwnd, 1000u);
  EXPECT_EQ(w.ssthresh, 4000u);
}

TEST(NewReno, MarkHalvesAtOnce) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_ecn(w, flying(10000));
  EXPECT_EQ(w.cwnd, 5000u);
  EXPECT_EQ(w.ssthresh, 5000u);
}

TEST(NewReno, SpuriousReductionIsTakenBack) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_timeout(w, flying(8000), true);
  reno.on_timeout(w, flying(8000), false);
  reno.on_spurious(w, flying(1000));
  EXPECT_EQ(w.cwnd, 10000u);
  EXPECT_EQ(w.ssthresh, 20000u);
}

TEST(NewReno, ReductionIsTakenBackOnce) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_recovery(w, flying(10000));
  w.cwnd = w.ssthresh;
  reno.on_spurious(w, flying(1000));
  EXPECT_EQ(w.cwnd, 10000u);
  w = window_of(4000, 3000);
  reno.on_spurious(w, flying(1000));
  EXPECT_EQ(w.cwnd, 4000u) << "there was no other reduction";
  EXPECT_EQ(w.ssthresh, 3000u);
}

TEST(NewReno, AMarkIsNoMistake) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_recovery(w, flying(10000));
  reno.on_ecn(w, flying(10000));
  reno.on_spurious(w, flying(1000));
  EXPECT_EQ(w.cwnd, 5000u);
  EXPECT_EQ(w.ssthresh, 5000u);
}

TEST(NewReno, MarksReduceDownToOneSegment) {
  NewReno reno;
  Window w = window_of(3000, 20000);
  reno.on_ecn(w, flying(3000));
  EXPECT_EQ(w.cwnd, 1500u);
  EXPECT_EQ(w.ssthresh, 2000u);
  reno.on_ecn(w, flying(1500));
  EXPECT_EQ(w.cwnd, 1000u);
  EXPECT_EQ(w.ssthresh, 2000u);
}

// What left beyond the window while its ACKs were reordered or limited transmit sent does not count (RFC 5681 3.2).
TEST(NewReno, AReductionHalvesNoMoreThanTheWindow) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_recovery(w, flying(14000));
  EXPECT_EQ(w.ssthresh, 5000u);
}

// RFC 7661 4.4.1, the sawtooth of a sender that uses 30 of 100 segments.
TEST(NewReno, LossOfAnUnvalidatedWindow) {
  Flow<NewReno> flow(window_of(100'000, 50'000), milliseconds{50});
  flow.facts().cwnd_limited = false;
  for (int rounds = 0; rounds < 3; ++rounds)
    for (int i = 0; i < 30; ++i) {
      flow.facts().rate.prior_delivered =
          flow.facts().delivered - std::min<std::uint64_t>(flow.facts().delivered, 29'000);
      flow.facts().prior_in_flight = 30'000;
      flow.facts().delivered += kSmss;
      flow.facts().acked = flow.facts().newly_delivered = kSmss;
      flow.algorithm.on_ack(flow.window, flow.facts());
    }
  EXPECT_EQ(flow.window.cwnd, 100'000u);
  flow.facts().flight_size = 20'000;
  flow.algorithm.on_lost(flow.window, flow.facts(), LostSegment{.length = 4000});
  flow.algorithm.on_recovery(flow.window, flow.facts());
  EXPECT_EQ(flow.window.ssthresh, 15'000u) << "half of what a round delivered";
  flow.window.cwnd = flow.window.ssthresh;
  flow.algorithm.on_recovered(flow.window, flow.facts());
  EXPECT_EQ(flow.window.cwnd, 13'000u) << "4000 bytes were too many";
  EXPECT_EQ(flow.window.ssthresh, 13'000u);
}

TEST(NewReno, IdleKeepsTheWindowForFiveMinutes) {
  NewReno reno;
  Window w = window_of(50000, 40000);
  reno.on_restart(w, flying(0), minutes{5});
  EXPECT_EQ(w.cwnd, 50000u);
  reno.on_restart(w, flying(0), minutes{6});
  EXPECT_EQ(w.cwnd, 25000u);
  EXPECT_EQ(w.ssthresh, 40000u);
}

TEST(NewReno, RestartNeverGrows) {
  NewReno reno;
  Window w = window_of(3000, 40000);
  reno.on_restart(w, flying(0), hours{1});
  EXPECT_EQ(w.cwnd, 3000u);
}

// Slow start that HyStart++ ends (RFC 9406) goes on as congestion avoidance.
TEST(NewReno, LeavesSlowStartByDelay) {
  Flow<NewReno> flow(window_of(10'000, kNoSsthresh), milliseconds{20});
  while (flow.window.ssthresh == kNoSsthresh) {
    const auto queue = std::max<std::int64_t>(flow.window.cwnd / kSmss, 50) - 50;
    flow.facts().rtt = milliseconds{20} + microseconds{400 * queue};
    flow.step();
  }
  EXPECT_GT(flow.window.cwnd, 60'000u);
  EXPECT_LT(flow.window.cwnd, 400'000u);
  const std::uint32_t w = flow.window.cwnd;
  for (std::uint32_t bytes = 0; bytes < w; bytes += kSmss) flow.ack();
  EXPECT_EQ(flow.window.cwnd, w + kSmss);
}

}  // namespace
}  // namespace millrace::cc
