// Delivery rate samples (draft-ietf-ccwg-bbr 4.1).
#include "tcp/delivery.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

class DeliveryTest : public testing::Test {
 protected:
  SentSegment sent(std::uint32_t in_flight) {
    SentSegment segment;
    segment.length = 1000;
    segment.seq = SeqNum{next};
    segment.sent_at = now;
    next += 1000;
    delivery_on_sent(delivery, segment, in_flight, now);
    return segment;
  }
  cc::RateSample acked(const SentSegment& segment, Duration min_rtt = Duration{-1}) {
    RateCandidate candidate;
    delivery_on_delivered(delivery, segment, segment.length, candidate, now);
    return delivery_sample(delivery, candidate, min_rtt);
  }

  Delivery delivery;
  Time now = time_from_ns(5'000'000'000);
  std::uint32_t next = 1;
};

/// One segment per millisecond, each acknowledged 10 ms later: a million bytes per second.
TEST_F(DeliveryTest, ASteadyStream) {
  std::vector<SentSegment> flight;
  cc::RateSample sample;
  for (int ms = 0; ms < 50; ++ms) {
    if (ms >= 10) {
      sample = acked(flight.front());
      flight.erase(flight.begin());
    }
    flight.push_back(sent(static_cast<std::uint32_t>(flight.size()) * 1000));
    now += milliseconds{1};
  }
  EXPECT_NEAR(static_cast<double>(sample.rate), 1e6, 1e3);
  EXPECT_EQ(sample.tx_in_flight, 10'000u);
  EXPECT_EQ(sample.interval, Duration{milliseconds{10}});
  EXPECT_EQ(delivery.rate, sample.rate);
}

/// ACKs that come all at once must not make the path look faster than it was fed.
TEST_F(DeliveryTest, CompressedAcksAreHeldBackBySending) {
  std::vector<SentSegment> flight;
  for (int i = 0; i < 10; ++i) {
    flight.push_back(sent(static_cast<std::uint32_t>(i) * 1000));
    now += milliseconds{1};
  }
  now += milliseconds{5};
  cc::RateSample sample;
  for (const SentSegment& segment : flight) sample = acked(segment);
  EXPECT_LE(sample.rate, 1'112'000u) << "ten segments in at least nine milliseconds";
}

TEST_F(DeliveryTest, AnIntervalBelowTheLeastRttGivesNoRate) {
  const SentSegment segment = sent(0);
  now += milliseconds{2};
  EXPECT_EQ(acked(segment, milliseconds{10}).rate, 0u);
}

TEST_F(DeliveryTest, ApplicationLimitedUntilTheseAreDelivered) {
  delivery_app_limited(delivery, 0);
  const SentSegment limited = sent(0);
  now += milliseconds{1};
  EXPECT_TRUE(acked(limited).app_limited);
  EXPECT_EQ(delivery.app_limited, 0u) << "more was delivered than was in flight then";
  const SentSegment free = sent(0);
  now += milliseconds{1};
  EXPECT_FALSE(acked(free).app_limited);
}

TEST_F(DeliveryTest, WhatWasLostSinceItWasSent) {
  delivery.lost = 0xffff'ff00;  // wraps
  const SentSegment segment = sent(0);
  delivery.lost += 3000;
  now += milliseconds{1};
  EXPECT_EQ(acked(segment).lost, 3000u);
}

TEST_F(DeliveryTest, NothingDeliveredNoSample) {
  EXPECT_EQ(delivery_sample(delivery, RateCandidate{}, Duration{-1}).rate, 0u);
  EXPECT_EQ(delivery_sample(delivery, RateCandidate{}, Duration{-1}).prior_delivered, 0u);
}

}  // namespace
}  // namespace millrace::tcp
