// Events of one connection are told in the order of EventKind, whatever the order in which things were recorded. What
// does not fit into a batch waits for the next turn.
#include "tcp/event_batch.h"

#include <bit>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/receive_queue.h"
#include "tcp/send_queue.h"
#include "tcp/soft_error.h"
#include "tcp/urgent.h"

namespace millrace::tcp {
namespace {

/// Of one connection: all kinds but Timer.
constexpr std::size_t kMostEvents = static_cast<std::size_t>(EventKind::Timer);

bool tells_end(EventKind kind) noexcept { return kind == EventKind::Ended || kind == EventKind::Closed; }

std::uint32_t bytes_of(const Tcb& tcb, EventKind kind, const Env& env) noexcept {
  if (kind == EventKind::Readable) return tcb.rcv_queue.bytes();
  if (kind == EventKind::Writable) return send_room(tcb, env);
  if (kind == EventKind::Urgent) return urgent_left(tcb, env);
  return 0;
}

}  // namespace

EventBatch::EventBatch(std::uint16_t shard, std::size_t capacity) : shard_(shard), capacity_(capacity) {
  events_.reserve(capacity);
  closed_.reserve(capacity);
}

std::span<const Event> EventBatch::collect(Env& env) noexcept {
  events_.clear();
  while (events_.size() + kMostEvents <= capacity_) {
    Tcb* tcb = env.events.pop();
    if (tcb == nullptr) break;
    if (tcb->has(kDead)) {
      release_if_unreferenced(*tcb, env);
      continue;
    }
    const std::uint32_t index = env.table.tcbs.index_of(*tcb);
    for (unsigned left = tcb->pending_events; left != 0; left &= left - 1) {
      const auto kind = static_cast<EventKind>(std::countr_zero(left));
      if (kind == EventKind::Closed) closed_.push_back(index);
      events_.push_back({kind,
                         tells_end(kind) ? reason_of(tcb->rule) : CloseReason::None,
                         kind == EventKind::SoftError ? last_soft_error(*tcb, env) : SoftError::None,
                         tcb->listener,
                         {shard_, index, env.table.generation(index)},
                         tcb->user,
                         bytes_of(*tcb, kind, env),
                         tells_end(kind) ? tcb->rule : CloseRule::None});
    }
    tcb->pending_events = 0;
  }
  return events_;
}

void EventBatch::done(Env& env) noexcept {
  for (const std::uint32_t index : closed_) {
    Tcb& tcb = env.table.tcbs[index];
    if (tcb.state != State::Closed) {  // it lingered, and all was acknowledged
      tcb.clear(kLingering);
      if (tcb.has(kOrphan)) continue;  // closed once more meanwhile
      make_orphan(tcb, env);
      limit_orphan(tcb, env);
      continue;
    }
    tcb.set(kOrphan | kDead);
    clear_receive_queue(tcb, env);
    release_if_unreferenced(tcb, env);
  }
  closed_.clear();
  events_.clear();
}

}  // namespace millrace::tcp
