// Ending is one step for the network and another for the application. terminate() takes the 4-tuple, timers and queues
// away at once; the Tcb itself stays until the lists it is in have let go of it and Closed was told. Dead Tcbs are
// collected through the event list, never in the middle of a call that still uses them.
#include "tcp/close.h"

#include "tcp/env.h"

namespace millrace::tcp {
namespace {

bool counts_as_established(State state) noexcept { return state == State::Established || state == State::CloseWait; }

}  // namespace

void set_state(Tcb& tcb, State state, Env& env) noexcept {
  if (counts_as_established(tcb.state)) --env.count.established;
  if (counts_as_established(state)) ++env.count.established;
  tcb.state = state;
}

void tell(Tcb& tcb, EventKind kind, Env& env) noexcept {
  if (tcb.has(kOrphan)) return;
  tcb.pending_events |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
  env.events.push(tcb);
}

void terminate(Tcb& tcb, CloseReason reason, Env& env) noexcept {
  if (tcb.state == State::Closed) return;
  set_state(tcb, State::Closed, env);
  tcb.reason = reason;
  env.timers.cancel(env.timer_id(tcb));
  tcb.rexmit_at = tcb.delayed_ack_at = tcb.idle_at = tcb.user_at = 0;
  env.table.unlink(tcb);
  tcb.snd_queue.clear();
  tcb.snd_cursor = {};
  drop_reassembly(tcb, env);
  tcb.owed = 0;
  if (tcb.has(kOrphan)) {
    tcb.rcv_queue.clear();
    tcb.set(kDead);
    // The list of events is also where dead connections are collected: nobody further up this call may lose its Tcb.
    env.events.push(tcb);
    return;
  }
  tell_closed_if_drained(tcb, env);
}

void reset_connection(Tcb& tcb, CloseReason reason, Env& env) noexcept {
  if (tcb.state == State::Closed) return;
  terminate(tcb, reason, env);
  owe(tcb, kOweRst, env);
}

void tell_closed_if_drained(Tcb& tcb, Env& env) noexcept {
  if (tcb.state == State::Closed && tcb.rcv_queue.empty()) tell(tcb, EventKind::Closed, env);
}

void release_if_unreferenced(Tcb& tcb, Env& env) noexcept {
  if (tcb.has(kDead) && !tcb.has(kOnReady) && !tcb.has(kOnEvents)) env.table.release(tcb);
}

}  // namespace millrace::tcp
