// Order within one connection is fixed here (kOrder), whatever the order in which things were recorded: data before the
// peer's close, Closed last. What does not fit into a batch waits for the next turn.
#include "tcp/event_batch.h"

#include <array>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/receive_queue.h"
#include "tcp/send_queue.h"
#include "tcp/soft_error.h"
#include "tcp/urgent.h"

namespace millrace::tcp {
namespace {

/// Data precedes the peer's close, and Closed is last.
constexpr std::array kOrder = {
    EventKind::Accepted,       EventKind::Connected,  EventKind::SoftError, EventKind::Urgent, EventKind::Readable,
    EventKind::ReceiveTimeout, EventKind::PeerClosed, EventKind::Writable,  EventKind::Ended,  EventKind::Closed};

bool pending(const Tcb& tcb, EventKind kind) noexcept {
  return (tcb.pending_events & (1u << static_cast<unsigned>(kind))) != 0;
}

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
  while (events_.size() + kOrder.size() <= capacity_) {
    Tcb* tcb = env.events.pop();
    if (tcb == nullptr) break;
    if (tcb->has(kDead)) {
      release_if_unreferenced(*tcb, env);
      continue;
    }
    const std::uint32_t index = env.table.tcbs.index_of(*tcb);
    for (const EventKind kind : kOrder) {
      if (!pending(*tcb, kind)) continue;
      events_.push_back({kind,
                         tells_end(kind) ? reason_of(tcb->rule) : CloseReason::None,
                         kind == EventKind::SoftError ? last_soft_error(*tcb, env) : SoftError::None,
                         tcb->listener,
                         {shard_, index, env.table.generation(index)},
                         tcb->user,
                         bytes_of(*tcb, kind, env),
                         tells_end(kind) ? tcb->rule : CloseRule::None});
    }
    if (pending(*tcb, EventKind::Closed)) closed_.push_back(index);
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
