#include "tcp/listen.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"
#include "tcp/reply.h"
#include "tcp/segment_arrives.h"

namespace millrace::tcp {
namespace {

bool is_v4(const flow::FlowKey& key) noexcept { return wire::IpAddress{key.remote_address}.is_v4(); }

/// The window of our SYN,ACK: unscaled, so at most 65535.
std::uint16_t first_window(const Listener& listener, std::uint16_t rmss, const Env& env) noexcept {
  const std::uint64_t cost = std::max<std::uint64_t>(env.data.packet_truesize(), rmss);
  return static_cast<std::uint16_t>(
      std::min<std::uint64_t>(std::uint64_t{listener.options.rcv_buffer} * rmss / cost, 0xffff));
}

void send_syn_ack(const HalfOpen& half, Env& env) noexcept {
  const Listener& listener = env.listeners[half.listener];
  wire::TcpHeader header;
  header.seq = half.iss;
  header.ack = half.irs + 1;
  header.ctl.bits = Ctl::kSyn | Ctl::kAck;
  header.options.mss = announced_mss(is_v4(half.key), env.mtu);
  header.window = first_window(listener, header.options.mss, env);
  header.options.sack_permitted = half.sack_permitted;
  header.options.has_window_scale = half.window_scaling;
  header.options.window_scale = window_shift(listener.options.rcv_buffer);
  header.options.has_timestamps = half.timestamps;
  header.options.ts_val = timestamp_clock(env.now) + timestamp_offset(half.key, env.config.isn_secret);
  header.options.ts_ecr = half.ts_recent;
  reply(half.key, header, env);
}

/// An ACK that says where we stand (RFC 9293 3.10.7.4 first, RFC 5961 3).
void send_ack(const HalfOpen& half, Env& env) noexcept {
  wire::TcpHeader header;
  header.seq = half.iss + 1;
  header.ack = half.irs + 1;
  header.ctl.bits = Ctl::kAck;
  header.window = first_window(env.listeners[half.listener], announced_mss(is_v4(half.key), env.mtu), env);
  header.options.has_timestamps = half.timestamps;
  header.options.ts_val = timestamp_clock(env.now) + timestamp_offset(half.key, env.config.isn_secret);
  header.options.ts_ecr = half.ts_recent;
  reply(half.key, header, env);
}

void arm(std::uint32_t index, Env& env) noexcept {
  const unsigned retries = env.table.half_opens[index].retries;
  env.timers.arm(timer::TimerId::make(kKindHalfOpen, index), env.now + env.config.initial_rto * (1 << retries));
}

void remember_syn(HalfOpen& half, const Segment& seg, Env& env) noexcept {
  half.key = seg.key;
  half.irs = seg.seq;
  half.iss = initial_sequence_number(seg.key, env.now, env.config.isn_secret);
  half.peer_mss = seg.options.mss;
  half.window_scaling = seg.options.has_window_scale;
  half.peer_wscale = seg.options.window_scale;
  half.sack_permitted = seg.options.sack_permitted;
  half.timestamps = seg.options.has_timestamps;
  half.ts_recent = seg.options.ts_val;
}

Outcome take_syn(std::uint16_t number, const Segment& seg, Env& env) noexcept {
  Listener& listener = env.listeners[number];
  if (env.pressure == Pressure::Syns) return Outcome::DroppedPressure;
  if (listener.half_open >= listener.half_open_limit) return Outcome::DroppedTableFull;
  const std::uint32_t index = env.table.half_opens.take();
  if (index == base::kNoIndex) return Outcome::DroppedTableFull;
  HalfOpen& half = env.table.half_opens[index];
  remember_syn(half, seg, env);
  half.listener = number;
  if (!env.table.flows.insert(half.key, make_ref(kKindHalfOpen, index))) {
    env.table.half_opens.give_back(index);
    return Outcome::DroppedTableFull;
  }
  ++listener.half_open;
  send_syn_ack(half, env);
  arm(index, env);
  return Outcome::AnsweredSyn;
}

wire::TcpOptions peer_options(const HalfOpen& half) noexcept {
  wire::TcpOptions options;
  options.mss = half.peer_mss;
  options.has_window_scale = half.window_scaling;
  options.window_scale = half.peer_wscale;
  options.sack_permitted = half.sack_permitted;
  options.has_timestamps = half.timestamps;
  options.ts_val = half.ts_recent;
  return options;
}

/// The handshake's last segment: a Tcb takes the half-open connection's place, in SYN-RECEIVED, and the segment walks
/// on.
Outcome promote(std::uint32_t index, Segment& seg, Env& env) noexcept {
  const HalfOpen half = env.table.half_opens[index];
  const Listener& listener = env.listeners[half.listener];
  if (env.table.tcbs.used() == env.table.tcbs.capacity()) return Outcome::DroppedTableFull;
  drop_half_open(index, env);
  const std::uint32_t tcb_index = env.table.add_tcb(half.key);
  if (tcb_index == base::kNoIndex) return Outcome::DroppedTableFull;
  Tcb& tcb = env.table.tcbs[tcb_index];
  prepare(tcb, listener.options, half.iss, env);
  tcb.listener = half.listener;
  tcb.snd_nxt = half.iss + 1;
  tcb.rcv_adv = tcb.rcv_nxt + first_window(listener, tcb.rmss, env);
  if (half.retries > 0) tcb.rtt.backoff = 1;
  take_peer_syn(tcb, half.irs, peer_options(half), env);
  set_state(tcb, State::SynReceived, env);
  ++env.count.passive_opens;
  return segment_arrives(tcb, seg, env);
}

bool in_first_window(const HalfOpen& half, const Segment& seg, Env& env) noexcept {
  const Listener& listener = env.listeners[half.listener];
  const std::uint16_t window = first_window(listener, announced_mss(is_v4(half.key), env.mtu), env);
  return wire::in_window(seg.seq, half.irs + 1, std::max<std::uint32_t>(window, 1));
}

/// RFC 7323 3.2 and 5.3, before there is a Tcb: one whose first segment is refused would stay in SYN-RECEIVED with
/// nothing to end it.
bool timestamp_refused(const HalfOpen& half, const Segment& seg, Env& env, Outcome& outcome) noexcept {
  if (!half.timestamps) return false;
  if (!seg.options.has_timestamps) {
    outcome = Outcome::DroppedNoTimestamp;
    return true;
  }
  if (static_cast<std::int32_t>(seg.options.ts_val - half.ts_recent) >= 0) return false;
  send_ack(half, env);
  outcome = Outcome::DroppedPaws;
  return true;
}

}  // namespace

Outcome listen_arrives(std::uint16_t listener, Segment& seg, Env& env) noexcept {
  if (seg.options.malformed) ++env.count.malformed_options;
  if (seg.ctl.rst()) return Outcome::DroppedRstToNobody;  // first
  if (seg.ctl.ack()) {                                    // second
    reply_reset(seg, env);
    return Outcome::AnsweredReset;
  }
  if (!seg.ctl.syn()) return Outcome::DroppedNoAck;  // fourth: "should not be reached; drop the segment"
  // Third. Text on a SYN is not kept: the peer sends it again, as the SYN,ACK does not cover it.
  return take_syn(listener, seg, env);
}

Outcome half_open_arrives(std::uint32_t index, Segment& seg, Env& env) noexcept {
  HalfOpen& half = env.table.half_opens[index];
  const bool same_syn = seg.ctl.syn() && !seg.ctl.ack() && !seg.ctl.rst() && seg.seq == half.irs;
  if (same_syn) {
    send_syn_ack(half, env);
    return Outcome::AnsweredSyn;
  }
  if (!in_first_window(half, seg, env)) {
    if (seg.ctl.rst()) return Outcome::DroppedNotAcceptable;
    send_ack(half, env);
    return Outcome::DroppedNotAcceptable;
  }
  if (seg.ctl.rst()) {
    if (seg.seq != half.irs + 1) {
      send_ack(half, env);
      return Outcome::AnsweredChallenge;
    }
    drop_half_open(index, env);  // back to LISTEN; the user need not be informed
    return Outcome::Processed;
  }
  if (seg.ctl.syn()) {
    drop_half_open(index, env);  // passive OPEN: back to LISTEN
    return Outcome::Processed;
  }
  if (!seg.ctl.ack()) return Outcome::DroppedNoAck;
  if (seg.ack != half.iss + 1) {
    reply_reset(seg, env);
    return Outcome::DroppedBadHandshake;
  }
  Outcome outcome = Outcome::Processed;
  if (timestamp_refused(half, seg, env, outcome)) return outcome;
  return promote(index, seg, env);
}

void on_half_open_timer(std::uint32_t index, Env& env) noexcept {
  HalfOpen& half = env.table.half_opens[index];
  if (half.retries >= env.config.syn_ack_retries) {
    ++env.count.half_open_expired;
    drop_half_open(index, env);
    return;
  }
  ++half.retries;
  send_syn_ack(half, env);
  arm(index, env);
}

void drop_half_open(std::uint32_t index, Env& env) noexcept {
  HalfOpen& half = env.table.half_opens[index];
  env.timers.cancel(timer::TimerId::make(kKindHalfOpen, index));
  env.table.flows.erase(half.key, make_ref(kKindHalfOpen, index));
  --env.listeners[half.listener].half_open;
  env.table.half_opens.give_back(index);
}

}  // namespace millrace::tcp
