// CLOSE and the time after it: linger, and how many orphans a shard keeps (RFC 9293 3.6, 3.9.1.4).
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

class Linger : public SegmentTest {
 protected:
  static UserOptions linger(Duration time) { return {.linger = time}; }
};

TEST_F(Linger, S42_ZeroAborts) {
  given(State::Established, {}, linger(Duration{0}));
  app_sends(100);
  app_closes();
  sends("RA seq=1 ack=1 win=0");
  EXPECT_EQ(reason_of(tcb().rule), CloseReason::Aborted);
  no_events();
  nothing_left();
}

TEST_F(Linger, S42_ZeroAfterOurFinWasAcknowledgedHasNothingToDrop) {
  given(State::FinWait2, {}, linger(Duration{0}));
  app_closes();
  sends_nothing();
  state(State::FinWait2);
  deadline(idle_at, seconds{60});
}

TEST_F(Linger, ClosedIsToldWhenAllIsAcknowledged) {
  given(State::Established, {}, linger(seconds{5}));
  app_sends(10);
  app_closes();
  sends("FPA seq=1 ack=1 len=10");
  no_events();
  EXPECT_FALSE(tcb().has(kOrphan));
  deadline(idle_at, seconds{5});
  arrives(seg().ack(11));
  no_events();
  arrives(seg().ack(12));
  state(State::FinWait2);
  events("Closed: closed by both sides");
  EXPECT_TRUE(tcb().has(kOrphan));
  EXPECT_EQ(count.orphans.get(), 1u);
  deadline(idle_at, seconds{60});
  arrives(seg().fin());
  no_events();
  EXPECT_EQ(count.orphans.get(), 0u);
  EXPECT_EQ(table.time_waits.used(), 1u);
  drain();
}

TEST_F(Linger, TheTimeIsOver) {
  given(State::Established, {}, linger(seconds{5}));
  app_sends(10);
  app_closes();
  drain();
  quiet_for(milliseconds{900});
  elapse(milliseconds{4101});
  (void)take_sent();
  events("Closed: not acknowledged within the linger time");
  EXPECT_EQ(count.linger_timeouts.get(), 1u);
  EXPECT_EQ(count.resets_sent.get(), 1u);
  nothing_left();
}

TEST_F(Linger, PassiveCloseEndsWithTheLastAck) {
  given(State::CloseWait, {}, linger(seconds{5}));
  app_closes();
  sends("FA seq=1 ack=2");
  no_events();
  arrives(seg());
  events("Closed: closed by both sides");
  nothing_left();
}

TEST_F(Linger, ThePeersResetIsTold) {
  given(State::Established, {}, linger(seconds{5}));
  app_sends(10);
  app_closes();
  drain();
  arrives(seg().rst());
  events("Closed: reset by peer");
  nothing_left();
}

TEST_F(Linger, NothingElseIsTold) {
  given(State::Established, {}, linger(seconds{5}));
  app_sends(10);
  app_closes();
  EXPECT_EQ(app_sends(1), 0u);
  drain();
  arrives(seg().ack(1).fin());
  state(State::Closing);
  no_events();
  sends("A seq=12 ack=2");
}

// Proves SHLD-3.
TEST_F(Linger, S44_TextResets) {
  given(State::Established, {}, linger(seconds{5}));
  app_sends(10);
  app_closes();
  drain();
  arrives(seg().ack(1).data(1));
  sends("RA seq=12 ack=1 win=0");
  events("Closed: reset by us: data was lost");
  nothing_left();
}

// Proves SHLD-3.
TEST_F(Linger, S43_UnreadTextResetsWhateverTheLinger) {
  given(State::Established, {}, linger(seconds{5}));
  arrives(seg().data(5));
  drain();
  app_closes();
  sends("RA seq=1 ack=6 win=0");
  nothing_left();
}

TEST_F(Linger, ClosedAgainWhileClosedIsBeingTold) {
  given(State::Established, {}, linger(seconds{5}));
  app_closes();
  drain();
  arrives(seg());
  state(State::FinWait2);
  (void)batch.collect(env);
  app_closes();
  batch.done(env);
  EXPECT_EQ(count.orphans.get(), 1u);
  arrives(seg().fin());
  EXPECT_EQ(count.orphans.get(), 0u);
  drain();
}

TEST_F(Linger, AbortEndsTheWait) {
  given(State::Established, {}, linger(seconds{5}));
  app_sends(10);
  app_closes();
  drain();
  tcp::abort(tcb(), env);
  sends("RA seq=12 ack=1 win=0");
  no_events();
  nothing_left();
}

TEST_F(Linger, S26_OrphansBeyondTheLimitAreReset) {
  config.max_orphans = 2;
  for (int i = 0; i < 2; ++i) {
    ++key.local_port;
    given(State::Established);
    app_closes();
    drain();
    state(State::FinWait1);
  }
  EXPECT_EQ(count.orphans.get(), 2u);
  ++key.local_port;
  given(State::Established);
  app_sends(10);
  app_closes();
  sends("RA seq=1 ack=1 win=0");
  EXPECT_EQ(reason_of(tcb().rule), CloseReason::OrphanLimit);
  EXPECT_EQ(count.orphans_reset.get(), 1u);
  EXPECT_EQ(count.orphans.get(), 2u);
}

TEST_F(Linger, S26_AbortAfterDataMakesAnOrphanToo) {
  config.max_orphans = 0;
  given(State::Established);
  app_sends(10);
  drain();
  abort_after_data(tcb(), env);
  sends("RA seq=11 ack=1 win=0");
  EXPECT_EQ(count.orphans_reset.get(), 1u);
  nothing_left();
}

TEST_F(Linger, S26_WhatIsFinishedIsNoOrphan) {
  config.max_orphans = 1;
  for (int i = 0; i < 3; ++i) {
    ++key.local_port;
    given(State::CloseWait);
    app_closes();
    drain();
    EXPECT_EQ(count.orphans.get(), 1u);
    arrives(seg());
    drain();
    EXPECT_EQ(count.orphans.get(), 0u);
  }
  EXPECT_EQ(count.orphans_reset.get(), 0u);
}

}  // namespace
}  // namespace millrace::tcp::test
