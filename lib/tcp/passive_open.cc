// Memory is taken for a connection only when the handshake's ACK has come, save for Fast Open. If there is none then,
// or the listener has its number of connections, nothing is lost: the peer's next segment tries again.
#include "tcp/passive_open.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/fast_open_cookie.h"
#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"
#include "tcp/receive_tuning.h"
#include "tcp/reply.h"
#include "tcp/segment_arrives.h"
#include "tcp/syn_cookie.h"

namespace millrace::tcp {
namespace {

bool is_v4(const flow::FlowKey& key) noexcept { return wire::IpAddress{key.remote_address}.is_v4(); }

std::uint16_t our_mss(const HalfOpen& half, const Env& env) noexcept {
  return clamped_mss(is_v4(half.key), env.listeners[half.listener].options, env.mtu);
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

}  // namespace

HalfOpen half_open_of(std::uint16_t listener, const flow::FlowKey& key, SeqNum irs, const wire::TcpOptions& options,
                      const Env& env) noexcept {
  HalfOpen half;
  half.key = key;
  half.listener = listener;
  half.irs = irs;
  half.peer_mss = options.mss;
  half.window_scaling = options.has_window_scale;
  half.peer_wscale = options.window_scale;
  half.sack_permitted = options.sack_permitted;
  half.timestamps = options.has_timestamps;
  half.ts_recent = options.ts_val;
  if (half.timestamps) half.ts_offset = timestamp_offset(key, env.config.isn_secret);
  return half;
}

std::uint16_t first_window(const HalfOpen& half, const Env& env) noexcept {
  const std::uint16_t rmss = our_mss(half, env);
  const std::uint64_t cost = std::max<std::uint64_t>(env.data.packet_truesize(), rmss);
  const std::uint32_t buffer = first_receive_buffer(env.listeners[half.listener].options.receive_buffer, env);
  constexpr std::uint16_t kMost = 0xffff;  // which most buffers have room for: then nothing has to be divided
  const std::uint64_t text = std::uint64_t{buffer} * rmss;
  return text >= cost * kMost ? kMost : static_cast<std::uint16_t>(text / cost);
}

bool reply_to(const HalfOpen& half, wire::TcpHeader& header, Env& env) noexcept {
  const ListenOptions& options = env.listeners[half.listener].options;
  return reply(half.key, header, {options.dscp, options.hop_limit}, env);
}

std::uint32_t ts_now(const HalfOpen& half, const Env& env) noexcept {
  return timestamp_clock(env.now) + half.ts_offset;
}

bool send_syn_ack(const HalfOpen& half, std::uint32_t ts_val, Env& env) noexcept {
  wire::TcpHeader header;
  header.seq = half.iss;
  header.ack = half.irs + 1;
  header.ctl.bits = Ctl::kSyn | Ctl::kAck;
  header.window = first_window(half, env);
  header.options.mss = our_mss(half, env);
  header.options.sack_permitted = half.sack_permitted;
  header.options.has_window_scale = half.window_scaling;
  header.options.window_scale =
      window_shift(largest_receive_buffer(env.listeners[half.listener].options.receive_buffer, env));
  header.options.has_timestamps = half.timestamps;
  header.options.ts_val = ts_val;
  header.options.ts_ecr = half.ts_recent;
  if (half.wants_cookie && half.retries == 0) {
    header.options.has_fast_open = true;
    header.options.fast_open = make_fast_open_cookie(half.key.remote_address, env.now, env.config.cookie_secret);
    ++env.count.fast_open_cookies_sent;
  }
  ecn_put_syn_ack(half, header);
  return reply_to(half, header, env);
}

std::optional<Outcome> refuse_without_room(const HalfOpen& half, const Segment& seg, Env& env) noexcept {
  if (env.listeners[half.listener].full()) return refuse_when_full(half.listener, seg, env);
  if (env.table.tcbs.used() == env.table.tcbs.capacity()) return Outcome::DroppedTableFull;
  return std::nullopt;
}

Outcome refuse_when_full(std::uint16_t listener, const Segment& seg, Env& env) noexcept {
  ++env.count.listener_full;
  if (env.listeners[listener].options.when_full == Verdict::Drop) return Outcome::DroppedListenerFull;
  return closed_arrives(seg, env);
}

Tcb* make_connection(const HalfOpen& half, Env& env, flow::FlowRef in_place_of) noexcept {
  const std::uint32_t index = env.table.add_tcb(half.key, in_place_of);
  if (index == base::kNoIndex) return nullptr;
  Tcb& tcb = env.table.tcbs[index];
  Listener& listener = env.listeners[half.listener];
  ++listener.connections;
  if (listener.options.backlog) ++listener.waiting;
  tcb.listener = half.listener;
  prepare(tcb, listener.options, half.iss, half.ts_offset, env);
  tcb.snd_nxt = half.iss + 1;
  tcb.rcv_adv = tcb.rcv_nxt + first_window(half, env);
  tcb.rtt.backoff = half.retries;
  take_peer_syn(tcb, half.irs, peer_options(half), env);
  ecn_establish(tcb, half, env);
  set_state(tcb, State::SynReceived, env);
  ++env.count.passive_opens;
  return &tcb;
}

std::optional<HalfOpen> half_open_of_cookie(std::uint16_t listener, const Segment& seg, Env& env) noexcept {
  if (!seg.ctl.ack() || seg.ctl.syn() || seg.ctl.rst()) return std::nullopt;
  // In quiet times there is no cookie to guess.
  const std::optional<Time>& sent_at = env.listeners[listener].cookie_sent_at;
  if (!sent_at || env.now - *sent_at > kCookieLifetime) return std::nullopt;
  const SeqNum irs = seg.seq - 1, iss = seg.ack - 1;
  const auto options = read_cookie(seg.key, irs, iss, seg.options, env.now, env.config.cookie_secret);
  if (!options) {
    ++env.count.syn_cookies_rejected;
    return std::nullopt;
  }
  HalfOpen half = half_open_of(listener, seg.key, irs, *options, env);
  half.iss = iss;
  ecn_take_cookie_ack(half, seg, env.listeners[listener].options, env);
  return half;
}

Outcome establish_by_cookie(const HalfOpen& half, Segment& seg, Env& env) noexcept {
  ++env.count.syn_cookies_accepted;
  seg.options.ts_ecr = 0;  // its low bits were options: no measure of the RTT
  Tcb* const tcb = make_connection(half, env);
  return tcb == nullptr ? Outcome::DroppedTableFull : segment_arrives(*tcb, seg, env);
}

}  // namespace millrace::tcp
