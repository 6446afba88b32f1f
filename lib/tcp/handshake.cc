// What is agreed on by the SYNs, for both sides of it (RFC 9293 3.7.1, 3.10.7.3; RFC 7323 2.2, 3.2; RFC 2018 2). An
// option is used only if both sides sent it. The first RTT sample is the handshake's timestamp, which tells the SYNs
// apart that were sent again (RFC 7323 4.1); without one such a SYN gives none (RFC 6298 3), and an RTO of 3 s (RFC
// 6298 5.7).
#include "tcp/handshake.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/fast_open_client.h"
#include "tcp/fast_open_server.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"
#include "tcp/receive_tuning.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"
#include "tcp/timestamps.h"
#include "tcp/user_calls.h"

namespace millrace::tcp {
namespace {

/// Below this a peer's MSS only makes us send headers; Linux's floor too.
constexpr std::uint16_t kMinSendMss = 64;

/// What is known of the path from other connections (RFC 1191 6.1) bounds the first segments already.
std::uint16_t path_mtu(const Tcb& tcb, const Env& env) noexcept {
  return env.paths.mtu(tcb.key.remote_address, env.mtu, env.now);
}

/// What was sent behind the SYN,ACK is outstanding; behind a lost one the peer has dropped it.
void pending_established(Tcb& tcb, bool syn_was_lost, Env& env) noexcept {
  end_pending_fast_open(tcb, CloseRule::None, env);
  if (tcb.flight_size() == 0) return;
  if (syn_was_lost) recovery_after_persist(tcb, env);
  start_retransmission_timer(tcb, env);
}

}  // namespace

std::uint16_t fixed_headers(bool v4) noexcept { return v4 ? 40 : 60; }

std::uint16_t announced_mss(bool v4, std::uint16_t mtu) noexcept {
  return static_cast<std::uint16_t>(mtu - fixed_headers(v4));
}

std::uint16_t clamped_mss(bool v4, const UserOptions& options, std::uint16_t mtu) noexcept {
  const std::uint16_t mss = announced_mss(v4, mtu);
  return options.mss_clamp == 0 ? mss : std::clamp(options.mss_clamp, kMinSendMss, mss);
}

std::uint16_t send_mss(bool v4, std::uint16_t peer_mss, std::uint16_t mtu) noexcept {
  const std::uint16_t fallback = v4 ? 536 : 1220;
  const std::uint16_t peer = peer_mss == 0 ? fallback : peer_mss;
  return std::clamp(peer, kMinSendMss, announced_mss(v4, mtu));
}

void prepare(Tcb& tcb, const UserOptions& options, SeqNum iss, std::uint32_t ts_offset, Env& env) noexcept {
  tcb.iss = tcb.snd_una = iss;
  tcb.snd_nxt = iss;
  tcb.rmss = clamped_mss(tcb.is_v4(), options, env.mtu);
  tcb.smss = std::min(send_mss(tcb.is_v4(), 0, path_mtu(tcb, env)), tcb.rmss);
  tcb.ts_offset = ts_offset;
  tcb.rcv_wscale = window_shift(largest_receive_buffer(options.receive_buffer, env));
  apply_options(tcb, options, env);
  tcb.opened = env.now;
}

void take_peer_syn(Tcb& tcb, SeqNum irs, const wire::TcpOptions& options, Env& env) noexcept {
  // What we promised before (an active opener's SYN announced a window) stays promised, now relative to IRS.
  const std::uint32_t promised = tcb.rcv_wnd();
  tcb.rcv_nxt = irs + 1;
  tcb.rcv_adv = tcb.rcv_nxt + promised;
  tcb.last_ack_sent = tcb.rcv_nxt;
  tcb.smss = std::min(send_mss(tcb.is_v4(), options.mss, path_mtu(tcb, env)), tcb.rmss);
  if (options.has_window_scale) {
    tcb.set(kWindowScaling);
    tcb.snd_wscale = options.window_scale;
  } else {
    tcb.snd_wscale = tcb.rcv_wscale = 0;  // RFC 7323 2.2: both or none
  }
  if (options.sack_permitted) tcb.set(kSackPermitted);
  if (options.has_timestamps) {
    tcb.set(kTimestamps);
    tcb.ts_recent = options.ts_val;
    tcb.ts_recent_at_s = static_cast<std::uint32_t>(to_ns(env.now) / 1'000'000'000);
  }
}

void become_established(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  // RFC 5681 3.1 shrinks the first window when a SYN was lost; RFC 6928 2 recommends not to before it was sent a third
  // time: the first time-out may have been too early, and a short transfer would pay with several round trips.
  const bool syn_was_lost = tcb.rtt.backoff > 0, syn_was_lost_twice = tcb.rtt.backoff > 1;
  const Duration rtt = timestamp_rtt(tcb, seg, env);
  if (rtt.count() >= 0) tcb.rtt.add_sample(rtt);
  tcb.snd_una = tcb.iss + 1;
  tcb.rtt.backoff = 0;
  tcb.snd_wnd = seg.wnd << (seg.ctl.syn() ? 0 : tcb.snd_wscale);
  tcb.max_snd_wnd = std::max(tcb.max_snd_wnd, tcb.snd_wnd);
  tcb.snd_wl1 = seg.seq;
  const bool accepted_before = tcb.has(kFastOpenPending);
  if (!accepted_before) set_window_of(tcb, cc::initial_window(payload_limit(tcb)), env);
  if (syn_was_lost_twice) set_window_of(tcb, payload_limit(tcb), env);
  if (syn_was_lost && rtt.count() < 0) tcb.rtt.note_lost_syn();
  stop_retransmission_timer(tcb, env);
  if (tcb.has(kFastOpen)) fast_open_answered(tcb, seg, env);
  if (accepted_before) pending_established(tcb, syn_was_lost, env);
  set_state(tcb, State::Established, env);
  ecn_established(tcb, seg, env);
  restart_keepalive(tcb, env);
  restart_receive_timeout(tcb, env);
  if (!accepted_before) tell(tcb, tcb.has(kActiveOpen) ? EventKind::Connected : EventKind::Accepted, env);
  if (tcb.has(kFinQueued)) set_state(tcb, State::FinWait1, env);
  owe(tcb, kOweData, env);
}

wire::TcpOptions syn_options(const Tcb& tcb, bool answer, const Env& env) noexcept {
  wire::TcpOptions options;
  options.mss = tcb.rmss;
  options.sack_permitted = !answer || tcb.has(kSackPermitted);
  options.has_timestamps = !answer || tcb.has(kTimestamps);
  options.ts_val = timestamp_clock(env.now) + tcb.ts_offset;
  options.ts_ecr = tcb.ts_recent;
  options.has_window_scale = !answer || tcb.has(kWindowScaling);
  options.window_scale = tcb.rcv_wscale;
  return options;
}

}  // namespace millrace::tcp
