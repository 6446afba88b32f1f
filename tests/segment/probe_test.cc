// Zero-window probes (RFC 9293 3.8.6.1): first after one RTO, back-off, as long as the peer answers.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Probe : public SegmentTest {
 protected:
  void closed_window() {
    given(State::Established);
    arrives(seg().wnd(0));
  }
};

// Proves MUST-36, SHLD-29, SHLD-30.
TEST_F(Probe, FirstAfterOneRtoThenBackingOff) {
  closed_window();
  app_sends(10);
  sends_nothing();
  deadline(&Tcb::rexmit_at, seconds{1});
  quiet_for(seconds{1});
  elapse(microseconds{20});
  sends("A seq=1 ack=1 len=1");
  EXPECT_EQ(tcb().snd_nxt, snd(2));
  deadline(&Tcb::rexmit_at, seconds{2});
  quiet_for(seconds{2});
  elapse(microseconds{20});
  sends("A seq=1 ack=1 len=1");
  EXPECT_EQ(tcb().snd_nxt, snd(2));
  deadline(&Tcb::rexmit_at, seconds{4});
  EXPECT_EQ(count.window_probes.get(), 2u);
  EXPECT_EQ(count.timeouts.get(), 0u);
}

TEST_F(Probe, OfASingleByteCarriesPush) {
  closed_window();
  app_sends(1);
  sends_nothing();
  elapse(milliseconds{1001});
  sends("PA seq=1 ack=1 len=1");
}

TEST_F(Probe, AnsweredByAShutWindow) {
  closed_window();
  app_sends(10);
  drain();
  elapse(milliseconds{1001});
  sends("A seq=1 ack=1 len=1");
  arrives(seg().ack(1).wnd(0));
  EXPECT_TRUE(tcb().has(kPersist));
  EXPECT_EQ(tcb().snd_una, snd(1));
  elapse(milliseconds{2001});
  sends("A seq=1 ack=1 len=1");
}

TEST_F(Probe, TakenButStillShut) {
  closed_window();
  app_sends(10);
  drain();
  elapse(milliseconds{1001});
  sends("A seq=1 ack=1 len=1");
  elapse(milliseconds{10});
  arrives(seg().ack(2).wnd(0));
  sends_nothing();
  EXPECT_TRUE(tcb().has(kPersist));
  deadline(&Tcb::rexmit_at, milliseconds{210});  // progress ends the back-off, and there is an RTT now
  elapse(milliseconds{211});
  sends("A seq=2 ack=1 len=1");
}

// Proves MUST-37.
TEST_F(Probe, MUST37_NoTimeoutWhileThePeerAnswers) {
  given(State::Established, {}, {.user_timeout = seconds{10}});
  arrives(seg().wnd(0));
  app_sends(10);
  drain();
  for (int i = 0; i < 50; ++i) {
    elapse(seconds{9});
    drain();
    arrives(seg().ack(1).wnd(0));
    state(State::Established);
  }
  elapse(seconds{11});
  events("Closed: peer stopped acknowledging");
  drain();
}

/// The answers say that the window is shut, not that anything was lost.
TEST_F(Probe, AnswersAreNoDuplicateAcks) {
  closed_window();
  app_sends(10);
  drain();
  const std::uint32_t cwnd = window_of(tcb(), table), ssthresh = sending_facts(tcb(), table).ssthresh;
  for (int i = 0; i < 6; ++i) {
    elapse(seconds{1} * (1 << i) + milliseconds{1});
    sends("A seq=1 ack=1 len=1");
    arrives(seg().ack(1).wnd(0));
  }
  EXPECT_EQ(tcb().phase, cc::Phase::Open);
  EXPECT_EQ(count.fast_retransmits.get(), 0u);
  EXPECT_EQ(window_of(tcb(), table), cwnd);
  EXPECT_EQ(sending_facts(tcb(), table).ssthresh, ssthresh);
}

/// MUST-37 keeps a connection for its user. Nobody waits for an orphan, and its buffers are not the peer's to hold.
TEST_F(Probe, AnOrphansProbesAreLimited) {
  closed_window();
  app_sends(10);
  app_closes();
  sends_nothing();
  state(State::FinWait1);
  deadline(&Tcb::user_at, seconds{60});
  for (int i = 0; i < 5; ++i) {
    elapse(seconds{11});
    drain();
    arrives(seg().ack(1).wnd(0));
  }
  state(State::FinWait1);
  elapse(seconds{6});
  EXPECT_EQ(tcb().rule, CloseRule::OrphanWindow);
  sends("RA seq=2 ack=1 win=0");
  no_events();
  nothing_left();
}

