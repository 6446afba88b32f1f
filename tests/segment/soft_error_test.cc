// What ends nothing by itself: ICMP errors (RFC 9293 3.9.2.2, RFC 5927), R1 (RFC 9293 3.8.3), the receive timeout, and
// a send that found no packet.
#include "tcp/soft_error.h"
#include "fixture.h"
#include "tcp/timers.h"

namespace millrace::tcp::test {
namespace {

class Trouble : public SegmentTest {
 protected:
  /// The retransmission timer expires, `n` times in a row, and what follows is sent and forgotten.
  void time_out(int n) {
    for (int i = 0; i < n; ++i) {
      elapse(to_time(tcb().rexmit_at, env.now) - env.now);
      (void)take_sent();
    }
  }
};

// Proves MUST-54.
TEST_F(Trouble, IcmpIsBelievedOnlyForWhatIsOutstanding) {
  given_sent(100);
  EXPECT_FALSE(icmp_arrives(tcb(), SoftError::HostUnreachable, snd(0), env));
  EXPECT_FALSE(icmp_arrives(tcb(), SoftError::HostUnreachable, snd(101), env));
  no_events();
  EXPECT_TRUE(icmp_arrives(tcb(), SoftError::HostUnreachable, snd(1), env));
  EXPECT_TRUE(icmp_arrives(tcb(), SoftError::HostUnreachable, snd(100), env));
  events("SoftError: host unreachable");
  EXPECT_EQ(count.soft_errors.get(), 2u);
}

// Proves MUST-47, MUST-56, SHLD-25, BODY-2.
TEST_F(Trouble, SoftErrorsAreToldAndEndNothing) {
  for (const State any : {State::SynSent, State::SynReceived}) {
    ++key.local_port;
    given(any);
    for (const SoftError soft : {SoftError::HostUnreachable, SoftError::TimeExceeded, SoftError::ParameterProblem}) {
      EXPECT_TRUE(icmp_arrives(tcb(), soft, snd(0), env));
      EXPECT_EQ(last_soft_error(tcb(), env), soft);
      state(any);
    }
    events("SoftError: parameter problem");
  }
}

// Proves SHLD-26. Hard errors abort, but only what is being opened (RFC 5927 5.2).
TEST_F(Trouble, HardErrorsEndAnAttemptToOpen) {
  for (const State opening : {State::SynSent, State::SynReceived}) {
    for (const SoftError hard : {SoftError::PortUnreachable, SoftError::ProtocolUnreachable}) {
      ++key.local_port;
      given(opening);
      EXPECT_FALSE(icmp_arrives(tcb(), hard, snd(1), env));
      state(opening);
      EXPECT_TRUE(icmp_arrives(tcb(), hard, snd(0), env));
      events("SoftError: " + std::string{to_string(hard)}, "Closed: destination unreachable");
      sends_nothing();
      nothing_left();
    }
  }
}

TEST_F(Trouble, HardErrorsAreSoftForASynchronizedConnection) {
  given_sent(100);
  EXPECT_TRUE(icmp_arrives(tcb(), SoftError::PortUnreachable, snd(100), env));
  state(State::Established);
  events("SoftError: port unreachable");
  EXPECT_EQ(last_soft_error(tcb(), env), SoftError::PortUnreachable);
}

TEST_F(Trouble, HalfOpenConnectionsAreForgottenByHardErrorsOnly) {
  given_half_open();
  EXPECT_FALSE(half_open_icmp_arrives(0, SoftError::PortUnreachable, snd(1), env));
  EXPECT_TRUE(half_open_icmp_arrives(0, SoftError::HostUnreachable, snd(0), env));
  EXPECT_EQ(table.half_opens.used(), 1u);
  EXPECT_TRUE(half_open_icmp_arrives(0, SoftError::PortUnreachable, snd(0), env));
  nothing_left();
}

// Proves SHLD-20.
TEST_F(Trouble, ReportsCanBeSwitchedOff) {
  given_sent(100, {}, {.soft_errors = false});
  EXPECT_TRUE(icmp_arrives(tcb(), SoftError::HostUnreachable, snd(1), env));
  no_events();
  EXPECT_EQ(last_soft_error(tcb(), env), SoftError::HostUnreachable);
  set_options(tcb(), {}, env);
  EXPECT_TRUE(icmp_arrives(tcb(), SoftError::TimeExceeded, snd(1), env));
  events("SoftError: time exceeded");
}

TEST_F(Trouble, NoneWhenThereWasNone) {
  given(State::Established);
  EXPECT_EQ(last_soft_error(tcb(), env), SoftError::None);
  EXPECT_EQ(tcb().rare, base::kNoIndex);
}

// Proves MUST-20, SHLD-9, SHLD-10, BODY-2. At the third retransmission the IP floor and the application are told, once.
TEST_F(Trouble, S49_R1DoubtsThePathAndTellsTheApplication) {
  given_sent(100);
  time_out(2);
  no_events();
  EXPECT_TRUE(paths.doubts().empty());
  time_out(1);
  events("SoftError: peer does not acknowledge");
  ASSERT_EQ(paths.doubts().size(), 1u);
  EXPECT_EQ(paths.doubts()[0], key);
  time_out(3);
  no_events();
  EXPECT_EQ(paths.doubts().size(), 1u);
  state(State::Established);
}

TEST_F(Trouble, S49_ProgressMakesR1CountAnew) {
  given_sent(100);
  time_out(2);
  arrives(seg().ack(50));
  (void)take_sent();
  time_out(2);
  no_events();
  time_out(1);
  events("SoftError: peer does not acknowledge");
}

// Proves MUST-22, BODY-1. The same for SYNs.
TEST_F(Trouble, S49_R1OfASyn) {
  connect();
  drain();
  time_out(2);
  no_events();
  time_out(1);
  events("SoftError: peer does not acknowledge");
  EXPECT_EQ(paths.doubts().size(), 1u);
  state(State::SynSent);
}

// Proves MUST-23. 1 + 2 + 4 + 8 + 16 + 32 + 64 s after the first one, SYNs still go out; the attempt ends after three
// minutes.
TEST_F(Trouble, S08_SynsGoOutForThreeMinutes) {
  connect();
  drain();
  const Time begin = env.now;
  for (int sent = 0; sent < 7; ++sent) time_out(1);
  EXPECT_EQ(to_ms(env.now - begin) / 1000, 127);
  state(State::SynSent);
  drain();
  elapse(begin + seconds{180} - env.now - milliseconds{1});
  no_events();
  elapse(milliseconds{2});
  events("Closed: connect timed out");
  sends_nothing();
  nothing_left();
}

TEST_F(Trouble, S05_NoMoreSynsThanTheLimit) {
  config.syn_retries = 2;
  connect();
  drain();
  elapse(milliseconds{1001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  elapse(milliseconds{2001});
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  quiet_for(milliseconds{4000});
  elapse(milliseconds{1});
  events("Closed: connect timed out");
  sends_nothing();
  nothing_left();
}

TEST_F(Trouble, S05_NoMoreSynAcksThanTheLimit) {
  config.syn_retries = 1;
  given(State::SynReceived);
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=1 mss=1460");
  elapse(milliseconds{2001});
  events("Closed: connect timed out");
  sends("RA seq=1 ack=1 win=0");
}

TEST_F(Trouble, S48_ReceiveTimeoutIsTold) {
  given(State::Established, {}, {.receive_timeout = seconds{10}});
  quiet_for(seconds{10});
  elapse(microseconds{20});
  events("ReceiveTimeout");
  quiet_for(seconds{10});
  elapse(microseconds{20});
  events("ReceiveTimeout");
  state(State::Established);
  sends_nothing();
}

TEST_F(Trouble, S48_TextMakesTheReceiveTimeoutCountAnew) {
  given(State::Established, {}, {.receive_timeout = seconds{10}});
  elapse(seconds{9});
  arrives(seg().data(5));
  deadline(idle_at, seconds{10});
  app_reads(5);
  drain();
  elapse(seconds{9});
  arrives(seg());  // an ACK is not what the application waits for
  deadline(idle_at, seconds{1});
  drain();
}

TEST_F(Trouble, S48_WhoLeavesTextUnreadIsNotTold) {
  given(State::Established, {}, {.receive_timeout = seconds{10}});
  arrives(seg().data(5));
  drain();
  elapse(seconds{11});
  no_events();
  deadline(idle_at, seconds{10});
  app_reads(5);
  elapse(seconds{11});
  events("ReceiveTimeout");
  drain();
}

TEST_F(Trouble, S48_NothingIsAwaitedAfterTheFin) {
  given(State::Established, {}, {.receive_timeout = seconds{10}});
  arrives(seg().fin());
  drain();
  elapse(seconds{11});
  no_events();
  no_deadline(idle_at);
}

TEST_F(Trouble, S48_SwitchedOnAndOffMeanwhile) {
  given(State::Established);
  set_options(tcb(), {.receive_timeout = seconds{10}}, env);
  deadline(idle_at, seconds{10});
  set_options(tcb(), {}, env);
  no_deadline(idle_at);
  elapse(seconds{11});
  no_events();
}

TEST_F(Trouble, S48_OfAnAcceptedConnection) {
  given_accepted({}, {.receive_timeout = seconds{10}});
  deadline(idle_at, seconds{10});
}

TEST_F(Trouble, ASendThatFindsNoPacketIsToldOfRoomSoon) {
  given(State::Established);
  empty_pool(data_pool());
  EXPECT_EQ(app_sends(10), 0u);
  deadline(idle_at, milliseconds{1});
  quiet_for(milliseconds{1});
  elapse(microseconds{20});
  events("Writable 156220");
  no_deadline(idle_at);
  EXPECT_EQ(app_sends(10), 0u);
  give_back();
  elapse(milliseconds{2});
  events("Writable 156220");
  EXPECT_EQ(app_sends(10), 10u);
  sends("PA seq=1 ack=1 len=10");
}

TEST_F(Trouble, ASendThatIsCutShortWaitsForTheAck) {
  given(State::Established);
  empty_pool(data_pool(), 1);
  EXPECT_EQ(app_sends(5000), 1460u);
  no_deadline(idle_at);
  give_back();
  drain();
  arrives(seg());
  events("Writable 156220");
}

TEST_F(Trouble, ClosedConnectionsTakeNoOptions) {
  given(State::Established);
  arrives(seg().data(3));
  arrives(seg().rst());
  set_options(tcb(), {.keepalive = {.on = true}}, env);
  EXPECT_EQ(wheel.pending(), 0u);
  app_reads(3);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
