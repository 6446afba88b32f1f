// LISTEN with SYN cookies (RFC 4987 3.6): no entry, no timer, no memory until the ACK comes back, and then the same
// connection that the SYN cache makes.
#include "tcp/syn_cookie.h"

#include <fmt/format.h>

#include "fixture.h"
#include "tcp/close.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"

namespace millrace::tcp::test {
namespace {

class Cookies : public SegmentTest {
 protected:
  void given_cookies(SynCookies mode = SynCookies::Always, const UserOptions& user = {}) {
    config.cookie_secret = {3, 4};
    ListenOptions options;
    static_cast<UserOptions&>(options) = user;
    options.syn_cookies = mode;
    options.half_open_limit = 8;
    given_listener_with(options);
  }

  /// The ISS that a cookie for this SYN has now; relative numbers count from it.
  void expect_cookie(const Seg& syn) {
    const bool v4 = wire::IpAddress{key.remote_address}.is_v4();
    kept = kept_by_cookie(syn.options, v4);
    set_iss(make_cookie(key, rcv(*syn.seq_), kept, env.now, config.cookie_secret));
    const std::uint32_t clock = timestamp_clock(env.now) + timestamp_offset(key, config.isn_secret);
    ts_val = cookie_timestamp(clock, kept);
    ts_early = static_cast<std::int32_t>(ts_val - clock);
  }
  void given_cookie(const Seg& syn) {
    expect_cookie(syn);
    arrives(syn);
    counted(Outcome::AnsweredSyn);
    drain();
    EXPECT_EQ(table.half_opens.used(), 0u);
  }