TEST_F(Probe, AnOrphanThatComesToAShutWindowIsLimitedToo) {
  given(State::Established);
  arrives(seg().wnd(5));
  app_sends(10);
  app_closes();
  drain();
  no_deadline(idle_at);
  arrives(seg().ack(6).wnd(0));
  drain();
  EXPECT_TRUE(tcb().has(kPersist));
  deadline(&Tcb::user_at, seconds{60});
}

/// The peer shut its window and dropped what was under way: with the window open again nothing waits for a backed-off
/// timer.
TEST_F(Probe, WhatAShutWindowDroppedGoesAgainWhenItOpens) {
  given_sent(2 * 1460);
  arrives(seg().ack(1).wnd(0));
  elapse(milliseconds{1001});
  drain();
  elapse(milliseconds{2001});
  drain();
  EXPECT_EQ(tcb().rtt.backoff, 2);
  arrives(seg().ack(1).wnd(0xffff));
  sends("A seq=1 ack=1 len=1460");
  EXPECT_EQ(tcb().rtt.backoff, 0);
  deadline(&Tcb::rexmit_at, seconds{1});
  drain();
}

/// But only that: nothing says that a segment was lost when no timer has fired, or when the window was never shut.
TEST_F(Probe, AWindowThatOpensSendsNothingAgainByItself) {
  given_sent(2 * 1460);
  arrives(seg().ack(1).wnd(0));
  arrives(seg().ack(1).wnd(0xffff));
  sends_nothing();
  elapse(milliseconds{1001});
  drain();
  elapse(milliseconds{2001});
  drain();
  arrives(seg().ack(1).wnd(0xfff0));
  sends_nothing();
  EXPECT_EQ(tcb().rtt.backoff, 2);
}

/// A peer that never acknowledges what is under way shuts its window as well as one that lets us probe.
TEST_F(Probe, AnOrphanWithDataUnderWayIsLimitedToo) {
  given_sent(1460);
  app_closes();
  drain();
  deadline(&Tcb::user_at, config.user_timeout);
  arrives(seg().ack(1).wnd(0));
  deadline(&Tcb::user_at, seconds{60});
  for (int i = 0; i < 5; ++i) {
    elapse(seconds{11});
    drain();
    arrives(seg().ack(1).wnd(0));
  }
  state(State::FinWait1);
  elapse(seconds{6});
  EXPECT_EQ(tcb().rule, CloseRule::OrphanWindow);
  drain();
  nothing_left();
}

TEST_F(Probe, AnOrphanWithNothingToSendHasNoUseForAWindow) {
  given(State::Established);
  app_closes();
  drain();
  arrives(seg().wnd(0));
  state(State::FinWait2);
  no_deadline(&Tcb::user_at);
  deadline(idle_at, seconds{60});
  elapse(seconds{61});
  EXPECT_EQ(tcb().rule, CloseRule::FinWait2Timeout);
  sends_nothing();
}

TEST_F(Probe, AWindowThatOpensGivesAnOrphanItsTimeBack) {
  closed_window();
  app_sends(10);
  app_closes();
  drain();
  elapse(milliseconds{1001});
  sends("A seq=1 ack=1 len=1");
  arrives(seg().ack(1).wnd(100));
  drain();
  deadline(&Tcb::user_at, config.user_timeout);
}

TEST_F(Probe, TheLimitOfAnOrphanNeverLengthensWhatIsLeft) {
  given(State::Established, {}, {.user_timeout = seconds{10}});
  arrives(seg().wnd(0));
  app_sends(10);
  app_closes();
  drain();
  deadline(&Tcb::user_at, seconds{10});
}

/// Others keep R2: who is not an orphan, and an orphan whose peer's window is open.
TEST_F(Probe, TheLimitIsForOrphansBeforeAShutWindow) {
  closed_window();
  app_sends(10);
  drain();
  deadline(&Tcb::user_at, config.user_timeout);
  ++key.local_port;
  given(State::Established);
  app_sends(10);
  app_closes();
  drain();
  deadline(&Tcb::user_at, config.user_timeout);
}

