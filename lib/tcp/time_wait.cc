// RFC 9293 3.6.1 and 3.10.7.4 for TIME-WAIT, with RFC 1337 (an RST does not end it) and RFC 6191 (a newer SYN does).
// The final ACK leaves at once when the entry is made, because the Tcb that owes it goes.
#include "tcp/time_wait.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/isn.h"
#include "tcp/listen.h"
#include "tcp/receive_queue.h"
#include "tcp/reply.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

/// Entries that end in one turn.
constexpr std::uint32_t kEndsPerTurn = 256;

/// The timer of them all. It may fire early: the entry that it was armed for may be gone.
void arm_for_oldest(Env& env) noexcept {
  const TimeWait& entry = env.table.time_waits[env.time_wait_ages.oldest()];
  env.timers.arm(timer::TimerId::make(kKindTimeWait, 0), to_time(entry.ends_at, env.now));
}

void start_2msl(std::uint32_t index, Env& env) noexcept {
  env.table.time_waits[index].ends_at = to_tick(env.now + std::min<Duration>(2 * env.config.msl, kFarthest));
  env.time_wait_ages.push_newest(index);
  if (env.time_wait_ages.oldest() == index) arm_for_oldest(env);
}

void restart_2msl(std::uint32_t index, Env& env) noexcept {
  env.time_wait_ages.remove(index);
  start_2msl(index, env);
  restart_reuse(index, env);
}

/// A free entry; the oldest makes room if there is none. kNoIndex only when the table has no entries at all.
std::uint32_t take_entry(Env& env) noexcept {
  auto& entries = env.table.time_waits;
  if (entries.used() == entries.capacity() && env.time_wait_ages.oldest() != base::kNoIndex) {
    end_time_wait(env.time_wait_ages.oldest(), env);
    ++env.count.time_waits_evicted;
  }
  return entries.take();
}

void acknowledge(const TimeWait& entry, std::uint32_t ts_offset, Env& env) noexcept {
  wire::TcpHeader header;
  header.seq = entry.snd_nxt;
  header.ack = entry.rcv_nxt;
  header.ctl.bits = Ctl::kAck;
  header.window = entry.window;
  header.options.has_timestamps = entry.timestamps;
  header.options.ts_val = timestamp_clock(env.now) + ts_offset;
  header.options.ts_ecr = entry.ts_recent;
  reply(entry.key, header, {entry.dscp, entry.hop_limit}, env);
}

TimeWait remains_of(const Tcb& tcb) noexcept {
  TimeWait entry;
  entry.key = tcb.key;
  entry.snd_nxt = tcb.snd_nxt;
  entry.rcv_nxt = tcb.rcv_nxt;
  entry.ts_recent = tcb.ts_recent;
  entry.timestamps = tcb.has(kTimestamps);
  entry.dscp = tcb.dscp & 0x3f;
  entry.hop_limit = tcb.hop_limit;
  entry.window = promised_field(tcb, tcb.rcv_wscale);
  return entry;
}

/// RFC 6191 2 and RFC 9293 MAY-2: newer by its timestamp, or, without timestamps, by its sequence number.
bool is_newer_syn(const TimeWait& entry, const Segment& seg) noexcept {
  if (!seg.ctl.syn() || seg.ctl.ack() || seg.ctl.rst()) return false;
  if (entry.timestamps && seg.options.has_timestamps && seg.options.ts_val != entry.ts_recent)
    return static_cast<std::int32_t>(seg.options.ts_val - entry.ts_recent) > 0;
  return seg.seq > entry.rcv_nxt;
}

/// Text and FIN always: a lost ACK may be why they came. What is empty within the shard's limit for entries (RFC 5961
/// 7), so that two ends that are confused about each other do not answer each other for ever.
bool may_answer(const Segment& seg, Env& env) noexcept {
  if (seg.len > 0 || seg.ctl.fin()) return true;
  if (env.entry_limit.take(env.now, env.config.challenge_acks_per_second, env.random)) return true;
  ++env.count.challenge_acks_limited;
  return false;
}

}  // namespace

