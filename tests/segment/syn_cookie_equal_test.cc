// The connection that a SYN cookie makes is the one that the SYN cache makes.
#include "syn_cookie_bed.h"
#include "tcp/close.h"
#include "tcp/receive_queue.h"

namespace millrace::tcp::test {
namespace {

/// All of a Tcb that does not depend on the two ISNs.
std::vector<std::uint64_t> contents(const Tcb& tcb, SeqNum irs) {
  const SeqNum iss = tcb.iss;
  return {tcb.rcv_nxt - irs,
          tcb.rcv_adv - irs,
          tcb.snd_una - iss,
          tcb.snd_nxt - iss,
          tcb.snd_wnd,
          tcb.snd_wl1 - irs,
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
          tcb.sender_or_cwnd,
          tcb.has_sender,
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

}  // namespace
}  // namespace millrace::tcp::test
