// Calls by state (RFC 9293 3.10.1 to 3.10.5). Giving a connection up makes it an orphan: it finishes its work on the
// network and tells nobody. Closing with text unread resets (RFC 2525 2.17), because the peer must learn that it was
// lost.
#include "tcp/user_calls.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

bool may_send(const Tcb& tcb) noexcept {
  return tcb.state != State::Closed && !tcb.has(kFinQueued) && !tcb.has(kAbortWhenAcked);
}

/// The application no longer wants to hear of this connection.
void give_up(Tcb& tcb, Env& env) noexcept {
  tcb.set(kOrphan);
  tcb.pending_events = 0;
  if (tcb.state != State::Closed) return;
  tcb.rcv_queue.clear();
  tcb.set(kDead);
  env.events.push(tcb);  // where the dead are collected
}

void queue_fin(Tcb& tcb, Env& env) noexcept {
  if (tcb.has(kFinQueued)) return;
  tcb.set(kFinQueued);
  switch (tcb.state) {
    case State::Established:
      set_state(tcb, State::FinWait1, env);
      break;
    case State::CloseWait:
      set_state(tcb, State::LastAck, env);
      break;
    default:
      break;  // SYN-SENT, SYN-RECEIVED: become_established sends it
  }
  owe(tcb, kOweData, env);
}

bool has_unread(const Tcb& tcb) noexcept { return !tcb.rcv_queue.empty() || tcb.reassembly != base::kNoIndex; }

}  // namespace

Tcb* open_active(const flow::FlowKey& key, const UserOptions& options, Env& env) noexcept {
  const std::uint32_t index = env.table.add_tcb(key);
  if (index == base::kNoIndex) return nullptr;
  Tcb& tcb = env.table.tcbs[index];
  prepare(tcb, options, initial_sequence_number(key, env.now, env.config.isn_secret), env);
  tcb.set(kActiveOpen);
  set_state(tcb, State::SynSent, env);
  tcb.snd_nxt = tcb.iss + 1;
  const Duration limit = options.connect_timeout.count() > 0 ? options.connect_timeout : env.config.connect_timeout;
  set_deadline(tcb, &Tcb::user_at, env.now + limit, env);
  owe(tcb, kOweSyn, env);
  ++env.count.active_opens;
  return &tcb;
}

std::size_t send_copy(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept {
  if (!may_send(tcb)) return 0;
  const std::size_t taken = enqueue_copy(tcb, bytes, env);
  if (taken < bytes.size()) tcb.set(kWantRoom);
  if (taken > 0) owe(tcb, kOweData, env);
  return taken;
}

std::size_t transfer(Tcb& from, Tcb& to, Env& env) noexcept {
  if (!may_send(to)) return 0;
  std::size_t moved = 0;
  while (!from.rcv_queue.empty()) {
    if (to.snd_queue.truesize() >= to.snd_buffer) {
      to.set(kWantRoom);
      break;
    }
    pkt::Packet* packet = from.rcv_queue.pop_front();
    moved += packet->meta().slice_length;
    enqueue_packet(to, *packet, env);
  }
  if (moved == 0) return 0;
  owe(to, kOweData, env);
  window_opened(from, env);
  tell_closed_if_drained(from, env);
  return moved;
}

void consume(Tcb& tcb, std::uint32_t n, Env& env) noexcept {
  tcb.rcv_queue.drop_front(std::min(n, tcb.rcv_queue.bytes()));
  window_opened(tcb, env);
  tell_closed_if_drained(tcb, env);
}

void shutdown_send(Tcb& tcb, Env& env) noexcept {
  if (tcb.state != State::Closed) queue_fin(tcb, env);
}

void close(Tcb& tcb, Env& env) noexcept {
  if (tcb.state == State::SynSent) {
    give_up(tcb, env);
    terminate(tcb, CloseReason::Aborted, env);
    return;
  }
  if (tcb.state != State::Closed && has_unread(tcb)) {
    give_up(tcb, env);
    reset_connection(tcb, CloseReason::LocalReset, env);
    return;
  }
  give_up(tcb, env);
  if (tcb.state == State::Closed) return;
  queue_fin(tcb, env);
  if (tcb.state == State::FinWait2) set_deadline(tcb, &Tcb::idle_at, env.now + env.config.fin_wait_2_timeout, env);
}

void abort(Tcb& tcb, Env& env) noexcept {
  give_up(tcb, env);
  if (tcb.state == State::SynSent) {
    terminate(tcb, CloseReason::Aborted, env);  // RFC 9293 3.10.5: nothing to reset yet
  } else {
    reset_connection(tcb, CloseReason::Aborted, env);
  }
}

void abort_after_data(Tcb& tcb, Env& env) noexcept {
  if (tcb.snd_queue.empty() || tcb.state == State::SynSent) {
    abort(tcb, env);
    return;
  }
  give_up(tcb, env);
  tcb.set(kAbortWhenAcked);
  tcb.rcv_queue.clear();
}

}  // namespace millrace::tcp
