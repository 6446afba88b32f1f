// Retransmission timeout (RFC 6298), NewReno (RFC 6582), limited transmit (RFC 3042), and the window's numbers
// (RFC 5681).
#include "tcp/recovery.h"
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

constexpr std::uint32_t kMss = 1460;

class Recovery : public SegmentTest {
 protected:
  /// Ten segments outstanding, ten more queued.
  void ten_of_twenty() {
    given(State::Established, {}, {.send_buffer = 1 << 20});
    app_sends(20 * kMss);
    EXPECT_EQ(take_sent().size(), 10u);
  }
  void duplicates(int n) {
    for (int i = 0; i < n; ++i) arrives(seg().ack(tcb().snd_una - snd(0)));
  }
};

// Proves MUST-19.
TEST_F(Recovery, RtoSendsOneSegmentAndBacksOff) {
  ten_of_twenty();
  quiet_for(seconds{1});
  elapse(microseconds{20});
  sends("A seq=1 ack=1 len=1460");
  EXPECT_EQ(window_of(tcb(), table), kMss);
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 5 * kMss);
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  EXPECT_EQ(sender().recovery_point, snd(1 + 10 * kMss));
  EXPECT_EQ(count.timeouts.get(), 1u);
  EXPECT_EQ(count.retransmits.get(), 1u);
  deadline(&Tcb::rexmit_at, seconds{2});
  quiet_for(seconds{2});
  elapse(microseconds{20});
  sends("A seq=1 ack=1 len=1460");
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 5 * kMss) << "only the first expiry halves";
  deadline(&Tcb::rexmit_at, seconds{4});
}

// Timestamps leave a segment smaller than the window of one: the rest of it is not room for another (RFC 5681 3.1).
TEST_F(Recovery, RtoSendsOneSegmentWithTimestampsToo) {
  given(State::Established, {.ts = 4}, {.send_buffer = 1 << 20});
  app_sends(20 * kMss);
  drain();
  elapse(milliseconds{1001});
  EXPECT_EQ(take_sent().size(), 1u);
  EXPECT_EQ(lost_from(), 1 + 1448);
  EXPECT_EQ(window_of(tcb(), table), 1448u);
  arrives(seg().ack(1 + 1448));
  EXPECT_EQ(take_sent().size(), 2u);
}

TEST_F(Recovery, RtoThenSlowStartThroughTheOldData) {
  ten_of_twenty();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().ack(1 + kMss));
  EXPECT_EQ(window_of(tcb(), table), 2 * kMss);
  sends("A seq=1461 ack=1 len=1460", "A seq=2921 ack=1 len=1460");
  EXPECT_EQ(tcb().rtt.backoff, 0);
  deadline(&Tcb::rexmit_at, seconds{1});
  arrives(seg().ack(1 + 3 * kMss));
  EXPECT_EQ(window_of(tcb(), table), 4 * kMss);
  EXPECT_EQ(take_sent().size(), 4u);
  EXPECT_EQ(lost_from(), 1 + 7 * kMss);
  arrives(seg().ack(1 + 10 * kMss));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(lost_from(), 0u);
  drain();
  EXPECT_GT(tcb().snd_nxt, snd(1 + 10 * kMss));
}

TEST_F(Recovery, LossEndsExactlyAtTheRecoveryPoint) {
  ten_of_twenty();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().ack(10 * kMss));
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  arrives(seg().ack(1 + 10 * kMss));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  drain();
}

// RFC 6582 3.2 step 2.
TEST_F(Recovery, NoSecondReductionAtTheRecoveryPointItself) {
  ten_of_twenty();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().ack(1 + 10 * kMss));  // Loss ends; new data follows
  drain();
  ASSERT_GT(tcb().flight_size(), 2 * kMss);
  duplicates(3);
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(count.fast_retransmits.get(), 0u);
  drain();
  arrives(seg().ack(1 + 11 * kMss));
  drain();
  duplicates(3);
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_EQ(count.fast_retransmits.get(), 1u);
  drain();
}

TEST_F(Recovery, NoFastRetransmitDuringLoss) {
  ten_of_twenty();
  elapse(milliseconds{1001});
  drain();
  duplicates(4);
  EXPECT_EQ(tcb().phase, cc::Phase::Loss);
  EXPECT_EQ(count.fast_retransmits.get(), 0u);
  sends_nothing();
}

TEST_F(Recovery, LimitedTransmitOnTheFirstTwo) {
  ten_of_twenty();
  duplicates(1);
  sends("A seq=14601 ack=1 len=1460");
  duplicates(1);
  sends("A seq=16061 ack=1 len=1460");
  EXPECT_EQ(window_of(tcb(), table), 10 * kMss);
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(sender().duplicates.count, 2);
}