  wire::TcpOptions kept;
  std::uint32_t ts_val = 0;   ///< of the SYN,ACK
  std::int32_t ts_early = 0;  ///< the same less our clock
};

Seg linux_syn() { return seg().seq(0).syn().no_ack().mss(1452).wscale(7).sack_ok().ts(5); }
Seg plain_syn() { return seg().seq(0).syn().no_ack().mss(1452).wscale(7).sack_ok(); }

TEST_F(Cookies, S09_TheAnswerHoldsAllStateAndWeHoldNone) {
  given_cookies();
  expect_cookie(linux_syn());
  arrives(linux_syn());
  counted(Outcome::AnsweredSyn);
  sends(fmt::format("SA seq=0 ack=1 mss=1460 ws=7 sackOK ts={},5", ts_early));
  EXPECT_EQ(count.syn_cookies_sent.get(), 1u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  nothing_left();
}

TEST_F(Cookies, WithoutTimestampsNeitherScaleNorSackIsAgreed) {
  given_cookies();
  expect_cookie(plain_syn());
  arrives(plain_syn());
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(Cookies, S01_TheAckMakesTheConnection) {
  given_cookies();
  given_cookie(linux_syn());
  elapse(milliseconds{20});
  arrives(seg().seq(1).ack(1).ts(6, ts_val).wnd(500));
  counted(Outcome::Processed);
  state(State::Established);
  events("Accepted");
  sends_nothing();
  EXPECT_EQ(tcb().smss, 1440) << "1452, rounded down to the table";
  EXPECT_EQ(tcb().snd_wscale, 7);
  EXPECT_EQ(tcb().rcv_wscale, 7);
  EXPECT_EQ(tcb().snd_wnd, 64'000u);
  EXPECT_TRUE(tcb().has(kSackPermitted));
  EXPECT_TRUE(tcb().has(kTimestamps));
  EXPECT_EQ(tcb().ts_recent, 6u);
  EXPECT_EQ(tcb().rtt.srtt_us, 0u) << "the echo's low bits are options";
  EXPECT_EQ(tcb().listener, 0);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 1u);
  EXPECT_EQ(count.passive_opens.get(), 1u);
  EXPECT_EQ(listeners[0].connections, 1u);
  EXPECT_EQ(wheel.pending(), 0u);
}

/// All of a Tcb that does not depend on the two ISNs.
std::vector<std::uint64_t> contents(const Tcb& tcb, SeqNum irs) {
  const SeqNum iss = tcb.iss;
  return {tcb.rcv_nxt - irs,
          tcb.rcv_adv - irs,
          tcb.snd_una - iss,
          tcb.snd_nxt - iss,
          tcb.snd_wnd,
          tcb.snd_wl1 - irs,
          tcb.snd_wl2 - iss,
          tcb.max_snd_wnd,
          static_cast<std::uint64_t>(tcb.state),
          tcb.owed,
          tcb.snd_wscale,
          tcb.rcv_wscale,
          tcb.flags,
          tcb.smss,
          tcb.rmss,
          tcb.rexmit_at,
          tcb.delayed_ack_at,
          tcb.user_at,
          tcb.rtt.srtt_us,
          tcb.rtt.rttvar_us,
          tcb.rtt.backoff,
          static_cast<std::uint64_t>(tcb.phase),
          tcb.cwnd,
          tcb.sender,
          tcb.ts_recent,
          tcb.ts_recent_at_s,
          tcb.ts_offset,
          tcb.last_ack_sent - irs,
          tcb.hop_limit,
          tcb.dscp,
          tcb.rare != base::kNoIndex,
          tcb.pending_events,
          tcb.listener,
          tcb.rcv_queue.bytes(),
          tcb.rcv_buffer,
          tcb.snd_buffer};
}

TEST_F(Cookies, TheConnectionEqualsThatOfTheSynCache) {
  given_cookies(SynCookies::Cache,
                {.no_delay = true, .keepalive = {.on = true}, .dscp = 46, .hop_limit = 9, .mss_clamp = 1400});
  const std::vector<Seg> syns = {
      seg().seq(0).syn().no_ack().mss(1460).wscale(7).sack_ok().ts(5),
      seg().seq(0).syn().no_ack().mss(1220).wscale(0).ts(5),
      seg().seq(0).syn().no_ack().mss(1360).wscale(14).sack_ok().ts(5),
      seg().seq(0).syn().no_ack().mss(536).ts(5),
      seg().seq(0).syn().no_ack().ts(5).sack_ok(),
      seg().seq(0).syn().no_ack().mss(1360),
      seg().seq(0).syn().no_ack(),
  };
  for (const Seg& syn : syns) {
    std::vector<std::uint64_t> made[2];
    for (const SynCookies mode : {SynCookies::Cache, SynCookies::Always}) {
      listeners[0].options.syn_cookies = mode;
      arrives(syn);
      const SeqNum iss = take_sent().at(0).header.seq;
      set_iss(iss);
      // No echo in the cached handshake: the RTT sample is what a cookie cannot have.
      expect_cookie(syn);
      set_iss(iss);
      Seg ack = seg().seq(1).ack(1).data(100).wnd(1000);
      if (syn.options.has_timestamps) ack.ts(6, mode == SynCookies::Always ? ts_val : 0);
      arrives(ack);
      counted(Outcome::Delivered);
      made[mode == SynCookies::Always] = contents(tcb(), rcv(0));
      terminate(tcb(), CloseRule::Aborted, env);
      clear_receive_queue(tcb(), env);
      tell_closed_if_drained(tcb(), env);
      drain();
      EXPECT_EQ(listeners[0].connections, 0u);
      EXPECT_EQ(table.tcbs.used(), 0u);
    }
    EXPECT_EQ(made[0], made[1]);
  }
  EXPECT_EQ(count.syn_cookies_accepted.get(), syns.size());
  EXPECT_EQ(count.passive_opens.get(), 2 * syns.size());
}

TEST_F(Cookies, S02_TextOnTheAckIsDeliveredOnce) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).data(10));
  counted(Outcome::Delivered);
  events("Accepted", "Readable 10");
  arrives(seg().seq(1).ack(1).data(10));
  counted(Outcome::DroppedNotAcceptable);
  no_events();
  app_reads(10);
  EXPECT_EQ(tcb().rcv_queue.bytes(), 0u);
  sends("A seq=1 ack=11");
}

TEST_F(Cookies, TextAndFinOnTheAck) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).data(10).fin());
  counted(Outcome::Delivered);
  state(State::CloseWait);
  events("Accepted", "Readable 10", "PeerClosed");
  app_reads(10);
  sends("A seq=1 ack=12");
}

