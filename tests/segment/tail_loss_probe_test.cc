// Tail loss probes (RFC 8985 7).
#include "sender_bed.h"

namespace millrace::tcp::test {
namespace {

using Numbers = std::vector<std::uint32_t>;

class Probes : public SenderTest {};

TEST_F(Probes, TwoRoundTripsAfterTheLastSegment) {
  given_path();
  outstanding(3);
  deadline(loss_at, 2 * kRtt);
  quiet_for(2 * kRtt);
  elapse(microseconds{20});
  EXPECT_EQ(numbers_sent(), Numbers{2}) << "nothing new: the last one again";
  EXPECT_EQ(count.tail_loss_probes.get(), 1u);
  EXPECT_EQ(count.timeouts.get(), 0u);
  EXPECT_EQ(window_of(tcb(), table), 3 * kMss) << "a probe reduces nothing";
  deadline(&Tcb::rexmit_at, tcb().rtt.rto(config));
}

TEST_F(Probes, OneSegmentWaitsForTheDelayedAckToo) {
  given_path();
  config.min_rto = seconds{1};
  outstanding(1);
  deadline(loss_at, 2 * kRtt + milliseconds{200});
}

TEST_F(Probes, NewDataIsTheBetterProbe) {
  given_path();
  outstanding(3, 2);
  elapse(2 * kRtt + microseconds{20});
  EXPECT_EQ(numbers_sent(), Numbers{3});
  EXPECT_FALSE(sender().probe.is_retrans);
}

TEST_F(Probes, InThePlaceOfAnEarlierRetransmissionTimeout) {
  given_path();
  config.min_rto = milliseconds{50};
  tcb().rtt.rttvar_us = 1000;  // RTO 150 ms
  outstanding(3);
  EXPECT_EQ(loss_at(tcb(), table), tcb().rexmit_at);
  elapse(milliseconds{150} + microseconds{20});
  EXPECT_EQ(numbers_sent(), Numbers{2});
  EXPECT_EQ(count.timeouts.get(), 0u);
  elapse(milliseconds{150} + microseconds{40});
  EXPECT_EQ(count.timeouts.get(), 1u) << "one probe, then the timer";
  drain();
}

TEST_F(Probes, OneAtATime) {
  given_path();
  outstanding(3, 2);
  elapse(2 * kRtt + microseconds{20});
  drain();
  no_deadline(loss_at);
}

TEST_F(Probes, NotWithoutSack) {
  given_path({});
  outstanding(3);
  no_deadline(loss_at);
}

TEST_F(Probes, NotInsideRecoveryNorBesideTheReorderTimer) {
  given_path();
  outstanding(4);
  elapse(kRtt);
  arrives(ack_to(0).sack(at(1), at(2)));
  deadline(loss_at, kRtt / 4);
  EXPECT_FALSE(tcb().has(kTailProbe));
  drain();
}

/// The lost tail: the probe's SACK lets RACK find the rest without a timeout.
TEST_F(Probes, ALostTailIsRepairedByTheProbe) {
  given_path();
  outstanding(4);
  elapse(kRtt);
  arrives(ack_to(1));  // 1 to 3 are lost
  drain();
  elapse(2 * kRtt + microseconds{20});
  EXPECT_EQ(numbers_sent(), Numbers{3});
  elapse(kRtt);
  arrives(ack_to(1).sack(at(3), at(4)));
  elapse(kRtt / 4 + microseconds{20});
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_EQ(numbers_sent().front(), 1u);
  EXPECT_EQ(count.timeouts.get(), 0u);
}

/// 7.4.2: the probe itself filled the hole; congestion control must hear of the loss.
TEST_F(Probes, ARepairByTheProbeAloneReducesTheWindow) {
  given_path();
  outstanding(3);
  elapse(2 * kRtt + microseconds{20});
  ASSERT_EQ(numbers_sent(), Numbers{2});
  set_window_of(tcb(), 10 * kMss, env);
  app_sends(payload);
  ASSERT_EQ(numbers_sent(), Numbers{3});
  arrives(ack_to(4));
  EXPECT_FALSE(sender().probe.outstanding);
  EXPECT_LT(sending_facts(tcb(), table).ssthresh, 0xffff'ffffu);
  drain();
}

TEST_F(Probes, ADsackTellsThatTheProbeWasNeedless) {
  given_path();
  outstanding(3);
  elapse(2 * kRtt + microseconds{20});
  drain();
  ASSERT_TRUE(sender().probe.is_retrans);
  arrives(ack_to(3));
  EXPECT_TRUE(sender().probe.outstanding) << "the original's ACK, or the probe's: not known yet";
  app_sends(payload);
  drain();
  arrives(ack_to(3).sack(at(2), at(3)));
  EXPECT_FALSE(sender().probe.outstanding);
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 0xffff'ffffu);
}

TEST_F(Probes, NeverBeyondTheWindowOfThePeer) {
  given_path();
  outstanding(3);
  arrives(ack_to(0).wnd(static_cast<std::uint16_t>(2 * kMss)));
  elapse(2 * kRtt + microseconds{20});
  EXPECT_EQ(numbers_sent(), Numbers{});
}

}  // namespace
}  // namespace millrace::tcp::test
