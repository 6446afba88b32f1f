// What a pending connection costs is a whole Tcb, so everything that is short comes first: places, table, packets. A
// SYN that finds it short goes through the SYN cache, and its text is sent again by the client. A FIN on a SYN waits
// for that too: it is not acknowledged.
#include "tcp/fast_open_server.h"

#include "tcp/close.h"
#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/fast_open_cookie.h"
#include "tcp/passive_open.h"
#include "tcp/recovery.h"
#include "tcp/segment_arrives.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"
#include "tcp/urgent.h"

namespace millrace::tcp {
namespace {

bool has_room(const Listener& listener, const Env& env) noexcept {
  return listener.fast_opens.has_room(listener.options.fast_open, env.now) && env.pressure == Pressure::None &&
         env.table.tcbs.used() < env.table.tcbs.capacity();
}

/// What may be sent before the handshake is complete: the window of the SYN, which is not scaled, and the initial one
/// (RFC 7413 4.2.2).
void open_window(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  tcb.snd_wnd = tcb.max_snd_wnd = seg.wnd;
  tcb.snd_wl1 = seg.seq;
  set_window_of(tcb, cc::initial_window(payload_limit(tcb)), env);
}

/// RFC 9293 3.10.7.2: "any other control or text-bearing segment" is processed beyond the SYN.
Outcome take_text(Tcb& tcb, Segment& seg, Env& env) noexcept {
  Outcome outcome = Outcome::AnsweredSyn;
  seg.seq += 1;
  seg.up -= 1;
  seg.ctl.bits &= static_cast<std::uint8_t>(~(Ctl::kSyn | Ctl::kFin));
  if (seg.len == 0) return outcome;
  check_urg(tcb, seg, env);
  if (check_sequence(tcb, seg, env, outcome) == Step::Done) return outcome;
  (void)process_text(tcb, seg, env, outcome);
  return outcome;
}

}  // namespace

FastOpenVerdict judge_fast_open(std::uint16_t number, const Segment& seg, Env& env) noexcept {
  const Listener& listener = env.listeners[number];
  if (listener.options.fast_open == 0 || !seg.options.has_fast_open) return FastOpenVerdict::None;
  if (seg.options.fast_open.length == 0) return FastOpenVerdict::GiveCookie;
  const CookieAge age =
      judge_fast_open_cookie(seg.options.fast_open, seg.key.remote_address, env.now, env.config.cookie_secret);
  if (age == CookieAge::Wrong) {
    ++env.count.fast_open_cookies_rejected;
    return FastOpenVerdict::GiveCookie;
  }
  if (!has_room(listener, env)) {
    ++env.count.fast_open_no_room;
    return FastOpenVerdict::None;
  }
  return age == CookieAge::Current ? FastOpenVerdict::Accept : FastOpenVerdict::AcceptAndRenew;
}

Outcome accept_fast_open(std::uint16_t number, Segment& seg, SeqNum iss, bool renew, Env& env) noexcept {
  HalfOpen half = half_open_of(number, seg.key, seg.seq, seg.options, env);
  half.iss = iss;
  ecn_take_first_syn(half, seg, env.listeners[number].options, env);
  Tcb* const made = make_connection(half, env);
  if (made == nullptr) return Outcome::DroppedTableFull;
  Tcb& tcb = *made;
  tcb.set(kFastOpenPending);
  env.listeners[number].fast_opens.begin();
  if (renew) env.table.rare_part(tcb).fast_open = FastOpenStep::Renews;
  open_window(tcb, seg, env);
  set_deadline(tcb, &Tcb::user_at, env.now + env.config.half_open_timeout, env);
  owe(tcb, kOweSyn, env);
  tell(tcb, EventKind::Accepted, env);
  ++env.count.fast_open_passive;
  return take_text(tcb, seg, env);
}

bool repeats_fast_open_syn(const Tcb& tcb, const Segment& seg) noexcept {
  if (!tcb.has(kFastOpenPending) || !seg.ctl.syn() || seg.ctl.ack() || seg.ctl.rst()) return false;
  // Nothing but the SYN and its text was received so far.
  return seg.seq + 1 + static_cast<std::uint32_t>(tcb.bytes_in) == tcb.rcv_nxt;
}

void end_pending_fast_open(Tcb& tcb, CloseRule rule, Env& env) noexcept {
  tcb.clear(kFastOpenPending);
  PendingFastOpens& pending = env.listeners[tcb.listener].fast_opens;
  if (rule == CloseRule::ResetByPeer)
    pending.end_by_reset(env.now);
  else
    pending.end();
}

void put_fresh_cookie(const Tcb& tcb, wire::TcpOptions& options, Env& env) noexcept {
  if (!tcb.has(kFastOpenPending) || tcb.rare == base::kNoIndex || tcb.rtt.backoff > 0) return;
  if (env.table.rare_parts[tcb.rare].fast_open != FastOpenStep::Renews) return;
  options.has_fast_open = true;
  options.fast_open = make_fast_open_cookie(tcb.key.remote_address, env.now, env.config.cookie_secret);
  ++env.count.fast_open_cookies_sent;
}

}  // namespace millrace::tcp
