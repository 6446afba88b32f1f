// LISTEN and the SYN cache (RFC 9293 3.10.7.2, RFC 4987 3.4): half-open connections, their limits and their end.
#include "tcp/listen.h"
#include "fixture.h"
#include "tcp/close.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using Listen = SegmentTest;

// Proves MUST-14, SHLD-5.
TEST_F(Listen, S01_SynIsAnswered) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().mss(1400).wscale(7).sack_ok().ts(5));
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460 ws=7 sackOK ts=0,5");
  EXPECT_EQ(listeners[0].half_open, 1u);
  EXPECT_EQ(table.half_opens.used(), 1u);
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(count.segments_sent.get(), 1u);
}

// Proves MAY-3. Also where the peer would assume the same without it.
TEST_F(Listen, S01_SynAckCarriesTheDefaultMssToo) {
  given_listener();
  env.mtu = 576;
  arrives(seg().seq(0).syn().no_ack());
  sends("SA seq=0 ack=1 win=28887 mss=536");
}

TEST_F(Listen, OnlyWhatThePeerOffers) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack());
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(Listen, S01_HandshakeCompletes) {
  given_listener({.dscp = 46, .hop_limit = 9});
  arrives(seg().seq(0).syn().no_ack().mss(1400).wscale(2).sack_ok().ts(5));
  drain();
  elapse(milliseconds{20});
  arrives(seg().seq(1).ack(1).ts(6, timestamp_clock(env.now) - 20 + timestamp_offset(key, config.isn_secret)).wnd(500));
  counted(Outcome::Processed);
  state(State::Established);
  events("Accepted");
  sends_nothing();
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  EXPECT_EQ(tcb().smss, 1400);
  EXPECT_EQ(tcb().snd_wscale, 2);
  EXPECT_EQ(tcb().rcv_wscale, 7);
  EXPECT_EQ(tcb().snd_wnd, 2000u);
  EXPECT_EQ(tcb().ts_recent, 6u);
  EXPECT_EQ(tcb().rtt.srtt_us, 20'000u);
  EXPECT_EQ(tcb().dscp, 46);
  EXPECT_EQ(tcb().hop_limit, 9);
  EXPECT_EQ(tcb().listener, 0);
  EXPECT_EQ(tcb().rcv_wnd(), 65535u);
  EXPECT_FALSE(tcb().has(kActiveOpen));
  EXPECT_EQ(count.passive_opens.get(), 1u);
  EXPECT_EQ(wheel.pending(), 0u);
}

TEST_F(Listen, S02_TextOnTheLastSegment) {
  given_half_open();
  arrives(seg().seq(1).ack(1).data(10).fin());
  counted(Outcome::Delivered);
  state(State::CloseWait);
  events("Accepted", "Readable 10", "PeerClosed");
  app_reads(10);
  sends("A seq=1 ack=12");
}

// Reordered by the network, or by queues of a port that move a flow from one to another.
TEST_F(Listen, TheFinMayOvertakeTheLastSegment) {
  given_half_open();
  arrives(seg().seq(1).ack(1).fin());
  state(State::CloseWait);
  events("Accepted", "PeerClosed");
  app_closes();
  sends("FA seq=1 ack=2");
  arrives(seg().seq(1).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=2 ack=2");
  arrives(seg().seq(2).ack(2));
  nothing_left();
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
}

TEST_F(Listen, TextOnTheSynIsNotKept) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().data(10));
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(Listen, RstIsIgnored) {
  given_listener();
  arrives(seg().rst());
  counted(Outcome::DroppedRstToNobody);
  arrives(seg().rst().syn().no_ack());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
}

TEST_F(Listen, AckIsAnsweredByReset) {
  given_listener();
  arrives(seg().seq(7).ack(1234));
  counted(Outcome::AnsweredReset);
  arrives(seg().seq(7).ack(1235).syn());
  counted(Outcome::AnsweredReset);
  sends("R seq=1234 win=0", "R seq=1235 win=0");
  EXPECT_EQ(table.half_opens.used(), 0u);
}

TEST_F(Listen, NeitherSynNorAckIsDropped) {
  given_listener();
  arrives(seg().no_ack().fin());
  counted(Outcome::DroppedNoAck);
  sends_nothing();
}

TEST_F(Listen, MalformedOptionsAreCounted) {
  given_listener();
  arrives(seg().syn().no_ack().malformed());
  EXPECT_EQ(count.malformed_options.get(), 1u);
  drain();
}

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

TEST_F(Listen, SynAgainIsAnsweredAgain) {
  given_half_open({.ts = 5});
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460 ts=0,5");
  EXPECT_EQ(listeners[0].half_open, 1u);
}

TEST_F(Listen, S04_ANewerSynSendsTheCacheBackToListen) {
  given_half_open();
  arrives(seg().seq(5).syn().no_ack());
  counted(Outcome::Processed);
  sends_nothing();
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  EXPECT_EQ(table.flows.size(), 0u);
  EXPECT_EQ(wheel.pending(), 0u);
}

// Proves MUST-11.
TEST_F(Listen, S04_ExactRstSendsItBackToListen) {
  given_half_open();
  arrives(seg().seq(1).rst().no_ack());
  counted(Outcome::Processed);
  sends_nothing();
  no_events();
  EXPECT_EQ(listeners[0].half_open, 0u);
  nothing_left();
}

TEST_F(Listen, InexactRstIsChallenged) {
  given_half_open({.ts = 5});
  arrives(seg().seq(2).rst());
  counted(Outcome::AnsweredChallenge);
  sends("A seq=1 ack=1 ts=0,5");
  EXPECT_EQ(table.half_opens.used(), 1u);
}

TEST_F(Listen, OutsideTheFirstWindow) {
  given_half_open();
  arrives(seg().seq(0).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1");
  arrives(seg().seq(65536).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1");
  arrives(seg().seq(65536).rst());
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  arrives(seg().seq(0).rst());
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  arrives(seg().seq(65535).rst());
  counted(Outcome::AnsweredChallenge);
  sends("A seq=1 ack=1");
  EXPECT_EQ(table.half_opens.used(), 1u);
}

/// Two ends that are confused about each other must not answer each other for ever; text is always answered.
TEST_F(Listen, EmptySegmentsOutsideTheWindowAreAnsweredAFewTimes) {
  given_half_open();
  for (int i = 0; i < 4; ++i) {
    arrives(seg().seq(0).ack(1));
    sends("A seq=1 ack=1");
  }
  arrives(seg().seq(0).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  arrives(seg().seq(65536).ack(1).data(1));
  sends("A seq=1 ack=1");
  arrives(seg().seq(65536).ack(1).fin());
  sends("A seq=1 ack=1");
}

TEST_F(Listen, WithoutAckBit) {
  given_half_open();
  arrives(seg().seq(1).no_ack());
  counted(Outcome::DroppedNoAck);
  sends_nothing();
}

TEST_F(Listen, AWrongAckIsAnsweredByReset) {
  given_half_open();
  for (const std::uint32_t wrong : {0u, 2u}) {
    arrives(seg().seq(1).ack(wrong));
    counted(Outcome::DroppedBadHandshake);
  }
  sends("R seq=0 win=0", "R seq=2 win=0");
  EXPECT_EQ(table.half_opens.used(), 1u);
}

TEST_F(Listen, AMissingTimestampMakesNoConnection) {
  given_half_open({.ts = 5});
  arrives(seg().seq(1).ack(1));
  counted(Outcome::DroppedNoTimestamp);
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(table.half_opens.used(), 1u);
}

TEST_F(Listen, AnOldTimestampMakesNoConnection) {
  given_half_open({.ts = 5});
  arrives(seg().seq(1).ack(1).ts(4));
  counted(Outcome::DroppedPaws);
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(table.half_opens.used(), 1u);
  sends("A seq=1 ack=1 ts=0,5");
}

TEST_F(Listen, S05_SynAckIsRepeatedAndForgotten) {
  config.syn_ack_retries = 2;
  given_half_open();
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{2});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{4});
  EXPECT_EQ(count.half_open_expired.get(), 0u);
  elapse(milliseconds{1});
  sends_nothing();
  EXPECT_EQ(count.half_open_expired.get(), 1u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  nothing_left();
}

TEST_F(Listen, S05_AHalfOpenConnectionEndsAtItsTimeout) {
  config.half_open_timeout = seconds{5};
  given_half_open();
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{2});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{2});  // the third answer would be due after 4 s more
  EXPECT_EQ(count.half_open_expired.get(), 0u);
  elapse(milliseconds{1});
  sends_nothing();
  EXPECT_EQ(count.half_open_expired.get(), 1u);
  nothing_left();
}

TEST_F(Listen, S05_WithoutRetriesTheFirstSynAckIsTheLast) {
  config.syn_ack_retries = 0;
  given_half_open();
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends_nothing();
  EXPECT_EQ(count.half_open_expired.get(), 1u);
  nothing_left();
}

/// RFC 6928 2.
TEST_F(Listen, ASynAckThatWentThreeTimesShrinksTheFirstWindow) {
  given_half_open();
  elapse(milliseconds{1001});
  drain();
  elapse(milliseconds{2001});
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(window_of(tcb(), table), 1460u);
}

TEST_F(Listen, ASynAckThatWentTwiceDoesNot) {
  given_half_open();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(window_of(tcb(), table), 14600u);
}

TEST_F(Listen, OneThatWentOnceDoesNot) {
  given_accepted();
  EXPECT_EQ(window_of(tcb(), table), 14600u);
}

TEST_F(Listen, SmallBufferMeansSmallFirstWindow) {
  given_listener({.receive_buffer = 24320});  // ten buffers of 2432 bytes, each good for 1460
  arrives(seg().seq(0).syn().no_ack());
  sends("SA seq=0 ack=1 win=14600 mss=1460");
}

TEST_F(Listen, PeerGoneWithoutOutputRoom) {
  given_listener();
  empty_pool(control_pool());
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(count.replies_dropped.get(), 1u);
  give_back();
  sends_nothing();
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(Listen, RepliesAreBoundedByTheTurnsRoom) {
  for (std::size_t i = 0; i < 65; ++i) arrives(seg().seq(7).ack(static_cast<std::uint32_t>(i)));
  EXPECT_EQ(count.replies_dropped.get(), 1u);
  EXPECT_EQ(count.resets_sent.get(), 64u);
  EXPECT_EQ(count.segments_sent.get(), 64u);
  drain();
}

TEST_F(Listen, Ipv6Mss) {
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  given_half_open();
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=1 mss=1440");
}

// MSS.

TEST_F(Listen, S11_AbsentMssMeansTheDefaultOfTheFamily) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack());
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(tcb().smss, 536);
  EXPECT_EQ(tcb().rmss, 1460);
  drain();
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  arrives(seg().seq(0).syn().no_ack());
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(tcb().smss, 1220);
  EXPECT_EQ(tcb().rmss, 1440);
  drain();
}

