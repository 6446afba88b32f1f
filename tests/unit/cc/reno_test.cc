#include "cc/reno.h"

#include <gtest/gtest.h>

namespace millrace::cc::reno {
namespace {

AckSample acked(std::uint32_t bytes, bool limited = true) {
  AckSample sample;
  sample.acked = bytes;
  sample.cwnd_limited = limited;
  return sample;
}

TEST(Reno, InitialWindow) {
  EXPECT_EQ(initial_window(536), 5360u);
  EXPECT_EQ(initial_window(1459), 14590u);
  EXPECT_EQ(initial_window(1460), 14600u);
  EXPECT_EQ(initial_window(1461), 14600u);
  EXPECT_EQ(initial_window(7300), 14600u);
  EXPECT_EQ(initial_window(7301), 14602u);
  EXPECT_EQ(initial_window(8960), 17920u);
}

TEST(Reno, StartForgets) {
  Window w{1, 2, 3};
  start(w, 1000);
  EXPECT_EQ(w.cwnd, 10000u);
  EXPECT_EQ(w.ssthresh, 0xffff'ffffu);
  EXPECT_EQ(w.acked, 0u);
}

// Proves MUST-19.
TEST(Reno, SlowStartByBytesUpToTwoSegments) {
  Window w{10000, 20000, 0};
  on_ack(w, acked(700), 1000);
  EXPECT_EQ(w.cwnd, 10700u);
  on_ack(w, acked(2000), 1000);
  EXPECT_EQ(w.cwnd, 12700u);
  on_ack(w, acked(2001), 1000);
  EXPECT_EQ(w.cwnd, 14700u);
  EXPECT_EQ(w.acked, 0u);
}

TEST(Reno, SlowStartEndsAtSsthresh) {
  Window w{9999, 10000, 0};
  on_ack(w, acked(1000), 1000);
  EXPECT_EQ(w.cwnd, 10999u);
  Window at{10000, 10000, 0};
  on_ack(at, acked(1000), 1000);
  EXPECT_EQ(at.cwnd, 10000u);
  EXPECT_EQ(at.acked, 1000u);
}

// Proves MUST-19.
TEST(Reno, AvoidanceGrowsOneSegmentPerWindow) {
  Window w{10000, 5000, 0};
  on_ack(w, acked(9999), 1000);
  EXPECT_EQ(w.cwnd, 10000u);
  EXPECT_EQ(w.acked, 9999u);
  on_ack(w, acked(1), 1000);
  EXPECT_EQ(w.cwnd, 11000u);
  EXPECT_EQ(w.acked, 0u);
  on_ack(w, acked(11005), 1000);
  EXPECT_EQ(w.cwnd, 12000u);
  EXPECT_EQ(w.acked, 5u);
}

TEST(Reno, ApplicationLimitedDoesNotGrow) {
  Window w{10000, 20000, 7};
  on_ack(w, acked(1000, false), 1000);
  EXPECT_EQ(w.cwnd, 10000u);
  EXPECT_EQ(w.acked, 7u);
}

TEST(Reno, LossHalvesTheFlight) {
  Window w{10000, 20000, 5};
  on_loss(w, 9000, 1000);
  EXPECT_EQ(w.ssthresh, 4500u);
  EXPECT_EQ(w.cwnd, 10000u);
  EXPECT_EQ(w.acked, 0u);
  on_loss(w, 4001, 1000);
  EXPECT_EQ(w.ssthresh, 2000u);
  on_loss(w, 4002, 1000);
  EXPECT_EQ(w.ssthresh, 2001u);
  on_loss(w, 0, 1000);
  EXPECT_EQ(w.ssthresh, 2000u);
}

TEST(Reno, RtoFallsToOneSegment) {
  Window w{10000, 20000, 5};
  on_rto(w, 8000, 1000, true);
  EXPECT_EQ(w.cwnd, 1000u);
  EXPECT_EQ(w.ssthresh, 4000u);
  EXPECT_EQ(w.acked, 0u);
  w.acked = 5;
  on_rto(w, 6000, 1000, false);
  EXPECT_EQ(w.cwnd, 1000u);
  EXPECT_EQ(w.ssthresh, 4000u);
  EXPECT_EQ(w.acked, 0u);
}

TEST(Reno, IdleNeverGrows) {
  Window w{50000, 40000, 5};
  on_idle(w, 1000);
  EXPECT_EQ(w.cwnd, 10000u);
  EXPECT_EQ(w.ssthresh, 40000u);
  EXPECT_EQ(w.acked, 0u);
  w.cwnd = 3000;
  on_idle(w, 1000);
  EXPECT_EQ(w.cwnd, 3000u);
}

}  // namespace
}  // namespace millrace::cc::reno
