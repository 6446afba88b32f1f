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
TEST(NewReno, SlowStartByBytesUpToTwoSegments) {
  NewReno reno;
  Window w = window_of(10000, 20000);
  reno.on_ack(w, acked(700));
  EXPECT_EQ(w.cwnd, 10700u);
  reno.on_ack(w, acked(2000));
  EXPECT_EQ(w.cwnd, 12700u);
  reno.on_ack(w, acked(2001));
  EXPECT_EQ(w.cwnd, 14700u);
}

TEST(NewReno, SlowStartEndsAtSsthresh) {
  NewReno reno;
  Window below = window_of(9999, 10000);
  reno.on_ack(below, acked(1000));
  EXPECT_EQ(below.cwnd, 10999u);
  Window at = window_of(10000, 10000);
  reno.on_ack(at, acked(1000));
  EXPECT_EQ(at.cwnd, 10000u);
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

TEST(NewReno, RestartNeverGrows) {
  NewReno reno;
  Window w = window_of(50000, 40000);
  reno.on_restart(w, flying(0), seconds{1});
  EXPECT_EQ(w.cwnd, 10000u);
  EXPECT_EQ(w.ssthresh, 40000u);
  w.cwnd = 3000;
  reno.on_restart(w, flying(0), seconds{1});
  EXPECT_EQ(w.cwnd, 3000u);
}

}  // namespace
}  // namespace millrace::cc