TEST_F(Recovery, TheThirdDuplicateEnters) {
  ten_of_twenty();
  duplicates(3);
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, 5 * kMss);
  EXPECT_EQ(window_of(tcb(), table), 7 * kMss) << "six are in the network, and one may go";
  EXPECT_EQ(sender().recovery_point, snd(1 + 10 * kMss));
  EXPECT_EQ(count.fast_retransmits.get(), 1u);
  sends("A seq=1 ack=1 len=1460");
  duplicates(2);
  EXPECT_EQ(window_of(tcb(), table), 5 * kMss) << "no more than ssthresh";
  sends_nothing();
  duplicates(1);
  sends("A seq=14601 ack=1 len=1460");
  EXPECT_EQ(count.fast_retransmits.get(), 1u);
}

TEST_F(Recovery, FullAckLeaves) {
  ten_of_twenty();
  duplicates(3);
  drain();
  arrives(seg().ack(1 + 10 * kMss));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(window_of(tcb(), table), 2 * kMss) << "min(ssthresh, max(FlightSize, SMSS) + SMSS)";
  EXPECT_EQ(sender().duplicates.count, 0);
  sends("A seq=14601 ack=1 len=1460", "A seq=16061 ack=1 len=1460");
}

TEST_F(Recovery, FullAckWithALargeFlight) {
  ten_of_twenty();
  duplicates(3);
  drain();
  duplicates(8);  // half of what is delivered, then as much as is delivered, up to ssthresh
  EXPECT_EQ(take_sent().size(), 5u);
  arrives(seg().ack(1 + 10 * kMss));
  EXPECT_EQ(window_of(tcb(), table), 5 * kMss);
  drain();
}

TEST_F(Recovery, PartialAckSendsTheNextHole) {
  ten_of_twenty();
  duplicates(3);
  drain();
  arrives(seg().ack(1 + 2 * kMss));
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  sends("A seq=2921 ack=1 len=1460");
  arrives(seg().ack(1 + 2 * kMss + 100));
  sends("A seq=3021 ack=1 len=1360");
  arrives(seg().ack(10 * kMss));
  EXPECT_EQ(window_of(tcb(), table), 5 * kMss);
  EXPECT_EQ(tcb().phase, cc::Phase::Recovery);
  drain();
}

TEST_F(Recovery, PartialAckOfExactlyOneSegment) {
  ten_of_twenty();
  duplicates(3);
  drain();
  arrives(seg().ack(1 + kMss));
  sends("A seq=1461 ack=1 len=1460");
}

TEST_F(Recovery, WhatIsNoDuplicate) {
  ten_of_twenty();
  arrives(seg().ack(1).data(1));     // with text
  arrives(seg().ack(1).wnd(60000));  // another window
  arrives(seg().ack(1).wnd(65535));
  EXPECT_EQ(sender().duplicates.count, 0);
  arrives(seg().ack(1));
  EXPECT_EQ(sender().duplicates.count, 1);
  arrives(seg().ack(1 + kMss));
  EXPECT_EQ(sender().duplicates.count, 0);
  arrives(seg().ack(1));  // old
  EXPECT_EQ(sender().duplicates.count, 0);
  arrives(seg().ack(1 + kMss).fin());
  EXPECT_EQ(sender().duplicates.count, 0);
  drain();
}

TEST_F(Recovery, NoDuplicatesWithNothingOutstanding) {
  given(State::Established);
  duplicates(4);
  EXPECT_EQ(table.find_sender(tcb()), nullptr);
  sends_nothing();
}

TEST_F(Recovery, DuplicateCounterSaturates) {
  ten_of_twenty();
  sender().duplicates.count = 254;
  duplicates(3);
  EXPECT_EQ(sender().duplicates.count, 255);
  drain();
}

// Proves MUST-19.
TEST_F(Recovery, SlowStartGrowsByWhatIsAcknowledgedUpToEight) {
  ten_of_twenty();
  arrives(seg().ack(1 + kMss));
  EXPECT_EQ(window_of(tcb(), table), 11 * kMss);
  drain();
  arrives(seg().ack(1 + 10 * kMss));
  EXPECT_EQ(window_of(tcb(), table), 19 * kMss);
  drain();
}

TEST_F(Recovery, NoGrowthWhileTheApplicationIsSlow) {
  given_sent(2 * kMss);
  arrives(seg().ack(1 + 2 * kMss));
  EXPECT_EQ(window_of(tcb(), table), 10 * kMss);
}