TEST_F(Cookies, S05_DataMakesUpForTheLostAck) {
  given_cookies();
  given_cookie(linux_syn());
  elapse(seconds{30});
  arrives(seg().seq(1).ack(1).ts(30'006, ts_val).data(10));
  counted(Outcome::Delivered);
  events("Accepted", "Readable 10");
  drain();
}

TEST_F(Cookies, AnswersOfOneSynAgreeWithinAPeriod) {
  given_cookies();
  given_cookie(plain_syn());
  elapse(seconds{3});
  arrives(plain_syn());
  sends("SA seq=0 ack=1 mss=1460");
  EXPECT_EQ(count.syn_cookies_sent.get(), 2u);
}

TEST_F(Cookies, AWrongAckIsAnsweredByResetAsForNobody) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(2));
  counted(Outcome::AnsweredReset);
  arrives(seg().seq(2).ack(1));
  counted(Outcome::AnsweredReset);
  arrives(seg().seq(1).ack(1).ts(6, 7));  // timestamps that were not offered
  counted(Outcome::AnsweredReset);
  sends("R seq=2 win=0", "R seq=1 win=0", "R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 3u);
  ++key.remote_port;
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 4u);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 0u);
  nothing_left();
}

TEST_F(Cookies, ResetsAndSynAcksBringNothingBack) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).rst());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
  arrives(seg().seq(1).ack(1).syn());
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(table.tcbs.used(), 0u);
}

TEST_F(Cookies, AnAckAfterTwoPeriodsComesTooLate) {
  given_cookies();
  given_cookie(plain_syn());  // at 1000 s: 40 s into a period
  elapse(seconds{24} + kCookiePeriod);
  arrives(plain_syn());  // cookies are still about
  drain();
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 1u);
}

TEST_F(Cookies, AnAckJustBeforeThatIsTaken) {
  given_cookies();
  given_cookie(plain_syn());
  elapse(seconds{24} + kCookiePeriod - milliseconds{1});
  arrives(seg().seq(1).ack(1));
  counted(Outcome::Processed);
  events("Accepted");
}

TEST_F(Cookies, InQuietTimesNoCookieIsBelieved) {
  // What somebody who knew the secret would send: right in every bit, and yet no listener has sent it.
  given_cookies();
  expect_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 0u);
  given_cookie(plain_syn());
  elapse(kCookieLifetime + nanoseconds{1});
  expect_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 0u);
  EXPECT_EQ(table.tcbs.used(), 0u);
}

TEST_F(Cookies, LatelyIsACookiesLifetime) {
  given_cookies();
  given_cookie(plain_syn());
  elapse(kCookieLifetime);
  expect_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::Processed);
}

TEST_F(Cookies, ACookieThatFoundNoRoomWasNotSent) {
  given_cookies();
  empty_pool(control_pool());
  expect_cookie(plain_syn());
  arrives(plain_syn());
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(count.syn_cookies_sent.get(), 0u);
  EXPECT_EQ(count.replies_dropped.get(), 1u);
  EXPECT_FALSE(listeners[0].cookie_sent_at.has_value());
  give_back();
}

TEST_F(Cookies, S09_AutoSendsThemFromTheWatermarkOn) {
  given_cookies(SynCookies::Auto);
  for (int i = 0; i < 10; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(Outcome::AnsweredSyn);
  }
  EXPECT_EQ(listeners[0].half_open, 6u);  // 75 % of 8
  EXPECT_EQ(count.syn_cookies_sent.get(), 4u);
  drain();
  for (int i = 0; i < 6; ++i) elapse(seconds{64});  // the entries expire
  drain();
  ++key.remote_port;
  arrives(plain_syn());
  EXPECT_EQ(listeners[0].half_open, 1u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 4u);
  drain();
}