TEST_F(Listen, S11_SegmentsAreThePeersMssLessOptions) {
  given_accepted({.mss = 1000, .ts = 5});
  EXPECT_EQ(app_sends(1976), 1976u);
  sends("A seq=1 ack=1 len=988 ts=0,5", "PA seq=989 ack=1 len=988 ts=0,5");
}

TEST_F(Listen, S11_TheClampHoldsForBothDirections) {
  given_listener({.mss_clamp = 1300});
  arrives(seg().seq(0).syn().no_ack().mss(1460));
  sends("SA seq=0 ack=1 mss=1300");
  arrives(seg().seq(1).ack(1));
  drain();
  EXPECT_EQ(tcb().rmss, 1300);
  EXPECT_EQ(app_sends(2600), 2600u);
  sends("A seq=1 ack=1 len=1300", "PA seq=1301 ack=1 len=1300");
}

TEST_F(Listen, S11_TheClampOnlyLowers) {
  given_listener({.mss_clamp = 1400});
  arrives(seg().seq(0).syn().no_ack().mss(1200));
  sends("SA seq=0 ack=1 mss=1400");
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(tcb().smss, 1200);
  drain();
  ++key.remote_port;
  listeners[0].options.mss_clamp = 9000;
  arrives(seg().seq(0).syn().no_ack());
  EXPECT_EQ(take_sent().at(0).header.options.mss, 1460);
  listeners[0].options.mss_clamp = 1;
  ++key.remote_port;
  arrives(seg().seq(0).syn().no_ack());
  EXPECT_EQ(take_sent().at(0).header.options.mss, 64);
}

