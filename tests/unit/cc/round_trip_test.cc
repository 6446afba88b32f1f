#include "cc/round_trip.h"

#include <gtest/gtest.h>

#include "samples.h"

namespace millrace::cc {
namespace {

// The ACK of one segment that was sent when `sent_at` bytes were delivered; `delivered` are now.
AckSample delivered_at(std::uint64_t sent_at, std::uint64_t delivered) {
  AckSample sample = acked(kSmss);
  sample.delivered = delivered;
  sample.rate.prior_delivered = sent_at;
  return sample;
}

TEST(RoundTrip, EndsWithTheFirstSegmentSentInIt) {
  RoundTrip round;
  round.start(flying(0));
  EXPECT_TRUE(round.ends(delivered_at(0, 1000))) << "the first segment of all";
  // The rest of the first flight was sent before.
  for (std::uint64_t i = 2; i <= 10; ++i) EXPECT_FALSE(round.ends(delivered_at(0, i * 1000)));
  EXPECT_TRUE(round.ends(delivered_at(1000, 11'000)));
  EXPECT_FALSE(round.ends(delivered_at(10'000, 20'000)));
  EXPECT_TRUE(round.ends(delivered_at(11'000, 21'000)));
}

TEST(RoundTrip, BeginsAnewWhenTold) {
  RoundTrip round;
  Sender sender;
  sender.delivered = 5'000'000'000;
  round.start(sender);
  EXPECT_FALSE(round.ends(delivered_at(4'999'999'999, 5'000'001'000)));
  EXPECT_TRUE(round.ends(delivered_at(5'000'000'000, 5'000'002'000)));
}

TEST(RoundTrip, AnAckThatDeliversNothingEndsNone) {
  RoundTrip round;
  round.start(flying(0));
  AckSample sample = delivered_at(7000, 9000);
  sample.newly_delivered = 0;
  EXPECT_FALSE(round.ends(sample));
  sample.newly_delivered = 1;
  EXPECT_TRUE(round.ends(sample));
}

}  // namespace
}  // namespace millrace::cc