TEST_F(Cookies, S09_AutoLooksAtTheShardsCacheToo) {
  given_cookies(SynCookies::Auto);
  listeners[0].options.half_open_limit = 1000;
  for (std::uint32_t i = 0; i < limits.half_open; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(Outcome::AnsweredSyn);
  }
  EXPECT_EQ(table.half_opens.used(), 6u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 2u);
  drain();
}

TEST_F(Cookies, TheWatermarkReachesFromNoneToAll) {
  given_cookies(SynCookies::Auto);
  listeners[0].options.cookie_watermark = 0;
  arrives(plain_syn());
  EXPECT_EQ(count.syn_cookies_sent.get(), 1u);
  listeners[0].options.cookie_watermark = 100;
  for (int i = 0; i < 9; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(Outcome::AnsweredSyn);
  }
  EXPECT_EQ(listeners[0].half_open, 8u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 2u);
  drain();
}

TEST_F(Cookies, S09_WithoutThemAFullCacheDropsTheSyn) {
  given_cookies(SynCookies::Cache);
  for (int i = 0; i < 10; ++i) {
    ++key.remote_port;
    arrives(plain_syn());
    counted(i < 8 ? Outcome::AnsweredSyn : Outcome::DroppedTableFull);
  }
  EXPECT_EQ(count.syn_cache_full.get(), 2u);
  EXPECT_EQ(count.syn_cookies_sent.get(), 0u);
  drain();
}

TEST_F(Cookies, TheAckOfACookieWinsOverAnEntryOfTheSameSyn) {
  given_cookies();
  given_cookie(linux_syn());
  // The SYN comes again, when the cache has room.
  listeners[0].options.syn_cookies = SynCookies::Cache;
  arrives(linux_syn());
  ASSERT_EQ(table.half_opens.used(), 1u);
  drain();
  arrives(seg().seq(1).ack(1).ts(6, ts_val).data(3));
  counted(Outcome::Delivered);
  state(State::Established);
  events("Accepted", "Readable 3");
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 1u);
  drain();
}

TEST_F(Cookies, S04_AnOldSynLeavesNothingBehind) {
  given_cookies();
  expect_cookie(seg().seq(500).syn().no_ack());
  arrives(seg().seq(500).syn().no_ack());
  sends("SA seq=0 ack=501 mss=1460");
  arrives(seg().seq(501).rst().no_ack());  // the opener's answer to it
  counted(Outcome::DroppedRstToNobody);
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::Processed);
  events("Accepted");
}

TEST_F(Cookies, AFullConnectionTableLosesNothing) {
  const flow::FlowKey first = key;
  key.local_port = 1;
  for (std::uint32_t i = 0; i < limits.connections; ++i) {
    ++key.remote_port;
    connect();
  }
  drain();
  key = first;
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).data(5));
  counted(Outcome::DroppedTableFull);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 0u);
  terminate(table.tcbs[0], CloseRule::Aborted, env);
  drain();
  arrives(seg().seq(1).ack(1).data(5));
  counted(Outcome::Delivered);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 1u);
  drain();
}

TEST_F(Cookies, PressureRefusesThemToo) {
  given_cookies();
  env.pressure = Pressure::Syns;
  arrives(plain_syn());
  counted(Outcome::DroppedPressure);
  sends_nothing();
}

TEST_F(Cookies, S11_Ipv6) {
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  given_cookies();
  const Seg syn = seg().seq(0).syn().no_ack().wscale(2).ts(5);
  expect_cookie(syn);
  arrives(syn);
  sends(fmt::format("SA seq=0 ack=1 mss=1440 ws=7 ts={},5", ts_early));
  arrives(seg().seq(1).ack(1).ts(6, ts_val));
  EXPECT_EQ(tcb().smss, 1220);
  events("Accepted");
}

}  // namespace
}  // namespace millrace::tcp::test
