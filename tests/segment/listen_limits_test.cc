// A listener's limits (RFC 4987 3.4): half-open connections, connections, tables, and a pool that runs short.
#include "fixture.h"
#include "tcp/close.h"

namespace millrace::tcp::test {
namespace {

using Listen = SegmentTest;

TEST_F(Listen, PressureRefusesSyns) {
  given_listener();
  env.pressure = Pressure::Windows;
  arrives(seg().syn().no_ack());
  counted(Outcome::AnsweredSyn);
  drain();
  ++key.remote_port;
  env.pressure = Pressure::Syns;
  arrives(seg().syn().no_ack());
  counted(Outcome::DroppedPressure);
  sends_nothing();
}

TEST_F(Listen, LimitOfTheListener) {
  given_listener({}, 2);
  listeners[0].options.syn_cookies = SynCookies::Cache;
  for (int i = 0; i < 3; ++i) {
    ++key.remote_port;
    arrives(seg().syn().no_ack());
    counted(i < 2 ? Outcome::AnsweredSyn : Outcome::DroppedTableFull);
  }
  EXPECT_EQ(listeners[0].half_open, 2u);
  drain();
}

TEST_F(Listen, LimitOfTheTable) {
  given_listener({}, 100);
  listeners[0].options.syn_cookies = SynCookies::Cache;
  for (std::uint32_t i = 0; i < limits.half_open + 1; ++i) {
    ++key.remote_port;
    arrives(seg().syn().no_ack());
    counted(i < limits.half_open ? Outcome::AnsweredSyn : Outcome::DroppedTableFull);
  }
  EXPECT_EQ(table.flows.size(), limits.half_open);
  EXPECT_EQ(listeners[0].half_open, limits.half_open);
  drain();
}

TEST_F(Listen, ConnectionTableFullKeepsTheHalfOpen) {
  const flow::FlowKey first = key;
  key.local_port = 1;
  for (std::uint32_t i = 0; i < limits.connections; ++i) {
    ++key.remote_port;
    connect();
  }
  drain();
  key = first;
  given_half_open();
  arrives(seg().seq(1).ack(1));
  counted(Outcome::DroppedTableFull);
  EXPECT_EQ(table.half_opens.used(), 1u);
}

class FullListener : public SegmentTest {
 protected:
  /// One connection, and that is the limit.
  void given_full(Verdict when_full, SynCookies cookies = SynCookies::Auto) {
    ListenOptions options;
    options.half_open_limit = 8;
    options.max_connections = 1;
    options.when_full = when_full;
    options.syn_cookies = cookies;
    given_listener_with(options);
    open();
    ++key.remote_port;
  }
  SeqNum asks() {
    arrives(seg().seq(0).syn().no_ack());
    const SeqNum iss = take_sent().at(0).header.seq;
    set_iss(iss);
    return iss;
  }
  void open() {
    asks();
    arrives(seg().seq(1).ack(1));
    counted(Outcome::Processed);
    drain();
  }
};

TEST_F(FullListener, S09_DropsTheSyn) {
  given_full(Verdict::Drop);
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::DroppedListenerFull);
  sends_nothing();
  EXPECT_EQ(count.listener_full.get(), 1u);
  EXPECT_EQ(table.half_opens.used(), 0u);
}

TEST_F(FullListener, S09_OrAnswersItByReset) {
  given_full(Verdict::Reject);
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::AnsweredReset);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.ctl.bits, Ctl::kRst | Ctl::kAck);
  EXPECT_EQ(sent[0].header.ack, rcv(1));
  EXPECT_EQ(count.listener_full.get(), 1u);
}

TEST_F(FullListener, HasRoomWhenAConnectionHasEnded) {
  given_full(Verdict::Drop);
  EXPECT_EQ(listeners[0].connections, 1u);
  terminate(tcb(), CloseRule::ClosedByPeer, env);
  drain();
  EXPECT_EQ(listeners[0].connections, 0u);
  open();
}

TEST_F(FullListener, AHalfOpenConnectionWaitsForRoom) {
  given_listener();
  listeners[0].options.max_connections = 1;
  const SeqNum waiting = asks();
  ++key.remote_port;
  open();
  --key.remote_port;
  set_iss(waiting);
  arrives(seg().seq(1).ack(1).data(4));
  counted(Outcome::DroppedListenerFull);
  sends_nothing();
  EXPECT_EQ(table.half_opens.used(), 1u);
  terminate(tcb(), CloseRule::ClosedByPeer, env);
  drain();
  arrives(seg().seq(1).ack(1).data(4));
  counted(Outcome::Delivered);
  drain();
}

TEST_F(FullListener, AHalfOpenConnectionIsResetIfSoWished) {
  given_listener();
  listeners[0].options.max_connections = 1;
  listeners[0].options.when_full = Verdict::Reject;
  const SeqNum waiting = asks();
  ++key.remote_port;
  open();
  --key.remote_port;
  set_iss(waiting);
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(listeners[0].half_open, 0u);
}

TEST_F(FullListener, SoDoesTheAckOfACookie) {
  for (const Verdict when_full : {Verdict::Drop, Verdict::Reject}) {
    SCOPED_TRACE(static_cast<int>(when_full));
    if (listeners.size() == 0) given_listener();
    listeners[0].options.syn_cookies = SynCookies::Always;
    listeners[0].options.max_connections = 1;
    listeners[0].options.when_full = when_full;
    const SeqNum waiting = asks();
    ++key.remote_port;
    open();
    --key.remote_port;
    set_iss(waiting);
    arrives(seg().seq(1).ack(1));
    counted(when_full == Verdict::Drop ? Outcome::DroppedListenerFull : Outcome::AnsweredReset);
    if (when_full == Verdict::Drop)
      sends_nothing();
    else
      sends("R seq=1 win=0");
    terminate(tcb(), CloseRule::ClosedByPeer, env);
    drain();
  }
  EXPECT_EQ(count.listener_full.get(), 2u);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 2u);
}

}  // namespace
}  // namespace millrace::tcp::test
