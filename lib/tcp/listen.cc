// LISTEN (RFC 9293 3.10.7.2). First the listener's policy, which sees every segment that belongs to no connection; then
// a SYN makes an entry of the SYN cache or, above the watermark, is answered by a cookie; and an ACK may bring such a
// cookie back.
#include "tcp/listen.h"

#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/fast_open_server.h"
#include "tcp/isn.h"
#include "tcp/passive_open.h"
#include "tcp/reply.h"
#include "tcp/segment_arrives.h"
#include "tcp/syn_cookie.h"
#include "tcp/time_wait.h"

namespace millrace::tcp {
namespace {

Outcome refuse_by_policy(Verdict verdict, const Segment& seg, Env& env) noexcept {
  if (verdict == Verdict::Drop) return Outcome::DroppedByPolicy;
  ++env.count.syn_rejected_by_policy;
  return closed_arrives(seg, env);
}

bool at_watermark(std::uint32_t used, std::uint32_t limit, std::uint8_t percent) noexcept {
  return std::uint64_t{used} * 100 >= std::uint64_t{limit} * percent;
}

bool wants_cookie(const Listener& listener, const Env& env) noexcept {
  const ListenOptions& options = listener.options;
  if (options.syn_cookies != SynCookies::Auto) return options.syn_cookies == SynCookies::Always;
  const auto& cache = env.table.half_opens;
  return at_watermark(listener.half_open, options.half_open_limit, options.cookie_watermark) ||
         at_watermark(cache.used(), cache.capacity(), options.cookie_watermark);
}

/// The TIME-WAIT entry in whose place a SYN was accepted is over. Whatever refuses the SYN leaves it as it is.
void end_last_incarnation(std::uint32_t time_wait, Env& env) noexcept {
  if (time_wait != base::kNoIndex) end_time_wait(time_wait, env);
}

Outcome answer_by_cookie(std::uint16_t number, const Segment& seg, std::uint32_t time_wait, Env& env) noexcept {
  const wire::TcpOptions kept = kept_by_cookie(seg.options, wire::IpAddress{seg.key.remote_address}.is_v4());
  HalfOpen half = half_open_of(number, seg.key, seg.seq, kept, env);
  ecn_take_first_syn(half, seg, env.listeners[number].options, env);
  ecn_fit_cookie(half);
  half.iss = make_cookie(seg.key, seg.seq, kept, env.now, env.config.cookie_secret);
  if (!send_syn_ack(half, cookie_timestamp(ts_now(half, env), kept), env)) return Outcome::AnsweredSyn;
  end_last_incarnation(time_wait, env);
  env.listeners[number].cookie_sent_at = env.now;
  ++env.count.syn_cookies_sent;
  return Outcome::AnsweredSyn;
}

Outcome no_room_in_cache(Env& env) noexcept {
  ++env.count.syn_cache_full;
  return Outcome::DroppedTableFull;
}

SeqNum isn_of(const flow::FlowKey& key, std::uint32_t time_wait, const Env& env) noexcept {
  const base::SipKey& secret = env.config.isn_secret;
  return time_wait == base::kNoIndex
             ? initial_sequence_number(key, env.now, secret)
             : initial_sequence_number_after(key, env.now, secret, env.table.time_waits[time_wait].snd_nxt);
}

Outcome take_into_cache(std::uint16_t number, const Segment& seg, std::uint32_t time_wait, bool wants_cookie,
                        Env& env) noexcept {
  Listener& listener = env.listeners[number];
  if (listener.half_open >= listener.options.half_open_limit) return no_room_in_cache(env);
  const std::uint32_t index = env.table.half_opens.take(half_open_of(number, seg.key, seg.seq, seg.options, env));
  if (index == base::kNoIndex) return no_room_in_cache(env);
  HalfOpen& half = env.table.half_opens[index];
  half.iss = isn_of(seg.key, time_wait, env);
  half.wants_cookie = wants_cookie;
  ecn_take_first_syn(half, seg, listener.options, env);
  end_last_incarnation(time_wait, env);
  if (!env.table.flows.insert(half.key, make_ref(kKindHalfOpen, index))) {
    env.table.half_opens.give_back(index);
    return no_room_in_cache(env);
  }
  ++listener.half_open;
  start_half_open(index, env);
  return Outcome::AnsweredSyn;
}

Outcome accept_at_once(std::uint16_t number, Segment& seg, std::uint32_t time_wait, bool renew, Env& env) noexcept {
  const SeqNum iss = isn_of(seg.key, time_wait, env);
  end_last_incarnation(time_wait, env);
  return accept_fast_open(number, seg, iss, renew, env);
}

/// Text on a SYN is kept with a cookie of Fast Open only; else the peer sends it again, as the SYN,ACK does not cover
/// it.
Outcome take_syn(std::uint16_t number, Segment& seg, std::uint32_t time_wait, Env& env) noexcept {
  const Listener& listener = env.listeners[number];
  if (env.pressure >= Pressure::Syns) return Outcome::DroppedPressure;
  if (listener.full()) return refuse_when_full(number, seg, env);
  if (wants_cookie(listener, env)) return answer_by_cookie(number, seg, time_wait, env);
  switch (judge_fast_open(number, seg, env)) {
    case FastOpenVerdict::Accept:
      return accept_at_once(number, seg, time_wait, false, env);
    case FastOpenVerdict::AcceptAndRenew:
      return accept_at_once(number, seg, time_wait, true, env);
    case FastOpenVerdict::GiveCookie:
      return take_into_cache(number, seg, time_wait, true, env);
    case FastOpenVerdict::None:
      break;
  }
  return take_into_cache(number, seg, time_wait, false, env);
}

/// "Any acknowledgment is bad if it arrives on a connection still in the LISTEN state", unless it brings a cookie back.
Outcome take_ack(std::uint16_t number, Segment& seg, Env& env) noexcept {
  const std::optional<HalfOpen> half = half_open_of_cookie(number, seg, env);
  if (!half) {
    reply_reset(seg, env);
    return Outcome::AnsweredReset;
  }
  if (const auto refused = refuse_without_room(*half, seg, env)) return *refused;
  return establish_by_cookie(*half, seg, env);
}

}  // namespace

Outcome listen_arrives(std::uint16_t number, Segment& seg, Env& env, std::uint32_t time_wait) noexcept {
  if (seg.options.malformed) ++env.count.malformed_options;
  if (seg.ctl.rst()) return Outcome::DroppedRstToNobody;  // first
  const Verdict verdict = env.listeners[number].options.access.verdict(wire::IpAddress{seg.key.remote_address});
  if (verdict != Verdict::Accept) return refuse_by_policy(verdict, seg, env);
  if (seg.ctl.ack()) return take_ack(number, seg, env);  // second
  if (!seg.ctl.syn()) return Outcome::DroppedNoAck;      // fourth: "should not be reached; drop the segment"
  return take_syn(number, seg, time_wait, env);          // third
}

}  // namespace millrace::tcp
