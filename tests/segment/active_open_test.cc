// Active OPEN and SYN-SENT (RFC 9293 3.10.7.3), simultaneous open, and what both sides agree on.
#include "fixture.h"
#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/timers.h"

namespace millrace::tcp::test {
namespace {

class ActiveOpen : public SegmentTest {
 protected:
  void connect_within(Duration limit) {
    OpenOptions options;
    options.connect_timeout = limit;
    connect(options);
  }
};

// Proves MUST-14, MUST-23, MUST-67, SHLD-5.
TEST_F(ActiveOpen, S01_SynCarriesEveryOption) {
  connect();
  state(State::SynSent);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  EXPECT_EQ(tcb().snd_nxt, snd(1));
  EXPECT_EQ(count.active_opens.get(), 1u);
  deadline(&Tcb::rexmit_at, seconds{1});
  deadline(&Tcb::user_at, seconds{180});
}

// Proves MAY-3. Also where the peer would assume the same without it.
TEST_F(ActiveOpen, S01_SynCarriesTheDefaultMssToo) {
  env.mtu = 576;
  connect();
  sends("S seq=0 win=28887 mss=536 ws=7 sackOK ts=0,0");
}

// Proves MUST-14.
TEST_F(ActiveOpen, S01_SynAckCompletes) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1400).wscale(7).sack_ok().ts(77).wnd(1000));
  counted(Outcome::Processed);
  state(State::Established);
  events("Connected");
  sends("A seq=1 ack=1 win=614 ts=0,77");
  EXPECT_EQ(tcb().smss, 1400);
  EXPECT_EQ(tcb().snd_wscale, 7);
  EXPECT_EQ(tcb().snd_wnd, 1000u) << "a window on a SYN is not scaled";
  EXPECT_EQ(tcb().max_snd_wnd, 1000u);
  EXPECT_EQ(tcb().rcv_wscale, 7);
  EXPECT_TRUE(tcb().has(kSackPermitted));
  EXPECT_EQ(tcb().snd_una, snd(1));
  EXPECT_EQ(tcb().snd_wl1, rcv(0));
  EXPECT_EQ(tcb().snd_wl2, snd(1));
  EXPECT_EQ(window_of(tcb(), table), 13'880u);
  EXPECT_EQ(count.established.get(), 1u);
  no_deadline(&Tcb::rexmit_at);
  no_deadline(&Tcb::user_at);
}

// Proves MUST-15.
TEST_F(ActiveOpen, PeerWithoutOptions) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().wnd(500));
  sends("A seq=1 ack=1");
  EXPECT_EQ(tcb().smss, 536);
  EXPECT_EQ(tcb().snd_wscale, 0);
  EXPECT_EQ(tcb().rcv_wscale, 0);
  EXPECT_FALSE(tcb().has(kTimestamps));
  EXPECT_FALSE(tcb().has(kSackPermitted));
  EXPECT_FALSE(tcb().has(kWindowScaling));
  drain();
}

TEST_F(ActiveOpen, WindowScaleOfZeroIsStillAnOption) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().wscale(0));
  EXPECT_TRUE(tcb().has(kWindowScaling));
  EXPECT_EQ(tcb().rcv_wscale, 7);
  drain();
}

// Proves MUST-15, MUST-16, MUST-67.
TEST_F(ActiveOpen, MssIsBoundedBothWays) {
  EXPECT_EQ(send_mss(true, 0, 1500), 536);
  EXPECT_EQ(send_mss(false, 0, 1500), 1220);
  EXPECT_EQ(send_mss(true, 9000, 1500), 1460);
  EXPECT_EQ(send_mss(true, 1460, 1500), 1460);
  EXPECT_EQ(send_mss(false, 9000, 1500), 1440);
  EXPECT_EQ(send_mss(true, 1, 1500), 64);
  EXPECT_EQ(send_mss(true, 64, 1500), 64);
  EXPECT_EQ(send_mss(true, 65, 1500), 65);
  EXPECT_EQ(announced_mss(true, 1500), 1460);
  EXPECT_EQ(announced_mss(false, 1500), 1440);
}

TEST_F(ActiveOpen, RttOfTheHandshake) {
  connect();
  drain();
  const std::uint32_t sent = timestamp_clock(env.now) + tcb().ts_offset;
  elapse(milliseconds{30});
  arrives(seg().seq(0).ack(1).syn().ts(5, sent));
  EXPECT_EQ(tcb().rtt.srtt_us, 30'000u);
  EXPECT_EQ(tcb().rtt.rttvar_us, 15'000u);
  drain();
}

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

TEST_F(ActiveOpen, TextAndFinOnTheSynAck) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().data(5).fin());
  counted(Outcome::Delivered);
  state(State::CloseWait);
  events("Connected", "Readable 5", "PeerClosed");
  sends("A seq=1 ack=7");
  app_reads(5);
}