void TimeWaitAges::push_newest(std::uint32_t index) noexcept {
  TimeWait& entry = (*entries_)[index];
  entry.older = newest_;
  entry.newer = base::kNoIndex;
  if (newest_ == base::kNoIndex) {
    oldest_ = index;
  } else {
    (*entries_)[newest_].newer = index;
  }
  newest_ = index;
}

void TimeWaitAges::remove(std::uint32_t index) noexcept {
  const TimeWait& entry = (*entries_)[index];
  if (entry.older == base::kNoIndex) {
    oldest_ = entry.newer;
  } else {
    (*entries_)[entry.older].newer = entry.newer;
  }
  if (entry.newer == base::kNoIndex) {
    newest_ = entry.older;
  } else {
    (*entries_)[entry.newer].older = entry.older;
  }
}

void enter_time_wait(Tcb& tcb, Env& env) noexcept {
  const TimeWait last = remains_of(tcb);
  if (tcb.owed & kOweAck) acknowledge(last, tcb.ts_offset, env);  // of the peer's FIN
  // 2 MSL = 0 is a setting for those who want to see what TIME-WAIT prevents.
  const std::uint32_t index = env.config.msl.count() > 0 ? take_entry(env) : base::kNoIndex;
  if (index != base::kNoIndex) {
    env.table.time_waits[index] = last;
    env.table.flows.replace(tcb.key, make_ref(kKindTcb, env.table.tcbs.index_of(tcb)), make_ref(kKindTimeWait, index));
    tcb.set(kUnlinked);
    start_2msl(index, env);
    if (tcb.has(kActiveOpen)) offer_for_reuse(index, env);
    ++env.count.time_waits;
  }
  terminate(tcb, tcb.state == State::Closing ? CloseRule::ClosedByBoth : CloseRule::ClosedByUs, env);
}

Outcome time_wait_arrives(std::uint32_t index, Segment& seg, Env& env) noexcept {
  TimeWait& entry = env.table.time_waits[index];
  // Where nobody listens no connection can follow, and a SYN must not do what an RST may not.
  if (is_newer_syn(entry, seg))
    if (const std::uint16_t listener = env.listeners.find(entry.key.local_index, entry.key.local_port);
        listener != kNoListener)
      return listen_arrives(listener, seg, env, index);
  // RFC 1337: an RST must not end TIME-WAIT early, or old duplicates reach the next incarnation.
  if (seg.ctl.rst()) return Outcome::DroppedTimeWait;
  const bool nothing_new = seg.seq == entry.rcv_nxt && seg.seg_len() == 0;
  if (nothing_new) return Outcome::DroppedTimeWait;
  const bool fin_again = seg.ctl.fin() && !seg.ctl.syn() && seg.seq + seg.seg_len() == entry.rcv_nxt;
  if (fin_again) restart_2msl(index, env);
  if (!may_answer(seg, env)) return Outcome::DroppedTimeWait;
  acknowledge(entry, timestamp_offset(entry.key, env.config.isn_secret), env);
  return Outcome::AnsweredTimeWait;
}

void on_time_wait_timer(Env& env) noexcept {
  const TimeWaitAges& ages = env.time_wait_ages;
  for (std::uint32_t ended = 0; ended < kEndsPerTurn && ages.oldest() != base::kNoIndex; ++ended) {
    if (!due(env.table.time_waits[ages.oldest()].ends_at, env.now)) break;
    end_time_wait(ages.oldest(), env);
  }
  if (ages.oldest() != base::kNoIndex) arm_for_oldest(env);
}

void end_time_wait(std::uint32_t index, Env& env) noexcept {
  TimeWait& entry = env.table.time_waits[index];
  env.time_wait_ages.remove(index);
  if (env.time_wait_ages.oldest() == base::kNoIndex) env.timers.cancel(timer::TimerId::make(kKindTimeWait, 0));
  withdraw_from_reuse(index, env);
  env.table.flows.erase(entry.key, make_ref(kKindTimeWait, index));
  env.table.ports.give_back(entry.key);
  entry.ends_at = 0;
  env.table.time_waits.give_back(index);
}

}  // namespace millrace::tcp
