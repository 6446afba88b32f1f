// Dynamic right-sizing. The RTT of a receiver that sends nothing: with timestamps the age of the echo of our ACK that
// let this segment go (RFC 7323 4.1); without them the time until something arrives from beyond what is promised now,
// which takes an ACK and its answer at least. Either is a minimum that creeps up, so an echo that waited for its
// sender's application does little harm. A timestamp counts milliseconds, but an ACK that left late in one of them
// shows how much shorter the RTT is: within a rack a buffer for a millisecond would be ten times too large, and what
// lies in it would have left every cache before it is read.
#include "tcp/receive_tuning.h"

#include <algorithm>

#include "tcp/buffer_memory.h"
#include "tcp/env.h"
#include "tcp/receive_queue.h"
#include "tcp/timestamps.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kLongestRttUs = 60'000'000;

std::uint32_t now_ticks(const Env& env) noexcept {
  return static_cast<std::uint32_t>(to_ns(env.now) >> timer::kTickShift);
}

std::uint32_t us_since(std::uint32_t ticks, const Env& env) noexcept {
  const std::uint64_t ns = std::uint64_t{now_ticks(env) - ticks} << timer::kTickShift;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(ns / 1000, kLongestRttUs));
}

/// Where the application stands: the first byte that it has not drained.
SeqNum read_position(const Tcb& tcb) noexcept { return tcb.rcv_nxt - tcb.rcv_queue.bytes(); }

bool is_tuned(const Tcb& tcb) noexcept { return (tcb.fixed_buffers & kFixedReceive) == 0; }

std::uint32_t growth_of(const Tcb& tcb, const Env& env) noexcept {
  const std::uint32_t first = env.config.buffers.receive_initial;
  return is_tuned(tcb) && tcb.rcv_buffer > first ? tcb.rcv_buffer - first : 0;
}

ReceiveTuning* tuning_of(const Tcb& tcb, Env& env) noexcept {
  if (!is_tuned(tcb) || tcb.rare == base::kNoIndex) return nullptr;
  ReceiveTuning& tuning = env.table.rare_parts[tcb.rare].tuning;
  return tuning.measuring ? &tuning : nullptr;
}

void begin_measurement(const Tcb& tcb, ReceiveTuning& t, const Env& env) noexcept {
  t.measuring = true;
  t.drained_from = read_position(tcb);
  t.began_at = now_ticks(env);
  t.left_some = !tcb.rcv_queue.empty();
}

void begin_window(const Tcb& tcb, ReceiveTuning& t, const Env& env) noexcept {
  t.window_end = tcb.rcv_adv;
  t.window_began = now_ticks(env);
}

void start(Tcb& tcb, Env& env) noexcept {
  ReceiveTuning& t = env.table.rare_part(tcb).tuning;
  t = {};
  t.drained = tcb.rcv_wnd() / 2;
  begin_measurement(tcb, t, env);
  begin_window(tcb, t, env);
}

/// Down at once, up by a 64th of the way, and no outlier counts for more than twice of what is known.
void take_sample(ReceiveTuning& t, std::uint32_t us) noexcept {
  if (t.rtt_us == 0 || us <= t.rtt_us) {
    t.rtt_us = std::max(us, 1u);
  } else {
    t.rtt_us += std::max((std::min(us, 2 * t.rtt_us) - t.rtt_us) / 64, 1u);
  }
}

void learn_rtt(const Tcb& tcb, ReceiveTuning& t, const Segment& seg, const Env& env) noexcept {
  if (tcb.has(kTimestamps)) {
    // Of the segments with one echo the first is the youngest. A small one may have waited for its sender's
    // application.
    if (seg.len * 2 < tcb.rmss || seg.options.ts_ecr == t.echo) return;
    t.echo = seg.options.ts_ecr;
    const Duration age = echo_age(tcb, seg, env);
    if (age.count() >= 0) take_sample(t, static_cast<std::uint32_t>(std::min<std::int64_t>(to_us(age), kLongestRttUs)));
  } else if (tcb.rcv_nxt > t.window_end) {
    take_sample(t, us_since(t.window_began, env));
    begin_window(tcb, t, env);
  }
}

/// What `payload` bytes in full segments occupy.
std::uint64_t real_memory(const Tcb& tcb, std::uint64_t payload, const Env& env) noexcept {
  return payload * std::max<std::uint64_t>(env.data.packet_truesize(), tcb.rmss) / tcb.rmss;
}

