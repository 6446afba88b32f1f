// Keepalive (RFC 9293 3.8.4): off by default, counted by probes, only while nothing is outstanding.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Keepalive : public SegmentTest {
 protected:
  [[nodiscard]] RarePart& rare() { return table.rare_part(tcb()); }
  static UserOptions on() { return {.keepalive = {true, seconds{100}, seconds{10}, 3}}; }
  /// Lets the clock reach the next deadline.
  void next(Duration d) {
    quiet_for(d);
    elapse(microseconds{20});
  }
};

// Proves MUST-25.
TEST_F(Keepalive, OffByDefault) {
  given(State::Established);
  no_deadline(idle_at);
  elapse(hours{8});
  sends_nothing();
  EXPECT_EQ(wheel.pending(), 0u);
}

// Proves MUST-27, SHLD-12, MAY-5.
TEST_F(Keepalive, S47_DeadPeer) {
  given(State::Established, {}, on());
  deadline(idle_at, seconds{100});
  next(seconds{100});
  sends("A seq=0 ack=1");
  for (int i = 0; i < 2; ++i) {
    deadline(idle_at, seconds{10});
    next(seconds{10});
    sends("A seq=0 ack=1");
  }
  EXPECT_EQ(count.keepalive_probes.get(), 3u);
  next(seconds{10});
  events("Closed: peer did not answer keepalives");
  sends("RA seq=1 ack=1 win=0");
  nothing_left();
}

// Proves MUST-29.
TEST_F(Keepalive, OneLostProbeIsHarmless) {
  given(State::Established, {}, on());
  next(seconds{100});
  drain();
  next(seconds{10});
  sends("A seq=0 ack=1");
  elapse(seconds{1});
  arrives(seg());
  EXPECT_EQ(rare().keepalive_sent, 0);
  deadline(idle_at, seconds{100});
  state(State::Established);
}

// Proves MUST-26.
TEST_F(Keepalive, AnythingThatArrivesCounts) {
  given(State::Established, {}, on());
  elapse(seconds{60});
  arrives(seg().data(1));
  drain();
  deadline(idle_at, seconds{100});
}

TEST_F(Keepalive, UnacceptableSegmentsDoNotCount) {
  given(State::Established, {}, on());
  elapse(seconds{60});
  arrives(seg().seq(0));
  drain();
  deadline(idle_at, seconds{40});
}

// Proves MUST-26.
TEST_F(Keepalive, NoProbeWhileDataIsOutstanding) {
  given(State::Established, {}, on());
  app_sends(10);
  drain();
  tcb().rexmit_at = 0;
  elapse(seconds{101});
  sends_nothing();
  EXPECT_EQ(rare().keepalive_sent, 0);
  deadline(idle_at, seconds{10});
}

TEST_F(Keepalive, NoProbeWhileDataWaits) {
  given(State::Established, {}, on());
  arrives(seg().wnd(0));
  app_sends(10);
  drain();
  tcb().rexmit_at = 0;
  elapse(seconds{101});
  EXPECT_EQ(rare().keepalive_sent, 0);
  EXPECT_EQ(tcb().owed & kOweKeepalive, 0);
  drain();
}

// Proves MUST-24.
TEST_F(Keepalive, AcceptedOnesHaveIt) {
  given_accepted({}, on());
  deadline(idle_at, seconds{100});
}

// Proves MUST-27, MUST-28.
TEST_F(Keepalive, TwoHoursUnlessAnotherTimeIsAsked) {
  given(State::Established, {}, {.keepalive = {.on = true}});
  deadline(idle_at, hours{2});
}

// Proves MUST-29.
TEST_F(Keepalive, OneUnansweredProbeIsNeverTheEnd) {
  given(State::Established, {}, {.keepalive = {true, seconds{100}, seconds{10}, 1}});
  next(seconds{100});
  sends("A seq=0 ack=1");
  next(seconds{10});
  sends("A seq=0 ack=1");
  state(State::Established);
  next(seconds{10});
  sends("RA seq=1 ack=1 win=0");
}

// Proves MUST-24.
TEST_F(Keepalive, SwitchedOnMeanwhile) {
  given(State::Established);
  elapse(hours{1});
  set_options(tcb(), on(), env);
  deadline(idle_at, seconds{100});
  next(seconds{100});
  sends("A seq=0 ack=1");
}

// Proves MUST-24.
TEST_F(Keepalive, SwitchedOffMeanwhile) {
  given(State::Established, {}, on());
  set_options(tcb(), {}, env);
  elapse(seconds{101});
  sends_nothing();
  no_deadline(idle_at);
  arrives(seg());
  no_deadline(idle_at);
}

/// A user timeout bounds what waits for an ACK. Of an idle connection nothing does.
TEST_F(Keepalive, AUserTimeoutSetOnAnIdleConnectionEndsNothing) {
  given(State::Established);
  set_options(tcb(), {.user_timeout = seconds{10}}, env);
  no_deadline(&Tcb::user_at);
  elapse(seconds{11});
  state(State::Established);
  sends_nothing();
}

}  // namespace
}  // namespace millrace::tcp::test
