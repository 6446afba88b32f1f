// PRR's per-ACK tables: the two episodes of RFC 9937 (and RFC 6937 3.1) with cwnd = FlightSize = 20 segments, ssthresh
// = 10 and limited transmit of two segments before the third duplicate ACK begins recovery.
#include "cc/prr.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "samples.h"

namespace millrace::cc {
namespace {

constexpr std::uint32_t kSsthresh = 10 * kSmss;

/// A flight whose segments each get an ACK, in order, one after the other; all in segments.
class Episode {
 public:
  /// Of 20 segments the first `lost` are lost; the next three have been delivered, and two sent beyond the 20.
  explicit Episode(std::uint32_t lost) : lost_(lost), next_(22) {
    for (std::uint32_t i = lost + 3; i < 22; ++i) path_.push_back(i);
    // Flight of 22, less the two that were SACKed before the third duplicate ACK.
    prr_.start(20 * kSmss);
  }

  std::uint32_t in_flight() const { return static_cast<std::uint32_t>(path_.size()); }

  /// The ACK of one segment, `safe` or not: how many segments leave for it.
  std::uint32_t acked(bool safe) {
    const std::uint32_t cwnd = prr_.cwnd_on_ack(kSmss, in_flight() * kSmss, kSsthresh, kSmss, safe);
    std::uint32_t sent = 0;
    for (; (in_flight() + 1) * kSmss <= cwnd; ++sent) {
      path_.push_back(lost_ > repaired_ ? repaired_++ : next_++);
      prr_.on_sent(kSmss);
    }
    return sent;
  }

  /// The ACKs of `n` segments: how many leave for each.
  std::string acks(int n) {
    std::string row;
    for (int i = 0; i < n; ++i) {
      const std::uint32_t segment = path_.front();
      path_.pop_front();
      row += std::to_string(acked(segment < lost_));
    }
    return row;
  }

