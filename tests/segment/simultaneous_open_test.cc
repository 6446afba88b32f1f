// Simultaneous open (RFC 9293 3.5, figure 7), and SYN-RECEIVED that was reached by active OPEN.
#include "active_open_bed.h"

namespace millrace::tcp::test {
namespace {

// Proves MUST-10.
TEST_F(ActiveOpen, S06_SimultaneousOpenWithPlainAck) {
  connect();
  drain();
  arrives(seg().seq(0).syn().no_ack().mss(1200).wnd(900));
  counted(Outcome::Processed);
  state(State::SynReceived);
  EXPECT_EQ(tcb().snd_wnd, 900u);
  EXPECT_EQ(tcb().max_snd_wnd, 900u);
  EXPECT_EQ(tcb().smss, 1200);
  sends("SA seq=0 ack=1 mss=1460");
  no_events();
  arrives(seg().seq(1).ack(1).wnd(800));
  state(State::Established);
  EXPECT_EQ(tcb().snd_wnd, 800u);
  events("Connected");
  sends_nothing();
}

// Proves MUST-10.
TEST_F(ActiveOpen, S06_SimultaneousOpenWithSynAck) {
  given(State::SynReceived, {.ts = 9});
  arrives(seg().seq(0).ack(1).syn().mss(1460).wnd(700));
  counted(Outcome::Processed);
  state(State::Established);
  EXPECT_EQ(tcb().snd_wnd, 700u);
  EXPECT_EQ(tcb().rcv_nxt, rcv(1));
  events("Connected");
  sends("A seq=1 ack=1 ts=0,9");
}

TEST_F(ActiveOpen, S06_WindowOfTheCrossingSynAckIsNotScaled) {
  connect();
  drain();
  arrives(seg().seq(0).syn().no_ack().wscale(7).ts(9));
  drain();
  arrives(seg().seq(0).ack(1).syn().wscale(7).ts(9).wnd(700).data(4));
  counted(Outcome::Delivered);
  EXPECT_EQ(tcb().snd_wnd, 700u);
  events("Connected", "Readable 4");
  sends("A seq=1 ack=5 win=603 ts=0,9");
}

TEST_F(ActiveOpen, S06_OtherSynsDoNotComplete) {
  given(State::SynReceived);
  arrives(seg().seq(0).ack(0).syn());
  counted(Outcome::DroppedNotAcceptable);
  arrives(seg().seq(0).ack(2).syn());
  counted(Outcome::DroppedNotAcceptable);
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::DroppedNotAcceptable);
  arrives(seg().seq(0xffff'ffff).ack(1).syn());
  counted(Outcome::DroppedNotAcceptable);
  arrives(seg().seq(0).ack(1).syn().rst());
  counted(Outcome::DroppedNotAcceptable);
  arrives(seg().seq(1).ack(1).syn());
  counted(Outcome::AnsweredChallenge);
  state(State::SynReceived);
  sends("A seq=1 ack=1");
}

TEST_F(ActiveOpen, SynReceivedRepeatsSynAck) {
  given(State::SynReceived);
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  deadline(&Tcb::rexmit_at, seconds{2});
}

TEST_F(ActiveOpen, SynReceivedTimesOut) {
  connect_within(milliseconds{700});
  drain();
  arrives(seg().seq(0).syn().no_ack());
  drain();
  quiet_for(milliseconds{700});
  elapse(milliseconds{1});
  sends("RA seq=1 ack=1 win=0");
  events("Closed: connect timed out");
}

TEST_F(ActiveOpen, SynReceivedAnswersAWrongAckByReset) {
  given(State::SynReceived);
  for (const std::uint32_t wrong : {0u, 2u}) {
    arrives(seg().seq(1).ack(wrong));
    counted(Outcome::DroppedBadHandshake);
    state(State::SynReceived);
  }
  sends("R seq=0 win=0", "R seq=2 win=0");
}

TEST_F(ActiveOpen, SynReceivedAnswersWhatIsOutsideTheWindow) {
  given(State::SynReceived);
  arrives(seg().seq(70000).ack(1).data(4));
  counted(Outcome::DroppedNotAcceptable);
  state(State::SynReceived);
  sends("A seq=1 ack=1");
}

TEST_F(ActiveOpen, SynReceivedChallengesAnInexactRst) {
  given(State::SynReceived);
  arrives(seg().seq(2).rst());
  counted(Outcome::AnsweredChallenge);
  sends("A seq=1 ack=1");
}

TEST_F(ActiveOpen, SynReceivedSendsNoData) {
  given(State::SynReceived);
  app_sends(5);
  sends_nothing();
  arrives(seg().seq(1).ack(1));
  sends("PA seq=1 ack=1 len=5");
}

}  // namespace
}  // namespace millrace::tcp::test