/// Twice of what is drained, more while that still grows from RTT to RTT (slow start); in bytes of real memory.
std::uint64_t wanted_buffer(const Tcb& tcb, std::uint32_t drained, std::uint32_t before, const Env& env) noexcept {
  return real_memory(tcb, 2 * std::uint64_t{drained} + 2 * std::uint64_t{drained - before}, env);
}

void grow(Tcb& tcb, std::uint64_t wanted, Env& env) noexcept {
  wanted = std::min<std::uint64_t>(wanted, env.config.buffers.receive_max);
  if (env.pressure != Pressure::None || wanted <= tcb.rcv_buffer) return;
  const std::uint64_t more = std::min(wanted - tcb.rcv_buffer, receive_growth_left(env));
  tcb.rcv_buffer += static_cast<std::uint32_t>(more);
  env.count.receive_granted.add(more);
}

/// The application is the slower part, and a larger buffer only makes older what it reads: back towards what it needs,
/// by an eighth per RTT, so that one pause costs little. What is promised still fits the budget, which is twice the
/// buffer, beside what is held, also when it comes in half-filled packets.
void shrink(Tcb& tcb, std::uint64_t wanted, Env& env) noexcept {
  const std::uint64_t promised = real_memory(tcb, tcb.rcv_wnd(), env);
  const std::uint64_t bounds[] = {wanted, env.config.buffers.receive_initial, tcb.rcv_buffer - tcb.rcv_buffer / 8,
                                  receive_memory_held(tcb, env) / 2 + promised};
  const std::uint64_t least = std::ranges::max(bounds);
  if (least >= tcb.rcv_buffer) return;
  env.count.receive_granted.sub(tcb.rcv_buffer - least);
  tcb.rcv_buffer = static_cast<std::uint32_t>(least);
}

/// An application that left nothing behind took all that the window let come, however long it was away. One that did
/// leave some is the slower part: it gets what it drains in an RTT.
std::uint32_t drained_per_rtt(const Tcb& tcb, const ReceiveTuning& t, std::uint32_t elapsed_us) noexcept {
  const std::uint32_t drained = read_position(tcb) - t.drained_from;
  if (tcb.rcv_queue.empty()) return drained;
  return static_cast<std::uint32_t>(std::uint64_t{drained} * t.rtt_us / std::max(elapsed_us, 1u));
}

}  // namespace

std::uint32_t first_receive_buffer(std::uint32_t bytes, const Env& env) noexcept {
  return bytes != 0 ? bytes : env.config.buffers.receive_initial;
}

std::uint32_t largest_receive_buffer(std::uint32_t bytes, const Env& env) noexcept {
  return bytes != 0 ? bytes : std::max(env.config.buffers.receive_max, env.config.buffers.receive_initial);
}

void set_receive_buffer(Tcb& tcb, std::uint32_t bytes, Env& env) noexcept {
  const bool tuned_already = is_tuned(tcb) && tcb.rcv_buffer != 0;
  if (bytes == 0 && tuned_already) return;
  give_back_growth(tcb, env);
  if (bytes == 0)
    tcb.fixed_buffers &= static_cast<std::uint8_t>(~kFixedReceive);
  else
    tcb.fixed_buffers |= kFixedReceive;
  tcb.rcv_buffer = first_receive_buffer(bytes, env);
}

void note_received(Tcb& tcb, const Segment& seg, bool bulk, Env& env) noexcept {
  if (ReceiveTuning* t = tuning_of(tcb, env))
    learn_rtt(tcb, *t, seg, env);
  else if (bulk && is_tuned(tcb))
    start(tcb, env);
}

void note_drained(Tcb& tcb, Env& env) noexcept {
  ReceiveTuning* t = tuning_of(tcb, env);
  if (t == nullptr || !tcb.receiving() || t->rtt_us == 0) return;
  if (tcb.rcv_queue.empty()) t->left_some = false;
  const std::uint32_t elapsed_us = us_since(t->began_at, env);
  if (elapsed_us < t->rtt_us) return;
  const std::uint32_t drained = drained_per_rtt(tcb, *t, elapsed_us);
  if (drained > t->drained) {
    grow(tcb, wanted_buffer(tcb, drained, t->drained, env), env);
    t->drained = drained;
  } else if (t->left_some) {
    shrink(tcb, wanted_buffer(tcb, drained, drained, env), env);
    t->drained = drained;
  }
  begin_measurement(tcb, *t, env);
}

void give_back_growth(Tcb& tcb, Env& env) noexcept {
  const std::uint32_t growth = growth_of(tcb, env);
  env.count.receive_granted.sub(growth);
  tcb.rcv_buffer -= growth;
}

}  // namespace millrace::tcp