// Policies.

class Policies : public SegmentTest {
 protected:
  void given_rules(Verdict otherwise, const char* network = nullptr, Verdict verdict = Verdict::Accept) {
    ListenOptions options;
    options.half_open_limit = 8;
    options.access = AccessRules{otherwise};
    if (network != nullptr) {
      EXPECT_TRUE(options.access.add(*wire::IpPrefix::parse(network), verdict));
    }
    given_listener_with(options);
  }
};

TEST_F(Policies, S10_RejectAnswersAsIfNobodyListened) {
  given_rules(Verdict::Reject);
  arrives(seg().seq(7).syn().no_ack());
  counted(Outcome::AnsweredReset);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.seq, SeqNum{0});
  EXPECT_EQ(sent[0].header.ack, rcv(8));
  EXPECT_EQ(sent[0].header.ctl.bits, Ctl::kRst | Ctl::kAck);
  arrives(seg().seq(7).ack(9));
  counted(Outcome::AnsweredReset);
  sends("R seq=9 win=0");
  EXPECT_EQ(count.syn_rejected_by_policy.get(), 2u);
  nothing_left();
}

TEST_F(Policies, S10_DropAnswersNothing) {
  given_rules(Verdict::Drop);
  for (const Seg& any : {seg().seq(0).syn().no_ack(), seg().ack(1), seg().no_ack().fin(), seg().syn()}) {
    arrives(any);
    counted(Outcome::DroppedByPolicy);
  }
  sends_nothing();
  EXPECT_EQ(count.syn_rejected_by_policy.get(), 0u);
  nothing_left();
}

