// Why did it end? Every way in which a connection or a half-open one can end, with the rule that it must set: told to
// the application, counted once, kept in the log with the state before the end.
#include "fixture.h"
#include "tcp/close.h"

namespace millrace::tcp::test {
namespace {

class CloseRules : public SegmentTest {
 protected:
  /// The connection ended, by this rule and no other.
  void ended(CloseRule rule, State state) { expect_one(table.closed, rule, state); }
  void half_open_ended(CloseRule rule) { expect_one(table.closed_half_opens, rule, State::SynReceived); }
  const Closed& entry() { return table.closed[table.closed.end() - 1]; }
  static UserOptions keepalive() { return {.keepalive = {true, seconds{100}, seconds{10}, 2}}; }

 private:
  void expect_one(const ClosedLog& log, CloseRule rule, State state) {
    ASSERT_EQ(log.end(), 1u);
    EXPECT_EQ(info(log[0].rule).name, info(rule).name);
    EXPECT_EQ(to_string(log[0].state), to_string(state));
    EXPECT_EQ(log[0].key, key);
    EXPECT_EQ(log[0].closed, env.now);
    for (std::size_t i = 0; i < kCloseRules; ++i)
      EXPECT_EQ(count.closed[i].get(), i == static_cast<std::size_t>(rule) ? 1u : 0u)
          << info(static_cast<CloseRule>(i)).name;
    drain();
    nothing_left_but_time_wait();
  }
  void nothing_left_but_time_wait() {
    drain();
    EXPECT_EQ(table.tcbs.used(), 0u);
    EXPECT_EQ(table.half_opens.used(), 0u);
  }
};

TEST_F(CloseRules, WeCloseFirst) {
  given(State::FinWait2);
  arrives(seg().fin());
  ended(CloseRule::ClosedByUs, State::FinWait2);
}

TEST_F(CloseRules, ThePeerClosesFirst) {
  given(State::LastAck);
  arrives(seg());
  ended(CloseRule::ClosedByPeer, State::LastAck);
}

TEST_F(CloseRules, FinsCross) {
  given(State::Closing);
  arrives(seg());
  ended(CloseRule::ClosedByBoth, State::Closing);
}

TEST_F(CloseRules, RefusedInSynSent) {
  given(State::SynSent);
  arrives(seg().ack(1).rst());
  events("Closed: refused by peer");
  ended(CloseRule::RefusedByPeer, State::SynSent);
}

TEST_F(CloseRules, RefusedAfterSynsCrossed) {
  given(State::SynReceived);
  arrives(seg().rst());
  ended(CloseRule::RefusedByPeer, State::SynReceived);
}

TEST_F(CloseRules, ResetByPeerInEveryState) {
  for (const State where :
       {State::Established, State::FinWait1, State::FinWait2, State::CloseWait, State::Closing, State::LastAck}) {
    SCOPED_TRACE(to_string(where));
    const std::uint64_t before = table.closed.end();
    given(where);
    arrives(seg().rst());
    ASSERT_EQ(table.closed.end(), before + 1);
    EXPECT_EQ(entry().rule, CloseRule::ResetByPeer);
    EXPECT_EQ(to_string(entry().state), to_string(where));
    drain();
  }
}

TEST_F(CloseRules, NobodyAnswersOurSyn) {
  given(State::SynSent);
  elapse(config.connect_timeout + milliseconds{1});
  events("Closed: connect timed out");
  ended(CloseRule::ConnectTimeout, State::SynSent);
}

TEST_F(CloseRules, NobodyCompletesASimultaneousOpen) {
  given(State::SynReceived);
  elapse(config.connect_timeout + milliseconds{1});
  drain();
  ended(CloseRule::ConnectTimeout, State::SynReceived);
}

TEST_F(CloseRules, NobodyAcknowledges) {
  given_sent(100);
  elapse(config.user_timeout + milliseconds{1});
  events("Closed: peer stopped acknowledging");
  EXPECT_EQ(entry().unsent, 100u);
  EXPECT_EQ(entry().bytes_out, 0u);
  drain();
  ended(CloseRule::RetransmitTimeout, State::Established);
}

TEST_F(CloseRules, NobodyAnswersProbesOfAShutWindow) {
  given(State::Established);
  arrives(seg().wnd(0));
  app_sends(10);
  drain();
  elapse(config.user_timeout + seconds{2});
  events("Closed: peer stopped acknowledging");
  drain();
  ended(CloseRule::ProbeTimeout, State::Established);
}

TEST_F(CloseRules, NobodyAnswersKeepalives) {
  given(State::Established, {}, keepalive());
  elapse(seconds{101});
  drain();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(table.closed.end(), 0u);
    elapse(seconds{11});
    drain();
  }
  ended(CloseRule::KeepaliveTimeout, State::Established);
}

TEST_F(CloseRules, AnOrphanInFinWait2) {
  given(State::FinWait2);
  app_closes();
  elapse(config.fin_wait_2_timeout + milliseconds{1});
  ended(CloseRule::FinWait2Timeout, State::FinWait2);
}

TEST_F(CloseRules, AnOrphanBeforeAShutWindow) {
  given(State::Established);
  arrives(seg().wnd(0));
  app_sends(10);
  app_closes();
  drain();
  elapse(config.fin_wait_2_timeout + milliseconds{1});
  drain();
  EXPECT_EQ(entry().unsent, 10u);
  ended(CloseRule::OrphanWindow, State::FinWait1);
}

TEST_F(CloseRules, LingeredInVain) {
  UserOptions options;
  options.linger = seconds{5};
  given_sent(10, {}, options);
  app_closes();
  drain();
  elapse(seconds{5} + milliseconds{1});
  drain();
  EXPECT_EQ(entry().unsent, 10u);
  ended(CloseRule::LingerTimeout, State::FinWait1);
}

TEST_F(CloseRules, OneOrphanTooMany) {
  config.max_orphans = 0;
  given(State::Established);
  app_closes();
  drain();
  ended(CloseRule::OrphanLimit, State::FinWait1);
}

TEST_F(CloseRules, TheNetworkSaysUnreachable) {
  given(State::SynSent);
  EXPECT_TRUE(icmp_arrives(tcb(), SoftError::PortUnreachable, snd(0), env));
  events("SoftError: port unreachable", "Closed: destination unreachable");
  ended(CloseRule::Unreachable, State::SynSent);
}

TEST_F(CloseRules, TheApplicationAborts) {
  given(State::CloseWait);
  abort(tcb(), env);
  drain();
  ended(CloseRule::Aborted, State::CloseWait);
}

TEST_F(CloseRules, TheApplicationGivesUpConnecting) {
  given(State::SynSent);
  abort(tcb(), env);
  ended(CloseRule::AbortedConnecting, State::SynSent);
}

TEST_F(CloseRules, TheApplicationClosesWhileConnecting) {
  given(State::SynSent);
  app_closes();
  ended(CloseRule::AbortedConnecting, State::SynSent);
}

TEST_F(CloseRules, ResetOnceItsDataIsAcknowledged) {
  given_sent(10);
  abort_after_data(tcb(), env);
  EXPECT_EQ(table.closed.end(), 0u);
  arrives(seg());
  EXPECT_EQ(entry().bytes_out, 10u);
  drain();
  ended(CloseRule::AbortedAfterData, State::Established);
}

TEST_F(CloseRules, ClosedWithDataUnread) {
  given(State::Established);
  arrives(seg().data(7));
  app_closes();
  EXPECT_EQ(entry().unread, 7u);
  EXPECT_EQ(entry().bytes_in, 7u);
  drain();
  ended(CloseRule::ClosedUnread, State::Established);
}

TEST_F(CloseRules, DataAfterTheApplicationClosed) {
  given(State::FinWait2);
  app_closes();
  arrives(seg().data(7));
  drain();
  ended(CloseRule::DataAfterClose, State::FinWait2);
}

/// What an application that keeps limits names: the rule is the one it gave, in every state and whenever it takes hold.
TEST_F(CloseRules, TheApplicationsOwnRules) {
  for (int i = static_cast<int>(CloseRule::AppConnectTimeout); i < static_cast<int>(CloseRule::AppCheck); ++i) {
    const auto rule = static_cast<CloseRule>(i);
    SCOPED_TRACE(info(rule).name);
    given(State::SynSent);
    abort(tcb(), env, rule);
    EXPECT_EQ(entry().rule, rule);
    drain();
    given(State::Established);
    abort(tcb(), env, rule);
    EXPECT_EQ(entry().rule, rule);
    drain();
    given(State::Established);
    app_sends(1);
    drain();
    abort_after_data(tcb(), env, rule);
    arrives(seg());
    EXPECT_EQ(entry().rule, rule);
    drain();
    given(State::Established);
    abort_after_data(tcb(), env, rule);  // nothing to wait for
    EXPECT_EQ(entry().rule, rule);
    drain();
    EXPECT_EQ(count.closed[static_cast<std::size_t>(i)].get(), 4u);
  }
}

TEST_F(CloseRules, ADoneHealthCheckIsCountedAndNotKept) {
  given(State::Established);
  abort(tcb(), env, CloseRule::AppCheck);
  drain();
  EXPECT_EQ(table.closed.end(), 0u);
  EXPECT_EQ(count.closed[static_cast<std::size_t>(CloseRule::AppCheck)].get(), 1u);
}

TEST_F(CloseRules, AHalfOpenThatNobodyCompletes) {
  given_half_open();
  for (int i = 0; i <= config.syn_ack_retries; ++i) {
    EXPECT_EQ(table.closed_half_opens.end(), 0u);
    elapse(config.initial_rto * (1 << i) + milliseconds{1});
    drain();
  }
  half_open_ended(CloseRule::HalfOpenExpired);
}

TEST_F(CloseRules, AHalfOpenThatThePeerResets) {
  given_half_open();
  arrives(seg().seq(1).rst());
  half_open_ended(CloseRule::HalfOpenReset);
}

TEST_F(CloseRules, AHalfOpenThatThePeerStartsOver) {
  given_half_open();
  arrives(seg().seq(1).syn().no_ack());
  half_open_ended(CloseRule::HalfOpenSyn);
}

TEST_F(CloseRules, AHalfOpenWhoseListenerBecameFull) {
  given_half_open();
  listeners[0].options.max_connections = 1;
  listeners[0].options.when_full = Verdict::Reject;
  listeners[0].connections = 1;
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  listeners[0].connections = 0;
  half_open_ended(CloseRule::HalfOpenRefused);
}

TEST_F(CloseRules, AHalfOpenThatTheNetworkCallsUnreachable) {
  given_half_open();
  EXPECT_TRUE(half_open_icmp_arrives(0, SoftError::PortUnreachable, snd(0), env));
  half_open_ended(CloseRule::HalfOpenUnreachable);
}

TEST_F(CloseRules, AHalfOpenThatCompletesHasNotEnded) {
  given_accepted();
  EXPECT_EQ(table.closed_half_opens.end(), 0u);
  EXPECT_EQ(table.closed.end(), 0u);
}

TEST_F(CloseRules, AnEntryTellsTheWholeLife) {
  given_accepted();
  const Time opened = env.now;
  elapse(seconds{3});
  arrives(seg().data(1000));
  app_reads(400);
  app_sends(50);
  drain();
  arrives(seg());
  app_sends(7);
  drain();
  elapse(milliseconds{1001});  // sent again
  drain();
  arrives(seg().rst());
  const Closed& last = entry();
  EXPECT_EQ(last.opened, opened);
  EXPECT_EQ(last.closed, env.now);
  EXPECT_EQ(last.bytes_in, 1000u);
  EXPECT_EQ(last.bytes_out, 50u);
  EXPECT_EQ(last.unread, 600u);
  EXPECT_EQ(last.unsent, 7u);
  EXPECT_EQ(last.retransmits, 1u);
  EXPECT_FALSE(last.active);
  app_reads(600);
  ended(CloseRule::ResetByPeer, State::Established);
}

TEST_F(CloseRules, BytesThatCameOutOfOrderCountOnce) {
  given(State::Established);
  arrives(seg().seq(11).data(10));
  arrives(seg().seq(1).data(15));
  EXPECT_EQ(tcb().bytes_in, 20u);
  drain();
}

TEST(ClosedLog, TheNewestPushesTheOldestOut) {
  ClosedLog log{3};
  EXPECT_EQ(log.first(), 0u);
  EXPECT_EQ(log.end(), 0u);
  for (std::uint32_t i = 0; i < 5; ++i) log.record([i] { return Closed{.retransmits = i}; });
  EXPECT_EQ(log.first(), 2u);
  EXPECT_EQ(log.end(), 5u);
  for (std::uint64_t n = log.first(); n < log.end(); ++n) EXPECT_EQ(log[n].retransmits, n);
}

TEST(ClosedLog, OfNoSizeKeepsNothingButNumbers) {
  ClosedLog log{0};
  log.record([] { return Closed{}; });
  EXPECT_EQ(log.first(), 1u);
  EXPECT_EQ(log.end(), 1u);
}

}  // namespace
}  // namespace millrace::tcp::test