TEST_F(Probe, ReopenedBeforeAnyProbe) {
  closed_window();
  app_sends(10);
  drain();
  arrives(seg().wnd(1000));
  EXPECT_FALSE(tcb().has(kPersist));
  sends("PA seq=1 ack=1 len=10");
  deadline(&Tcb::rexmit_at, seconds{1});
}

TEST_F(Probe, ReopenedAfterALostProbeSendsItAgainAtOnce) {
  closed_window();
  app_sends(10);
  drain();
  elapse(milliseconds{1001});
  elapse(milliseconds{1});
  drain();
  EXPECT_EQ(tcb().rtt.backoff, 1);
  const std::uint32_t cwnd = window_of(tcb(), table);
  arrives(seg().ack(1).wnd(1000));
  EXPECT_EQ(tcb().rtt.backoff, 0);
  deadline(&Tcb::rexmit_at, seconds{1});
  sends("A seq=1 ack=1 len=1");
  EXPECT_EQ(window_of(tcb(), table), cwnd) << "the network is not to blame";
  arrives(seg().ack(2).wnd(1000));
  sends("PA seq=2 ack=1 len=9");
}

TEST_F(Probe, ReopenedByTheAckOfTheProbe) {
  closed_window();
  app_sends(10);
  drain();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().ack(2).wnd(1000));
  EXPECT_FALSE(tcb().has(kPersist));
  sends("PA seq=2 ack=1 len=9");
}

TEST_F(Probe, FinAsProbe) {
  closed_window();
  app_shuts_down();
  sends_nothing();
  elapse(milliseconds{1001});
  sends("FA seq=1 ack=1");
  EXPECT_TRUE(tcb().has(kFinSent));
  EXPECT_EQ(tcb().snd_nxt, snd(2));
  elapse(milliseconds{2001});
  sends("FA seq=1 ack=1");
  arrives(seg().ack(2).wnd(0));
  state(State::FinWait2);
  no_deadline(&Tcb::rexmit_at);
}

TEST_F(Probe, S25_DataThenFinThroughAShutWindow) {
  closed_window();
  app_sends(2);
  app_shuts_down();
  sends_nothing();
  elapse(milliseconds{1001});
  sends("A seq=1 ack=1 len=1");
  arrives(seg().ack(2).wnd(0));
  sends_nothing();
  elapse(milliseconds{1001});
  sends("PA seq=2 ack=1 len=1");
  arrives(seg().ack(3).wnd(0));
  sends_nothing();
  elapse(milliseconds{1001});
  sends("FA seq=3 ack=1");
  arrives(seg().ack(4).wnd(0));
  state(State::FinWait2);
}

// Proves MUST-35, MAY-7.
TEST_F(Probe, OutstandingDataIsTheProbeWhenTheWindowCloses) {
  given_sent(1460);
  arrives(seg().ack(1).wnd(0));
  EXPECT_FALSE(tcb().has(kPersist));
  elapse(milliseconds{1001});
  sends("PA seq=1 ack=1 len=1460");
  EXPECT_EQ(count.retransmits.get(), 1u);
}

// Proves SHLD-16.
TEST_F(Probe, OldDataInsideAShrunkWindowGoesAgain) {
  given_sent(3 * 1460);
  arrives(seg().ack(1).wnd(2 * 1460));
  elapse(milliseconds{1001});
  set_window_of(tcb(), 10 * 1460, env);
  sends("A seq=1 ack=1 len=1460", "A seq=1461 ack=1 len=1460");
}

TEST_F(Probe, OldDataBeyondAShrunkWindowWaits) {
  given_sent(3 * 1460);
  arrives(seg().ack(1).wnd(1460));
  elapse(milliseconds{1001});
  set_window_of(tcb(), 10 * 1460, env);
  sends("A seq=1 ack=1 len=1460");
  EXPECT_EQ(lost_from(), 1461u);
  arrives(seg().ack(1461).wnd(1460));
  sends("A seq=1461 ack=1 len=1460");
}

// Proves SHLD-17.
TEST_F(Probe, DataBeyondAShrunkWindowEndsNothingWhileThePeerAnswers) {
  given_sent(3 * 1460, {}, {.user_timeout = seconds{10}});
  arrives(seg().ack(1).wnd(0));
  for (int i = 0; i < 50; ++i) {
    elapse(seconds{9});
    drain();
    arrives(seg().ack(1).wnd(0));
    state(State::Established);
  }
}

}  // namespace
}  // namespace millrace::tcp::test