TEST_F(Recovery, IdleRestart) {
  given_sent(kMss);
  elapse(milliseconds{100});
  arrives(seg());
  EXPECT_EQ(tcb().rtt.srtt_us, 100'000u);  // RTO 300 ms
  set_window_of(tcb(), 40 * kMss, env);
  elapse(milliseconds{200});  // 300 ms after the last data
  app_sends(kMss);
  drain();
  EXPECT_EQ(window_of(tcb(), table), 40 * kMss);
  arrives(seg());
  elapse(minutes{5} - seconds{1});
  app_sends(kMss);
  drain();
  EXPECT_EQ(window_of(tcb(), table), 40 * kMss) << "RFC 7661: kept for five minutes";
  arrives(seg());
  elapse(minutes{5} + milliseconds{1});
  app_sends(kMss);
  drain();
  EXPECT_EQ(window_of(tcb(), table), 20 * kMss);
}

// RFC 7661 4.3: the window of before is kept, but no burst of it leaves.
TEST_F(Recovery, TheWindowAfterAnIdleTimeIsPaced) {
  given_sent(kMss, {}, {.send_buffer = 1 << 20});
  elapse(milliseconds{100});
  arrives(seg());
  set_window_of(tcb(), 40 * kMss, env);
  elapse(seconds{2});
  app_sends(60 * kMss);
  EXPECT_EQ(take_sent().size(), 2u);
  std::size_t sent = 2;
  for (int ms = 0; ms < 100; ++ms) {
    elapse(milliseconds{1});
    sent += take_sent().size();
  }
  EXPECT_EQ(sent, 40u) << "within the round trip";
  arrives(seg());
  EXPECT_GE(take_sent().size(), 19u) << "from then on ACKs clock it";
}

TEST_F(Recovery, NoIdleRestartWhileDataIsOutstanding) {
  given_sent(kMss);
  set_window_of(tcb(), 40 * kMss, env);
  elapse(milliseconds{900});
  tcb().last_sent_ms -= 400'000;
  app_sends(kMss);
  drain();
  EXPECT_EQ(window_of(tcb(), table), 40 * kMss);
}

TEST_F(Recovery, PipeAfterATimeoutCountsWhatIsSentAgain) {
  ten_of_twenty();
  EXPECT_EQ(pipe(tcb(), sender()), 10 * kMss);
  EXPECT_EQ(cwnd_room(tcb(), sender()), 0u);
  elapse(milliseconds{1001});
  EXPECT_EQ(pipe(tcb(), sender()), 0u);
  EXPECT_EQ(cwnd_room(tcb(), sender()), kMss);
  drain();
  EXPECT_EQ(pipe(tcb(), sender()), kMss);
  EXPECT_EQ(cwnd_room(tcb(), sender()), 0u);
}

// Proves MUST-21.
TEST_F(Recovery, UserTimeoutCountsFromTheLastProgress) {
  given(State::Established, {}, {.user_timeout = seconds{30}});
  app_sends(2 * kMss);
  drain();
  deadline(&Tcb::user_at, seconds{30});
  elapse(seconds{20});
  drain();
  arrives(seg().ack(1 + kMss));
  deadline(&Tcb::user_at, seconds{30});
  elapse(seconds{29});
  drain();
  state(State::Established);
  elapse(milliseconds{1001});
  events("Closed: peer stopped acknowledging");
  sends("RA seq=2921 ack=1 win=0");
  nothing_left();
}

// Proves MUST-21.
TEST_F(Recovery, UserTimeoutNever) {
  given(State::Established, {}, {.user_timeout = Duration::max()});
  app_sends(kMss);
  drain();
  no_deadline(&Tcb::user_at);
}

TEST_F(Recovery, UserTimeoutIsNotRestartedByRetransmissions) {
  given(State::Established, {}, {.user_timeout = seconds{5}});
  app_sends(kMss);
  drain();
  elapse(milliseconds{1001});
  drain();
  elapse(milliseconds{2002});
  drain();
  deadline(&Tcb::user_at, milliseconds{5000 - 3003});
}

TEST_F(Recovery, NewDataDoesNotRestartARunningTimer) {
  given_sent(kMss);
  elapse(milliseconds{400});
  app_sends(kMss);
  drain();
  deadline(&Tcb::rexmit_at, milliseconds{600});
}

/// RFC 6298 3: a slice larger than a segment gives no sample once any of it was sent again.
TEST_F(Recovery, KarnLooksAtWholeSlices) {
  given(State::Established, {}, {.send_buffer = 1 << 20});
  app_sends(1400);
  sends("PA seq=1 ack=1 len=1400");
  tcb().smss = 700;  // the path carries less now
  elapse(milliseconds{1001});
  sends("A seq=1 ack=1 len=700");
  arrives(seg().ack(1401));
  EXPECT_EQ(tcb().rtt.srtt_us, 0u);
  drain();
}

/// And small sends that were put into one buffer one after another do give samples.
TEST_F(Recovery, AGrowingSliceGivesSamples) {
  given(State::Established, {}, {.no_delay = true});
  app_sends(10);
  drain();
  elapse(milliseconds{10});
  app_sends(10);
  drain();
  elapse(milliseconds{5});
  arrives(seg().ack(21));
  EXPECT_EQ(tcb().rtt.srtt_us, 5000u);
}

/// RFC 6582 3.2 step 3, when the segments have grown since ssthresh was set.
TEST_F(Recovery, FullAckLeavesAWindowOfOneSegmentAtLeast) {
  given(State::Established, {}, {.send_buffer = 1 << 20});
  tcb().smss = 512;
  app_sends(4 * 512);
  drain();
  duplicates(3);
  drain();
  ASSERT_EQ(tcb().phase, cc::Phase::Recovery);
  ASSERT_LT(sending_facts(tcb(), table).ssthresh, kMss);
  tcb().smss = kMss;
  arrives(seg().ack(1 + 4 * 512));
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_GE(window_of(tcb(), table), kMss);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
