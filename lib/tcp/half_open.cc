// Passive SYN-RECEIVED without a Tcb (RFC 9293 3.10.7.4): half-open connections keep 64 bytes, answer again with
// back-off, and believe an RST only at RCV.NXT (RFC 5961 3). Acceptability uses the window of the SYN,ACK.
#include <algorithm>

#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/listen.h"
#include "tcp/passive_open.h"
#include "tcp/reply.h"
#include "tcp/segment_arrives.h"

namespace millrace::tcp {
namespace {

/// The SYN came again: so does the SYN,ACK.
Outcome same_syn_arrives(std::uint32_t index, const Segment& seg, Env& env) noexcept {
  HalfOpen& half = env.table.half_opens[index];
  if (!ecn_take_same_syn(half, seg, env.listeners[half.listener].options, env)) {
    reply_reset(seg, env);
    end_half_open(index, CloseRule::HalfOpenSyn, env);
    return Outcome::AnsweredReset;
  }
  send_syn_ack(half, ts_now(half, env), env);
  return Outcome::AnsweredSyn;
}

/// An ACK that says where we stand (RFC 9293 3.10.7.4 first, RFC 5961 3).
void send_ack(const HalfOpen& half, Env& env) noexcept {
  wire::TcpHeader header;
  header.seq = half.iss + 1;
  header.ack = half.irs + 1;
  header.ctl.bits = Ctl::kAck;
  header.window = first_window(half, env);
  header.options.has_timestamps = half.timestamps;
  header.options.ts_val = ts_now(half, env);
  header.options.ts_ecr = half.ts_recent;
  ecn_put_ack(half, header);
  reply_to(half, header, env);
}

/// How long after the first SYN,ACK the one sent again `retries` times has its answer due: the RTO doubles (RFC 6298
/// 5.5).
Duration due_after(std::uint8_t retries, const TcpConfig& config) noexcept {
  return config.initial_rto * ((std::int64_t{2} << retries) - 1);
}

void arm(std::uint32_t index, Env& env) noexcept {
  const std::uint8_t retries = env.table.half_opens[index].retries;
  const Duration waited = retries == 0 ? Duration{0} : due_after(retries - 1, env.config);
  const Duration due = std::min(due_after(retries, env.config), env.config.half_open_timeout);
  env.timers.arm(timer::TimerId::make(kKindHalfOpen, index), env.now + (due - waited));
}

/// What the entry, or a cookie in its place, would become finds no room: the entry stays, unless an RST was sent.
std::optional<Outcome> refuse(std::uint32_t index, const HalfOpen& half, const Segment& seg, Env& env) noexcept {
  const auto refused = refuse_without_room(half, seg, env);
  if (refused == Outcome::AnsweredReset) end_half_open(index, CloseRule::HalfOpenRefused, env);
  return refused;
}

/// The entry, whose key is no longer its own, goes.
void give_back(std::uint32_t index, Env& env) noexcept {
  env.timers.cancel(timer::TimerId::make(kKindHalfOpen, index));
  --env.listeners[env.table.half_opens[index].listener].half_open;
  env.table.half_opens.give_back(index);
}

/// The connection takes the entry's place in the flow table.
Outcome promote(std::uint32_t index, Segment& seg, Env& env) noexcept {
  const HalfOpen& half = env.table.half_opens[index];
  if (const auto refused = refuse(index, half, seg, env)) return *refused;
  Tcb* const tcb = make_connection(half, env, make_ref(kKindHalfOpen, index));
  if (tcb == nullptr) return Outcome::DroppedTableFull;
  give_back(index, env);
  return segment_arrives(*tcb, seg, env);
}

/// The ACK is not of our SYN. A cookie may have been sent for an earlier copy of the peer's.
Outcome take_other_ack(std::uint32_t index, Segment& seg, Env& env) noexcept {
  const auto cookie = half_open_of_cookie(env.table.half_opens[index].listener, seg, env);
  if (!cookie) {
    reply_reset(seg, env);
    return Outcome::DroppedBadHandshake;
  }
  if (const auto refused = refuse(index, *cookie, seg, env)) return *refused;
  drop_half_open(index, env);
  return establish_by_cookie(*cookie, seg, env);
}

/// Whether an ACK may go to a segment that carries nothing: some for each SYN,ACK, within the shard's limit for entries
/// (RFC 5961 7). Two ends that are confused about each other must not answer each other for ever.
bool may_answer(HalfOpen& half, Env& env) noexcept {
  constexpr std::uint8_t kMostAnswers = 4;
  if (half.answers == kMostAnswers ||
      !env.entry_limit.take(env.now, env.config.challenge_acks_per_second, env.random)) {
    ++env.count.challenge_acks_limited;
    return false;
  }
  ++half.answers;
  return true;
}

void challenge(HalfOpen& half, Env& env) noexcept {
  if (!may_answer(half, env)) return;
  ++env.count.challenge_acks;
  send_ack(half, env);
}

/// RFC 9293 3.10.7.4, table 6, where the window is never zero.
bool acceptable(const HalfOpen& half, const Segment& seg, Env& env) noexcept {
  const std::uint32_t wnd = std::max<std::uint32_t>(first_window(half, env), 1);
  const std::uint32_t len = seg.seg_len();
  return wire::in_window(seg.seq, half.irs + 1, wnd) ||
         (len > 0 && wire::in_window(seg.seq + (len - 1), half.irs + 1, wnd));
}

void answer_unacceptable(HalfOpen& half, const Segment& seg, Env& env) noexcept {
  if (seg.ctl.rst()) return;
  if (seg.len > 0 || seg.ctl.fin() || may_answer(half, env)) send_ack(half, env);
}

bool has_old_timestamp(const HalfOpen& half, const Segment& seg) noexcept {
  return static_cast<std::int32_t>(seg.options.ts_val - half.ts_recent) < 0;
}

}  // namespace

void start_half_open(std::uint32_t index, Env& env) noexcept {
  HalfOpen& half = env.table.half_opens[index];
  half.answers = 0;
  send_syn_ack(half, ts_now(half, env), env);
  arm(index, env);
}

Outcome half_open_arrives(std::uint32_t index, Segment& seg, Env& env) noexcept {
  HalfOpen& half = env.table.half_opens[index];
  const bool same_syn = seg.ctl.syn() && !seg.ctl.ack() && !seg.ctl.rst() && seg.seq == half.irs;
  if (same_syn) return same_syn_arrives(index, seg, env);
  if (!acceptable(half, seg, env)) {
    answer_unacceptable(half, seg, env);
    return Outcome::DroppedNotAcceptable;
  }
  if (seg.ctl.rst()) {
    if (seg.seq != half.irs + 1) {
      challenge(half, env);
      return Outcome::AnsweredChallenge;
    }
    ++env.count.resets_received;
    end_half_open(index, CloseRule::HalfOpenReset, env);  // back to LISTEN; the user need not be informed
    return Outcome::Processed;
  }
  if (seg.ctl.syn()) {
    end_half_open(index, CloseRule::HalfOpenSyn, env);  // passive OPEN: back to LISTEN
    return Outcome::Processed;
  }
  if (!seg.ctl.ack()) return Outcome::DroppedNoAck;
  // What the connection would drop (RFC 7323 3.2, 5.3) must not make one: in SYN-RECEIVED no timer would end it.
  if (half.timestamps && !seg.options.has_timestamps) return Outcome::DroppedNoTimestamp;
  if (half.timestamps && has_old_timestamp(half, seg)) {
    answer_unacceptable(half, seg, env);
    return Outcome::DroppedPaws;
  }
  if (seg.ack != half.iss + 1) return take_other_ack(index, seg, env);
  return promote(index, seg, env);
}

void on_half_open_timer(std::uint32_t index, Env& env) noexcept {
  HalfOpen& half = env.table.half_opens[index];
  const bool out_of_time = due_after(half.retries, env.config) >= env.config.half_open_timeout;
  if (out_of_time || half.retries >= env.config.syn_ack_retries) {
    ++env.count.half_open_expired;
    end_half_open(index, CloseRule::HalfOpenExpired, env);
    return;
  }
  ++half.retries;
  start_half_open(index, env);
}

void end_half_open(std::uint32_t index, CloseRule rule, Env& env) noexcept {
  ++env.count.closed[static_cast<std::size_t>(rule)];
  env.table.closed_half_opens.record([&] {
    return Closed{.key = env.table.half_opens[index].key,
                  .opened = env.now,
                  .closed = env.now,
                  .rule = rule,
                  .state = State::SynReceived};
  });
  drop_half_open(index, env);
}

void drop_half_open(std::uint32_t index, Env& env) noexcept {
  env.table.flows.erase(env.table.half_opens[index].key, make_ref(kKindHalfOpen, index));
  give_back(index, env);
}

}  // namespace millrace::tcp