TEST_F(ActiveOpen, FinAloneOnTheSynAck) {
  connect();
  drain();
  arrives(seg().seq(0).ack(1).syn().fin());
  counted(Outcome::Processed);
  state(State::CloseWait);
  events("Connected", "PeerClosed");
  sends("A seq=1 ack=2");
}

// Proves BODY-4.
TEST_F(ActiveOpen, DataQueuedBeforeGoesWithTheAck) {
  connect();
  EXPECT_EQ(app_sends(10), 10u);
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
  arrives(seg().seq(0).ack(1).syn().mss(1460));
  sends("PA seq=1 ack=1 len=10");
  arrives(seg().ack(11));
  EXPECT_TRUE(tcb().snd_queue.empty());
}

TEST_F(ActiveOpen, ShutDownBeforeTheAnswer) {
  connect();
  app_sends(3);
  app_shuts_down();
  state(State::SynSent);
  drain();
  arrives(seg().seq(0).ack(1).syn().mss(1460));
  state(State::FinWait1);
  sends("FPA seq=1 ack=1 len=3");
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

TEST_F(ActiveOpen, TableFull) {
  for (std::uint16_t i = 0; i < limits.connections; ++i) {
    ++key.local_port;
    connect();
  }
  ++key.local_port;
  EXPECT_EQ(open_active(key, {}, env), nullptr);
  EXPECT_EQ(table.flows.size(), limits.connections);
  while (Tcb* t = ready.pop()) (void)t;
}

TEST_F(ActiveOpen, OptionsReachTheTcb) {
  OpenOptions options;
  options.no_delay = true;
  options.receive_buffer = 65536;
  options.send_buffer = 1234;
  options.user_timeout = seconds{5};
  options.keepalive = {true, milliseconds{1001}, milliseconds{1}, 3};
  options.dscp = 46;
  options.hop_limit = 3;
  options.user = 99;
  connect(options);
  EXPECT_TRUE(tcb().has(kNoDelay));
  EXPECT_EQ(tcb().rcv_buffer, 65536u);
  EXPECT_EQ(tcb().snd_buffer, 1234u);
  EXPECT_EQ(tcb().dscp, 46);
  EXPECT_EQ(tcb().hop_limit, 3);
  EXPECT_EQ(tcb().user, 99u);
  EXPECT_EQ(tcb().rcv_wscale, 1);
  EXPECT_EQ(tcb().rmss, 1460);
  EXPECT_EQ(tcb().smss, 536);
  const RarePart& rare = table.rare_part(tcb());
  EXPECT_EQ(rare.user_timeout_ms, 5000u);
  EXPECT_EQ(rare.keepalive_idle_s, 2);
  EXPECT_EQ(rare.keepalive_interval_s, 1);
  EXPECT_EQ(rare.keepalive_count, 3);
  drain();
}

TEST_F(ActiveOpen, DefaultsNeedNoRarePart) {
  connect();
  EXPECT_EQ(tcb().rare, base::kNoIndex);
  EXPECT_EQ(table.rare_parts.used(), 0u);
  EXPECT_EQ(tcb().hop_limit, 64);
  EXPECT_EQ(tcb().dscp, 0);
  drain();
}

TEST_F(ActiveOpen, TimeoutsAtTheirBounds) {
  EXPECT_EQ(timeout_ms(nanoseconds{1}), 1u);
  EXPECT_EQ(timeout_ms(seconds{924}), 924'000u);
  EXPECT_EQ(timeout_ms(hours{9}), 9u * 3600 * 1000);
  EXPECT_EQ(timeout_ms(hours{9} + nanoseconds{1}), 0xffff'ffffu);
  EXPECT_EQ(timeout_ms(Duration::max()), 0xffff'ffffu);
  OpenOptions options;
  options.keepalive = {true, hours{9}, Duration{0}, 3};
  connect(options);
  EXPECT_EQ(table.rare_part(tcb()).keepalive_idle_s, 32'000);
  EXPECT_EQ(table.rare_part(tcb()).keepalive_interval_s, 1);
  drain();
}

TEST_F(ActiveOpen, NoPacketForTheSynMeansLater) {
  connect();
  empty_pool(control_pool());
  sends_nothing();
  EXPECT_EQ(count.output_no_packet.get(), 1u);
  give_back();
  sends("S seq=0 mss=1460 ws=7 sackOK ts=0,0");
}

TEST_F(ActiveOpen, Ipv6) {
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  connect();
  EXPECT_EQ(tcb().smss, 1220);
  sends("S seq=0 mss=1440 ws=7 sackOK ts=0,0");
}

TEST_F(ActiveOpen, V4MappedNeedsAllOfThePrefix) {
  Tcb t;
  t.key = key;
  EXPECT_TRUE(t.is_v4());
  for (const int at : {0, 9, 10, 11}) {
    t.key = key;
    t.key.remote_address[static_cast<std::size_t>(at)] = 1;
    EXPECT_FALSE(t.is_v4()) << at;
  }
}

}  // namespace
}  // namespace millrace::tcp::test
