// Calls by state (RFC 9293 3.10.1 to 3.10.5). Giving a connection up makes it an orphan: it finishes its work on the
// network and tells nobody. Closing with text unread resets (RFC 2525 2.17), because the peer must learn that it was
// lost.
#include "tcp/user_calls.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/fast_open_client.h"
#include "tcp/handshake.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"
#include "tcp/receive_tuning.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"
#include "tcp/timers.h"
#include "tcp/urgent.h"

namespace millrace::tcp {
namespace {

/// How long a send waits that found no packet, and how far apart those are that wait.
constexpr Duration kLookForPackets = milliseconds{1};
constexpr Duration kBetweenLooks{1 << timer::kTickShift};

bool may_send(const Tcb& tcb) noexcept {
  return tcb.state != State::Closed && !tcb.has(kFinQueued) && !tcb.has(kAbortWhenAcked);
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

/// RFC 9293 3.9.1.4 leaves it to the user: the connection stays until all of it is acknowledged, or the time is over.
void close_lingering(Tcb& tcb, Env& env) noexcept {
  queue_fin(tcb, env);
  tcb.pending_events = 0;
  tcb.set(kLingering);
  const std::uint32_t ms = env.table.rare_part(tcb).linger_ms;
  set_deadline(tcb, &RarePart::linger_at, env.now + milliseconds{ms}, env);
}

bool lingers(const Tcb& tcb) noexcept { return tcb.has(kLinger) && tcb.state != State::Closed && !tcb.fin_acked(); }

SeqNum choose_isn(const flow::FlowKey& key, std::optional<SeqNum> last_sent, const Env& env) noexcept {
  return last_sent ? initial_sequence_number_after(key, env.now, env.config.isn_secret, *last_sent)
                   : initial_sequence_number(key, env.now, env.config.isn_secret);
}

bool has_unread(const Tcb& tcb) noexcept { return !tcb.rcv_queue.empty() || tcb.reassembly != base::kNoIndex; }

/// Nothing is queued, so no ACK will tell of room: the send looks again by itself, each that waits at an instant of its
/// own. However many they are, the first to wait is the first to look.
void look_for_room_later(Tcb& tcb, Env& env) noexcept {
  if (env.table.rare_part(tcb).room_at != 0) return;
  env.room_slot = std::max(env.room_slot + kBetweenLooks, env.now + kLookForPackets);
  set_deadline(tcb, &RarePart::room_at, env.room_slot, env);
}

/// What follows when the receive queue has become shorter.
void text_consumed(Tcb& tcb, Env& env) noexcept {
  forget_urgent_read(tcb, env);
  note_drained(tcb, env);
  window_opened(tcb, env);
  tell_closed_if_drained(tcb, env);
}

/// What waits in a second queue only grows old there: in the first one it closes the window of its sender.
constexpr std::uint32_t kTransferAhead = 16'384;

/// How much of `wanted` may wait in `to`: what it may send at once, and a burst besides for when the next ACK comes.
std::uint32_t transfer_limit(const Tcb& to, std::uint32_t wanted, const Env& env) noexcept {
  if (wanted <= kTransferAhead) return kTransferAhead;
  // At least a full segment: a cork holds back less.
  const std::uint32_t ahead = std::max(kTransferAhead, payload_limit(to));
  const Sender* const sender = env.table.find_sender(to);
  return sender == nullptr ? ahead : ahead + cwnd_room(to, *sender);
}

}  // namespace

Tcb* open_active(const flow::FlowKey& key, const OpenOptions& options, Env& env,
                 std::optional<SeqNum> last_sent) noexcept {
  const std::uint32_t index = env.table.add_tcb(key);
  if (index == base::kNoIndex) return nullptr;
  Tcb& tcb = env.table.tcbs[index];
  prepare(tcb, options, choose_isn(key, last_sent, env), timestamp_offset(key, env.config.isn_secret), env);
  ecn_open(tcb, options, env);
  tcb.set(kActiveOpen);
  tcb.user = options.user;
  if (options.syn_retries != 0) env.table.rare_part(tcb).syn_retries = options.syn_retries;
  if (options.fast_open) tcb.set(kFastOpen);
  set_state(tcb, State::SynSent, env);
  tcb.snd_nxt = tcb.iss + 1;
  const Duration limit = options.connect_timeout.count() > 0 ? options.connect_timeout : env.config.connect_timeout;
  set_deadline(tcb, &Tcb::user_at, env.now + limit, env);
  if (!options.fast_open_waits || !syn_may_wait(tcb, env)) owe(tcb, kOweSyn, env);
  ++env.count.active_opens;
  return &tcb;
}

std::size_t send_copy(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept {
  if (!may_send(tcb)) return 0;
  const std::size_t taken = enqueue_copy(tcb, bytes, env);
  if (taken > 0) owe(tcb, kOweData, env);
  if (taken == bytes.size()) return taken;
  tcb.set(kWantRoom);
  if (tcb.snd_queue.empty()) look_for_room_later(tcb, env);
  return taken;
}

std::size_t send_urgent(Tcb& tcb, std::span<const std::byte> bytes, Env& env) noexcept {
  const std::size_t taken = send_copy(tcb, bytes, env);
  if (taken > 0) mark_queued_urgent(tcb, env);
  return taken;
}

bool send_packet(Tcb& tcb, pkt::Packet& packet, Env& env) noexcept {
  if (!may_send(tcb)) return false;
  if (tcb.snd_queue.truesize() >= tcb.snd_buffer) {
    tcb.set(kWantRoom);
    return false;
  }
  enqueue_packet(tcb, packet, env);
  owe(tcb, kOweData, env);
  return true;
}

pkt::Packet* take_packet(Tcb& tcb, Env& env) noexcept {
  pkt::Packet* packet = pop_receive_queue(tcb, env);
  if (packet == nullptr) return nullptr;
  packet->set_data(packet->meta().slice_offset, packet->meta().slice_length);
  text_consumed(tcb, env);
  return packet;
}

std::size_t transfer(Tcb& from, Tcb& to, Env& env) noexcept {
  if (!may_send(to)) return 0;
  if (const std::uint32_t urgent = urgent_left(from, env); urgent > 0) mark_urgent_ahead(to, urgent, env);
  const std::uint32_t waiting = unsent(to);
  const std::uint32_t limit = transfer_limit(to, waiting + from.rcv_queue.bytes(), env);
  std::size_t moved = 0;
  while (!from.rcv_queue.empty()) {
    if (to.snd_queue.truesize() >= to.snd_buffer || waiting + moved >= limit) {
      to.set(kWantRoom);
      break;
    }
    pkt::Packet* packet = pop_receive_queue(from, env);
    moved += packet->meta().slice_length;
    enqueue_packet(to, *packet, env);
  }
  if (moved == 0) return 0;
  owe(to, kOweData, env);
  text_consumed(from, env);
  return moved;
}

void consume(Tcb& tcb, std::uint32_t n, Env& env) noexcept {
  drop_from_receive_queue(tcb, n, env);
  text_consumed(tcb, env);
}

void set_options(Tcb& tcb, const UserOptions& options, Env& env) noexcept {
  if (tcb.state != State::Closed) apply_options(tcb, options, env);
}

bool ask_room(Tcb& tcb, std::uint32_t most_unsent) noexcept {
  if (tcb.snd_queue.truesize() <= tcb.snd_buffer / 3 * 2 && unsent(tcb) < most_unsent) return true;
  tcb.set(kWantRoom);
  return false;
}

void set_cork(Tcb& tcb, bool on, Env& env) noexcept {
  if (on) return tcb.set(kCorked);
  if (!tcb.has(kCorked)) return;
  tcb.clear(kCorked);
  if (tcb.syn_acked()) owe(tcb, kOweData, env);
}

void acknowledge_now(Tcb& tcb, Env& env) noexcept {
  if (tcb.delayed_ack_at != 0) owe(tcb, kOweAck, env);
}

void shutdown_send(Tcb& tcb, Env& env) noexcept {
  if (tcb.state != State::Closed) queue_fin(tcb, env);
}

void close(Tcb& tcb, Env& env) noexcept {
  if (tcb.state == State::SynSent) {
    make_orphan(tcb, env);
    terminate(tcb, CloseRule::AbortedConnecting, env);
    return;
  }
  if (tcb.state != State::Closed && has_unread(tcb)) {
    make_orphan(tcb, env);
    reset_connection(tcb, CloseRule::ClosedUnread, env);
    return;
  }
  if (lingers(tcb)) {
    const bool no_time = env.table.rare_part(tcb).linger_ms == 0;
    return no_time ? abort(tcb, env) : close_lingering(tcb, env);
  }
  make_orphan(tcb, env);
  if (tcb.state == State::Closed) return;
  queue_fin(tcb, env);
  limit_orphan(tcb, env);
}

void abort(Tcb& tcb, Env& env, CloseRule rule) noexcept {
  make_orphan(tcb, env);
  if (tcb.state == State::SynSent) {
    // RFC 9293 3.10.5: nothing to reset yet.
    terminate(tcb, rule == CloseRule::Aborted ? CloseRule::AbortedConnecting : rule, env);
  } else {
    reset_connection(tcb, rule, env);
  }
}

void abort_after_data(Tcb& tcb, Env& env, CloseRule rule) noexcept {
  if (tcb.snd_queue.empty() || tcb.state == State::SynSent) {
    abort(tcb, env, rule);
    return;
  }
  make_orphan(tcb, env);
  tcb.set(kAbortWhenAcked);
  tcb.rule = rule;
  clear_receive_queue(tcb, env);
  limit_orphan(tcb, env);
}

}  // namespace millrace::tcp
