// SYN-SENT (RFC 9293 3.10.7.3): a SYN that is lost or never answered, and what its state refuses.
#include "active_open_bed.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

// Proves MUST-22, BODY-1.
TEST_F(ActiveOpen, S05_SynIsRepeatedWithBackOff) {
  connect();
  drain();
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  EXPECT_EQ(count.timeouts.get(), 1u);
  deadline(&Tcb::rexmit_at, seconds{2});
  quiet_for(seconds{2});
  elapse(milliseconds{1});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  deadline(&Tcb::rexmit_at, seconds{4});
  EXPECT_EQ(tcb().rtt.backoff, 2);
}

/// RFC 6928 2.
TEST_F(ActiveOpen, ALostSynLeavesTheFirstWindow) {
  connect();
  drain();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1000));
  EXPECT_EQ(window_of(tcb(), table), 10'000u);
  EXPECT_EQ(tcb().rtt.backoff, 0);
  drain();
}

TEST_F(ActiveOpen, TwoLostSynsShrinkTheFirstWindow) {
  connect();
  drain();
  elapse(milliseconds{1001});
  drain();
  elapse(milliseconds{2001});
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1000));
  EXPECT_EQ(window_of(tcb(), table), 1000u);
  EXPECT_EQ(tcb().rtt.backoff, 0);
  drain();
}

/// RFC 7323 4.1: the echo says which of the SYNs was answered.
TEST_F(ActiveOpen, ALostSynGivesTheRttOfTheOneThatTheTimestampNames) {
  connect();
  drain();
  elapse(milliseconds{1001});
  drain();
  const std::uint32_t sent_again = timestamp_clock(env.now) + tcb().ts_offset;
  elapse(milliseconds{30});
  arrives(seg().seq(0).ack(1).syn().mss(1000).ts(5, sent_again));
  EXPECT_EQ(tcb().rtt.srtt_us, 30'000u);
  EXPECT_EQ(tcb().rtt.rto(env.config), Duration{milliseconds{230}});
  drain();
}

/// RFC 6298 3 and 5.7.
TEST_F(ActiveOpen, ALostSynGivesNoRttWithoutATimestamp) {
  connect();
  drain();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1000));
  EXPECT_EQ(tcb().rtt.srtt_us, 0u);
  EXPECT_EQ(tcb().rtt.rto(env.config), Duration{seconds{3}});
  drain();
}

// Proves MUST-22, BODY-1.
TEST_F(ActiveOpen, S08_NobodyAnswers) {
  connect_within(milliseconds{500});
  drain();
  deadline(&Tcb::user_at, milliseconds{500});
  quiet_for(milliseconds{500});
  elapse(milliseconds{1});
  sends_nothing();
  events("Closed: connect timed out");
  nothing_left();
  arrives(seg().seq(0).ack(1).syn());
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
}

TEST_F(ActiveOpen, S07_Refused) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).rst());
  counted(Outcome::Processed);
  EXPECT_EQ(count.resets_received.get(), 1u);
  events("Closed: refused by peer");
  sends_nothing();
  nothing_left();
}

TEST_F(ActiveOpen, S53_RstWithoutAck) {
  connect();
  drain();
  arrives(seg().seq(0).rst().no_ack());
  counted(Outcome::DroppedReset);
  state(State::SynSent);
}

TEST_F(ActiveOpen, S53_RstWithAWrongAck) {
  connect();
  drain();
  for (const std::uint32_t wrong : {0u, 2u}) {
    arrives(seg().seq(0).ack(wrong).rst());
    counted(Outcome::DroppedReset);
    state(State::SynSent);
    sends_nothing();
  }
}

TEST_F(ActiveOpen, S04_SynAckOfAnOldConnection) {
  connect();
  drain();
  arrives(seg().seq(0).ack(0).syn());
  counted(Outcome::DroppedBadHandshake);
  sends("R seq=0 win=0");
  arrives(seg().seq(0).ack(2).syn());
  counted(Outcome::DroppedBadHandshake);
  sends("R seq=2 win=0");
  EXPECT_EQ(count.resets_sent.get(), 2u);
  state(State::SynSent);
}

TEST_F(ActiveOpen, AckAloneIsDropped) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1));
  counted(Outcome::DroppedBadHandshake);
  sends_nothing();
  state(State::SynSent);
}

TEST_F(ActiveOpen, CloseAndAbortInSynSentSendNothing) {
  for (const bool by_abort : {false, true}) {
    connect();
    drain();
    if (by_abort)
      tcp::abort(tcb(), env);
    else
      app_closes();
    sends_nothing();
    no_events();
    nothing_left();
  }
}

}  // namespace
}  // namespace millrace::tcp::test