 private:
  Prr prr_;
  std::deque<std::uint32_t> path_;
  std::uint32_t lost_;
  std::uint32_t repaired_ = 0;
  std::uint32_t next_;
};

TEST(Prr, OneLossSpreadsTheReductionOverTheRoundTrip) {
  Episode episode(1);
  EXPECT_EQ(episode.in_flight(), 18u);
  EXPECT_EQ(episode.acked(false), 1u) << "the fast retransmit, for the ACK of segment 3";
  EXPECT_EQ(episode.in_flight(), 19u);
  // The RFC's row "pipe", for the ACKs of segments 4 to 19: one leaves for each second.
  for (const std::uint32_t pipe : {18, 18, 17, 17, 16, 16, 15, 15, 14, 14, 13, 13, 12, 12, 11, 10}) {
    episode.acks(1);
    EXPECT_EQ(episode.in_flight(), pipe);
  }
  EXPECT_EQ(episode.acks(2), "11") << "and then one for each (RB: s)";
  EXPECT_EQ(episode.in_flight(), 10u) << "recovery ends with ssthresh in flight";
}

TEST(Prr, BurstLossKeepsTheAckClockThenGrowsBySafeAcks) {
  Episode episode(15);
  EXPECT_EQ(episode.in_flight(), 4u);
  // The ACKs of segments 17, 18, 19: conserving packets, one for one (RB: b).
  EXPECT_EQ(episode.acked(false), 1u);
  EXPECT_EQ(episode.acks(2), "11");
  // Then those of the two limited transmits.
  EXPECT_EQ(episode.acks(2), "11");
  EXPECT_EQ(episode.in_flight(), 5u);
  // Those of the retransmissions advance SND.UNA: two leave for each (RB: d), until ssthresh is in flight (RB: s).
  EXPECT_EQ(episode.acks(5), "22222");
  EXPECT_EQ(episode.in_flight(), 10u);
  EXPECT_EQ(episode.acks(6), "111111") << "and never more than ssthresh";
  EXPECT_EQ(episode.in_flight(), 10u);
}

// With fewer losses than the reduction asks for, both bounds come to the same.
TEST(Prr, EightLossesEndAtSsthresh) {
  Episode episode(8);
  EXPECT_EQ(episode.in_flight(), 11u);
  EXPECT_EQ(episode.acked(false), 1u);
  EXPECT_EQ(episode.in_flight(), 12u);
  EXPECT_EQ(episode.acks(11), "00111111111");
  EXPECT_EQ(episode.in_flight(), 10u);
}

TEST(Prr, ProportionIsRoundedUpToSegments) {
  Prr prr;
  prr.start(20'000);
  EXPECT_EQ(prr.cwnd_on_ack(1, 18'000, 14'000, kSmss, false), 19'000u);
  prr.on_sent(kSmss);
  EXPECT_EQ(prr.cwnd_on_ack(1'427, 17'000, 14'000, kSmss, false), 17'000u) << "999.6 bytes in proportion";
  EXPECT_EQ(prr.cwnd_on_ack(1, 17'000, 14'000, kSmss, false), 18'000u) << "1000.3 bytes";
}

TEST(Prr, RoundingDoesNotExceedSsthresh) {
  Prr prr;
  prr.start(20'000);
  EXPECT_EQ(prr.cwnd_on_ack(19'999, 18'000, 10'300, kSmss, false), 28'300u);
  EXPECT_EQ(prr.cwnd_on_ack(2'001, 18'000, 10'300, kSmss, false), 29'330u) << "past RecoverFS the proportion goes on";
}

// What an application did not use is kept for it (RFC 9937 5).
TEST(Prr, StalledApplicationCatchesUp) {
  Prr prr;
  prr.start(20'000);
  EXPECT_EQ(prr.cwnd_on_ack(8'000, 11'000, kSsthresh, kSmss, false), 15'000u);
  EXPECT_EQ(prr.cwnd_on_ack(5'000, 6'000, kSsthresh, kSmss, false), 10'000u) << "13000 banked, ssthresh bounds them";
}

TEST(Prr, BoundIsWhatWasDelivered) {
  Prr prr;
  prr.start(20'000);
  EXPECT_EQ(prr.cwnd_on_ack(2'000, 2'000, kSsthresh, kSmss, false), 4'000u) << "delivered";
  prr.on_sent(2'000);
  EXPECT_EQ(prr.cwnd_on_ack(1'000, 3'000, kSsthresh, kSmss, true), 5'000u) << "and a segment for a safe ACK";
  prr.on_sent(2'000);
  EXPECT_EQ(prr.cwnd_on_ack(500, 4'500, kSsthresh, kSmss, false), 5'000u) << "more than was delivered has left already";
  EXPECT_EQ(prr.cwnd_on_ack(1'000, 9'500, kSsthresh, kSmss, true), 10'000u);
  EXPECT_EQ(prr.cwnd_on_ack(1'000, 10'000, kSsthresh, kSmss, true), 10'000u);
}

TEST(Prr, FastRetransmitLeavesInAnyCase) {
  Prr prr;
  prr.start(20'000);
  EXPECT_EQ(prr.cwnd_on_ack(0, 15'000, kSsthresh, kSmss, false), 16'000u) << "begun by a timer";
  EXPECT_EQ(prr.cwnd_on_ack(0, 10'000, kSsthresh, kSmss, false), 11'000u);
  prr.on_sent(kSmss);
  EXPECT_EQ(prr.cwnd_on_ack(0, 16'000, kSsthresh, kSmss, false), 16'000u) << "once";
}

TEST(Prr, NothingDeliveredLeavesWhatWasAllowed) {
  Prr prr;
  prr.start(20'000);
  EXPECT_EQ(prr.cwnd_on_ack(6'000, 12'000, kSsthresh, kSmss, false), 15'000u);
  prr.on_sent(kSmss);
  EXPECT_EQ(prr.cwnd_on_ack(0, 13'000, kSsthresh, kSmss, false), 15'000u);
}

TEST(Prr, StartForgetsTheLastRecovery) {
  Prr prr;
  prr.start(1'000);
  EXPECT_EQ(prr.cwnd_on_ack(50'000, 0, kSsthresh, kSmss, true), 10'000u);
  prr.on_sent(7);
  prr.start(20'000);
  EXPECT_EQ(prr.cwnd_on_ack(2'000, 12'000, kSsthresh, kSmss, false), 13'000u);
}

TEST(Prr, ExtremesDoNotWrap) {
  Prr prr;
  prr.start(0);
  EXPECT_EQ(prr.cwnd_on_ack(0xffff'ffff, 0xffff'ffff, 0xffff'fffe, kSmss, true), 0xffff'ffffu);
}

}  // namespace
}  // namespace millrace::cc