TEST_F(Policies, S10_NeitherAnswersAReset) {
  given_rules(Verdict::Reject);
  arrives(seg().rst());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
}

TEST_F(Policies, S10_ANetworkHasItsOwnVerdict) {
  given_rules(Verdict::Drop, "192.0.2.0/31");
  arrives(seg().seq(0).syn().no_ack());  // from 192.0.2.1
  counted(Outcome::AnsweredSyn);
  drain();
  key.remote_address[15] = 2;
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::DroppedByPolicy);
  sends_nothing();
}

TEST_F(Policies, ACookieDoesNotPassThem) {
  given_rules(Verdict::Accept);
  listeners[0].options.syn_cookies = SynCookies::Always;
  arrives(seg().seq(0).syn().no_ack());
  set_iss(take_sent().at(0).header.seq);
  listeners[0].options.access = AccessRules{Verdict::Drop};
  arrives(seg().seq(1).ack(1));
  counted(Outcome::DroppedByPolicy);
  EXPECT_EQ(table.tcbs.used(), 0u);
}

// Limit of connections.

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

// CLOSED (3.10.7.1).

TEST_F(Listen, S40_NobodyThereWithAck) {
  arrives(seg().seq(7).ack(1234).data(10).fin());
  counted(Outcome::AnsweredReset);
  sends("R seq=1234 win=0");
  EXPECT_EQ(count.resets_sent.get(), 1u);
}

TEST_F(Listen, S40_NobodyThereWithoutAck) {
  arrives(seg().seq(7).no_ack().syn().data(10).fin());
  counted(Outcome::AnsweredReset);
  const std::vector<Sent> sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.seq, SeqNum{0});
  EXPECT_EQ(sent[0].header.ack, rcv(19));
  EXPECT_EQ(sent[0].header.ctl.bits, Ctl::kRst | Ctl::kAck);
  EXPECT_EQ(sent[0].header.window, 0);
}

TEST_F(Listen, S41_NeverInAnswerToRst) {
  arrives(seg().rst());
  counted(Outcome::DroppedRstToNobody);
  arrives(seg().rst().no_ack());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
  EXPECT_EQ(count.resets_sent.get(), 0u);
}

}  // namespace
}  // namespace millrace::tcp::test
