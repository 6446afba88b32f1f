// Ending is one step for the network and another for the application. terminate() takes the 4-tuple, timers and queues
// away at once; the Tcb itself stays until the lists it is in have let go of it and Closed was told. Dead Tcbs are
// collected through the event list, never in the middle of a call that still uses them.
#include "tcp/close.h"

#include <algorithm>

#include "base/check.h"
#include "tcp/env.h"
#include "tcp/fast_open_client.h"
#include "tcp/fast_open_server.h"
#include "tcp/receive_queue.h"
#include "tcp/receive_tuning.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

bool counts_as_established(State state) noexcept { return state == State::Established || state == State::CloseWait; }

/// Health checks end by the thousand and as they should: they are counted, and would only push others out of the ring.
void record_end(const Tcb& tcb, Env& env) noexcept {
  ++env.count.closed[static_cast<std::size_t>(tcb.rule)];
  if (tcb.rule == CloseRule::AppCheck) return;
  const Sender* const sender = env.table.find_sender(tcb);
  env.table.closed.record([&] {
    return Closed{.key = tcb.key,
                  .opened = tcb.opened,
                  .closed = env.now,
                  .bytes_in = tcb.bytes_in,
                  .bytes_out = tcb.bytes_out,
                  .unread = tcb.rcv_queue.bytes(),
                  .unsent = tcb.snd_queue.bytes(),
                  .retransmits = sender == nullptr ? 0 : sender->retransmits,
                  .rule = tcb.rule,
                  .state = tcb.state,
                  .active = tcb.has(kActiveOpen)};
  });
}

}  // namespace

void set_state(Tcb& tcb, State state, Env& env) noexcept {
  if (counts_as_established(tcb.state)) --env.count.established;
  if (counts_as_established(state)) ++env.count.established;
  tcb.state = state;
}

void tell(Tcb& tcb, EventKind kind, Env& env) noexcept {
  if (tcb.has(kOrphan) || (tcb.has(kLingering) && kind != EventKind::Closed)) return;
  tcb.pending_events |= static_cast<std::uint16_t>(1u << static_cast<unsigned>(kind));
  env.events.push(tcb);
}

void make_orphan(Tcb& tcb, Env& env) noexcept {
  tcb.set(kOrphan);
  tcb.pending_events = 0;
  if (tcb.state != State::Closed) {
    ++env.count.orphans;
    return;
  }
  clear_receive_queue(tcb, env);
  tcb.set(kDead);
  env.events.push(tcb);  // where the dead are collected
}

void limit_orphan(Tcb& tcb, Env& env) noexcept {
  if (env.count.orphans.get() > env.config.max_orphans) {
    ++env.count.orphans_reset;
    reset_connection(tcb, CloseRule::OrphanLimit, env);
  } else if (tcb.state == State::FinWait2) {
    limit_fin_wait_2(tcb, env);
  } else {
    limit_orphan_wait(tcb, env);
  }
}

bool waits_for_window(const Tcb& tcb) noexcept {
  return tcb.has(kOrphan) && (tcb.has(kPersist) || (tcb.snd_wnd == 0 && tcb.flight_size() > 0));
}

void limit_orphan_wait(Tcb& tcb, Env& env) noexcept {
  if (!waits_for_window(tcb)) return;
  const Time limit = env.now + env.config.fin_wait_2_timeout;
  if (tcb.user_at == 0 || to_time(tcb.user_at, env.now) > limit) set_deadline(tcb, &Tcb::user_at, limit, env);
}

void limit_fin_wait_2(Tcb& tcb, Env& env) noexcept {
  tcb.clear(kKeepalive);
  clear_deadline(tcb, &RarePart::keepalive_at, env);
  const std::uint32_t own = env.table.rare_part(tcb).fin_wait_2_ms;
  const Duration limit = own != 0 ? Duration{milliseconds{own}} : env.config.fin_wait_2_timeout;
  set_deadline(tcb, &RarePart::fin_wait_2_at, env.now + limit, env);
}

void terminate(Tcb& tcb, CloseRule rule, Env& env) noexcept {
  if (tcb.state == State::Closed) return;
  tcb.rule = rule;
  record_end(tcb, env);
  if (tcb.has(kFastOpen)) fast_open_ended(tcb, rule, env);
  if (tcb.has(kFastOpenPending)) end_pending_fast_open(tcb, rule, env);
  set_state(tcb, State::Closed, env);
  if (tcb.listener != kNoListener) --env.listeners[tcb.listener].connections;
  end_timers(tcb, env);
  end_pacing(tcb, env);
  env.table.unlink(tcb);
  if (Sender* const sender = env.table.find_sender(tcb)) sender->sent.clear();  // they point into the queue
  clear_send_queue(tcb, env);
  drop_reassembly(tcb, env);
  give_back_growth(tcb, env);
  tcb.owed = 0;
  if (tcb.has(kOrphan)) {
    --env.count.orphans;
    clear_receive_queue(tcb, env);
    tcb.set(kDead);
    // The list of events is also where dead connections are collected: nobody further up this call may lose its Tcb.
    env.events.push(tcb);
    return;
  }
  if (!tcb.rcv_queue.empty() && reason_of(rule) != CloseReason::Normal) tell(tcb, EventKind::Ended, env);
  tell_closed_if_drained(tcb, env);
}

void reset_connection(Tcb& tcb, CloseRule rule, Env& env) noexcept {
  if (tcb.state == State::Closed) return;
  terminate(tcb, rule, env);
  owe(tcb, kOweRst, env);
}

void reset_orphans(std::uint32_t& cursor, std::uint32_t most, CloseRule rule, Env& env) noexcept {
  const std::uint32_t stop = cursor + std::min(most, env.table.tcbs.touched() - cursor);
  for (; cursor < stop; ++cursor) {
    if (!env.table.in_use(cursor)) continue;
    Tcb& tcb = env.table.tcbs[cursor];
    if (tcb.has(kOrphan)) reset_connection(tcb, rule, env);
  }
}

void tell_closed_if_drained(Tcb& tcb, Env& env) noexcept {
  if (tcb.state == State::Closed && tcb.rcv_queue.empty()) tell(tcb, EventKind::Closed, env);
}

void release_if_unreferenced(Tcb& tcb, Env& env) noexcept {
  if (!tcb.has(kDead) || tcb.has(kOnReady) || tcb.has(kOnEvents)) return;
  MILLRACE_ASSERT(!tcb.timer.armed());
  env.table.release(tcb);
}

}  // namespace millrace::tcp
