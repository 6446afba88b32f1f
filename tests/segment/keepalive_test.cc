// Keepalive (RFC 9293 3.8.4): off by default, counted by probes, only while nothing is outstanding.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Keepalive : public SegmentTest {
 protected:
  static UserOptions on() {
    return {.keepalive_idle = seconds{100}, .keepalive_interval = seconds{10}, .keepalive_count = 3};
  }
  /// Lets the clock reach the next deadline.
  void next(Duration d) {
    quiet_for(d);
    elapse(microseconds{20});
  }
};

TEST_F(Keepalive, OffByDefault) {
  given(State::Established);
  no_deadline(&Tcb::idle_at);
  elapse(hours{8});
  sends_nothing();
  EXPECT_EQ(wheel.pending(), 0u);
}

TEST_F(Keepalive, S47_DeadPeer) {
  given(State::Established, {}, on());
  deadline(&Tcb::idle_at, seconds{100});
  next(seconds{100});
  sends("A seq=0 ack=1");
  for (int i = 0; i < 2; ++i) {
    deadline(&Tcb::idle_at, seconds{10});
    next(seconds{10});
    sends("A seq=0 ack=1");
  }
  EXPECT_EQ(count.keepalive_probes.get(), 3u);
  next(seconds{10});
  events("Closed: peer did not answer keepalives");
  sends("RA seq=1 ack=1 win=0");
  nothing_left();
}

TEST_F(Keepalive, OneLostProbeIsHarmless) {
  given(State::Established, {}, on());
  next(seconds{100});
  drain();
  next(seconds{10});
  sends("A seq=0 ack=1");
  elapse(seconds{1});
  arrives(seg());
  EXPECT_EQ(tcb().keepalive_sent, 0);
  deadline(&Tcb::idle_at, seconds{100});
  state(State::Established);
}

TEST_F(Keepalive, AnythingThatArrivesCounts) {
  given(State::Established, {}, on());
  elapse(seconds{60});
  arrives(seg().data(1));
  drain();
  deadline(&Tcb::idle_at, seconds{100});
}

TEST_F(Keepalive, UnacceptableSegmentsDoNotCount) {
  given(State::Established, {}, on());
  elapse(seconds{60});
  arrives(seg().seq(0));
  drain();
  deadline(&Tcb::idle_at, seconds{40});
}

TEST_F(Keepalive, NoProbeWhileDataIsOutstanding) {
  given(State::Established, {}, on());
  app_sends(10);
  drain();
  tcb().rexmit_at = 0;
  elapse(seconds{101});
  sends_nothing();
  EXPECT_EQ(tcb().keepalive_sent, 0);
  deadline(&Tcb::idle_at, seconds{10});
}

TEST_F(Keepalive, NoProbeWhileDataWaits) {
  given(State::Established, {}, on());
  arrives(seg().wnd(0));
  app_sends(10);
  drain();
  tcb().rexmit_at = 0;
  elapse(seconds{101});
  EXPECT_EQ(tcb().keepalive_sent, 0);
  EXPECT_EQ(tcb().owed & kOweKeepalive, 0);
  drain();
}

TEST_F(Keepalive, AcceptedOnesHaveIt) {
  given_accepted({}, on());
  deadline(&Tcb::idle_at, seconds{100});
}

TEST_F(Keepalive, SwitchedOffMeanwhile) {
  given(State::Established, {}, on());
  tcb().keepalive_idle_s = 0;
  elapse(seconds{101});
  sends_nothing();
  no_deadline(&Tcb::idle_at);
}

}  // namespace
}  // namespace millrace::tcp::test
