// Retransmissions before new data; of new data one segment at a time until a rule says no: the peer's window (MUST-34
// when it shrank), Nagle and silly-window avoidance (RFC 9293 3.7.4, 3.8.6.2.1), cwnd, pacing. With an empty pipe and a
// closed window the probe timer starts (3.8.6.1). What counts as lost is recovery's decision, how a segment is built
// build_segment's.
#include "tcp/send_data.h"

#include <algorithm>

#include "tcp/build_segment.h"
#include "tcp/close.h"
#include "tcp/departures.h"
#include "tcp/ecn.h"
#include "tcp/env.h"
#include "tcp/isn.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/sender.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

/// What happened to an attempt to send one segment.
enum class Sent {
  Yes,
  NothingToSend,
  NotYet,  ///< it waits for its departure, or until an ACK gives records back
  NoRoom,
};

/// What new data could be sent now.
struct Offer {
  std::uint32_t available = 0;  ///< bytes queued beyond SND.NXT
  std::uint32_t usable = 0;     ///< bytes that the peer's window still takes; 0 also when it has shrunk (MUST-34)
  std::uint32_t length = 0;     ///< of the next segment
  bool fin_due = false;         ///< our FIN is queued and not sent
  bool with_fin = false;        ///< the next segment carries it
};

Offer make_offer(const Tcb& tcb) noexcept {
  Offer offer;
  if (tcb.has(kFinSent)) return offer;
  offer.available = tcb.snd_queue_end() - tcb.snd_nxt;
  offer.fin_due = tcb.has(kFinQueued) && !tcb.has(kFastOpenPending);  // RFC 9293 3.10.4: the FIN waits for ESTABLISHED
  const SeqNum edge = tcb.snd_una + tcb.snd_wnd;
  offer.usable = edge > tcb.snd_nxt ? edge - tcb.snd_nxt : 0;
  offer.length = std::min({offer.available, payload_limit(tcb), offer.usable});
  // The FIN needs a number of the window too, but an empty pipe may try its luck: the probe timer repeats it.
  offer.with_fin = offer.fin_due && offer.length == offer.available && offer.usable > offer.length;
  return offer;
}

/// A cork holds back what is no full segment, save the end of all. Nagle (RFC 9293 3.7.4) and silly-window avoidance
/// (3.8.6.2.1): (1) a full segment, (2) all there is while nothing is outstanding or Nagle is off, (3) a good part of
/// the peer's window. The override timeout (4) is the probe timer.
bool worth_sending(const Tcb& tcb, const Offer& offer) noexcept {
  if (offer.length == 0) return offer.with_fin;
  if (offer.length == payload_limit(tcb)) return true;
  if (tcb.has(kCorked) && !offer.fin_due && offer.length == offer.available) return false;
  if (offer.length == offer.available && (tcb.no_data_in_flight() || tcb.has(kNoDelay) || offer.fin_due)) return true;
  return offer.length < offer.available && offer.length >= tcb.max_snd_wnd / 2;
}

std::uint8_t control_bits(std::uint32_t length, std::uint32_t available, bool fin) noexcept {
  std::uint8_t ctl = Ctl::kAck;
  if (length > 0 && length == available) ctl |= Ctl::kPsh;  // MUST-61
  if (fin) ctl |= Ctl::kFin;
  return ctl;
}

/// Nothing is outstanding, and the window forbids what is queued: probe (SHLD-29: first after one RTO).
void probe_later(Tcb& tcb, Env& env) noexcept {
  if (tcb.flight_size() > 0 || tcb.rexmit_at != 0) return;
  tcb.set(kPersist);
  start_retransmission_timer(tcb, env);
  limit_orphan_wait(tcb, env);
}

/// Once per restart, when its first segment leaves: an attempt that is held back is made again.
void restart_after_idle(Tcb& tcb, Sender& sender, Env& env) noexcept {
  if (tcb.flight_size() > 0 || tcb.data_segments == 0) return;
  const std::uint32_t idle_ms = timestamp_clock(env.now) - tcb.last_sent_ms;
  recovery_on_restart(tcb, sender, milliseconds{idle_ms}, env);
}

void note_sent_again(Tcb& tcb, Sender& sender, std::uint32_t length) noexcept {
  sender.bytes_again += length;
  if (length > 0) ++tcb.data_segments;
}

/// The place of SND.NXT in the queue: behind the last segment that is outstanding.
SendCursor cursor_at_snd_nxt(Tcb& tcb, Sender& sender) noexcept {
  const SentSegment* const last = sender.sent.back();
  if (last == nullptr || last->length == 0) return cursor_at_front(tcb);
  return cursor_behind({last->packet, last->offset}, last->length);
}

/// A record for what is sent next; nullptr: send it later.
SentSegment* take_record(Tcb& tcb, Sender& sender, Env& env) noexcept {
  // The last records are kept for segments that must be cut to be sent again, and for who has nothing in flight: no ACK
  // will tell it to go on.
  const base::Slab<SentSegment>& slab = env.table.sent_segments;
  const bool enough = sender.sent.empty() || slab.capacity() - slab.used() > slab.capacity() / 16;
  SentSegment* const record = enough ? sender.sent.append(tcb.snd_nxt) : nullptr;
  if (record == nullptr) ++env.count.no_sent_record;
  return record;
}

/// `length` bytes from `cursor`, and the FIN, leave at SND.NXT.
void note_sent(Tcb& tcb, Sender& sender, SentSegment& record, const SendCursor& cursor, std::uint32_t length, bool fin,
               Env& env) noexcept {
  restart_after_idle(tcb, sender, env);
  record.length = static_cast<std::uint16_t>(length);
  if (length > 0) {
    record.packet = cursor.packet;
    record.offset = static_cast<std::uint16_t>(cursor.offset);
  }
  if (fin) {
    record.flags |= SentSegment::kFin;
    tcb.set(kFinSent);
  }
  tcb.snd_nxt += record.seg_len();
  tcb.last_sent_ms = timestamp_clock(env.now);
  if (tcb.rexmit_at == 0) start_retransmission_timer(tcb, env);
  recovery_on_sent(tcb, sender, record, env);
  note_departed(tcb, sender, length, env);
  if (length > 0) ++tcb.data_segments;
}

/// Sends what is offered at SND.NXT.
Sent send_offer(Tcb& tcb, const Offer& offer, Env& env) noexcept {
  if (env.out.room() == 0) return Sent::NoRoom;
  Sender& sender = recovery_start(tcb, env);
  const SendCursor start = cursor_at_snd_nxt(tcb, sender);
  SentSegment* const record = take_record(tcb, sender, env);
  if (record == nullptr) return sender.sent.empty() ? Sent::NoRoom : Sent::NotYet;
  SendCursor cursor = start;
  std::uint32_t length = offer.length;
  const std::uint8_t ctl = control_bits(length, offer.available, offer.with_fin);
  pkt::Packet* packet =
      length > 0 ? build_text(tcb, tcb.snd_nxt, ctl, cursor, length, env) : build_control(tcb, tcb.snd_nxt, ctl, env);
  if (packet == nullptr) {
    sender.sent.remove(*record);
    return Sent::NoRoom;
  }
  emit(tcb, *packet, env, length > 0 ? ecn_of_new_text(tcb) : wire::Ecn::NotEct);
  note_sent(tcb, sender, *record, start, length, offer.with_fin && length == offer.length, env);
  return Sent::Yes;
}

/// The sender waits for the application: what is delivered from now on says little about the network.
void note_app_limited(Tcb& tcb, Env& env) noexcept {
  Sender* const sender = env.table.find_sender(tcb);
  if (sender == nullptr || sender->sent.any_lost() || cwnd_room(tcb, *sender) == 0) return;
  delivery_app_limited(sender->delivery, pipe(tcb, *sender));
}

/// The window, or else what there is to send, is the limit. (A wait for the next departure says nothing about that.)
Sent nothing_to_send(Tcb& tcb, bool cwnd_limited, Env& env) noexcept {
  if (cwnd_limited)
    tcb.set(kCwndLimited);
  else
    tcb.clear(kCwndLimited);
  note_ran_out(tcb, env);
  return Sent::NothingToSend;
}

Sent send_new(Tcb& tcb, Env& env) noexcept {
  const Offer offer = make_offer(tcb);
  if (offer.available == 0 && !offer.fin_due) {
    note_app_limited(tcb, env);
    return nothing_to_send(tcb, false, env);
  }
  if (!worth_sending(tcb, offer)) {
    if (offer.length < offer.available || offer.fin_due) probe_later(tcb, env);
    return nothing_to_send(tcb, false, env);
  }
  Sender& sender = recovery_start(tcb, env);
  if (cwnd_room(tcb, sender) < offer.length) return nothing_to_send(tcb, true, env);
  if (!departs_now(tcb, sender, offer.length, env)) return Sent::NotYet;
  return send_offer(tcb, offer, env);
}

Sent send_again(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept {
  const SeqNum edge = tcb.snd_una + tcb.snd_wnd;
  // SHLD-16: old data inside the window; the first segment always, as a probe (MAY-7).
  if (segment.seq != tcb.snd_una && segment.seq >= edge) return Sent::NothingToSend;
  const std::uint32_t most = payload_limit(tcb);
  if (segment.length > most && !sender.sent.split(segment, static_cast<std::uint16_t>(most))) return Sent::NotYet;
  sender.sent.fill_lost(segment, most);
  // What the timer sends again waits for nothing.
  if (!sender.send_lost) {
    // PRR may leave less than a segment; with nothing in the network no ACK would ever make it more.
    const bool held = pipe(tcb, sender) > 0 && cwnd_room(tcb, sender) < segment.length;
    if (held) return nothing_to_send(tcb, true, env);
    if (!departs_now(tcb, sender, segment.length, env)) return Sent::NotYet;
  }
  return send_segment_again(tcb, sender, segment, env) ? Sent::Yes : Sent::NoRoom;
}

/// F-RTO wanted new data, and none may go: the rest is sent again after all.
bool give_up_f_rto(const Tcb& tcb, Sender& sender) noexcept {
  if (!sender.f_rto.send_new || tcb.snd_nxt > sender.recovery_point || tcb.has(kCwndLimited)) return false;
  sender.f_rto = FRto{};
  return true;
}

}  // namespace

bool send_segment_again(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept {
  if (env.out.room() == 0) return false;
  const std::uint8_t ctl = control_bits(segment.length, tcb.snd_queue_end() - segment.seq, segment.fin());
  SendCursor cursor{segment.packet, segment.offset};
  std::uint32_t length = segment.length;
  pkt::Packet* packet =
      length > 0 ? build_text(tcb, segment.seq, ctl, cursor, length, env) : build_control(tcb, segment.seq, ctl, env);
  if (packet == nullptr) return false;
  if (length < segment.length && !sender.sent.split(segment, static_cast<std::uint16_t>(length))) {
    packet->free();
    return false;
  }
  emit(tcb, *packet, env);
  recovery_on_resent(tcb, sender, segment, env);
  note_departed(tcb, sender, segment.length, env);
  note_sent_again(tcb, sender, segment.length);
  ++sender.retransmits;
  ++env.count.retransmits;
  if (tcb.rexmit_at == 0) start_retransmission_timer(tcb, env);
  return true;
}

bool send_one_new(Tcb& tcb, Env& env) noexcept {
  const Offer offer = make_offer(tcb);
  return !worth_sending(tcb, offer) || send_offer(tcb, offer, env) != Sent::NoRoom;
}

bool send_data(Tcb& tcb, Env& env) noexcept {
  for (;;) {
    Sender* const sender = env.table.find_sender(tcb);
    SentSegment* const again = sender == nullptr ? nullptr : retransmission_due(*sender);
    const Sent sent = again == nullptr ? send_new(tcb, env) : send_again(tcb, *sender, *again, env);
    if (sent == Sent::Yes) continue;
    if (sent == Sent::NotYet) return true;
    if (sent == Sent::NoRoom) return false;
    if (sender == nullptr || !give_up_f_rto(tcb, *sender)) return true;
  }
}

bool send_probe(Tcb& tcb, Env& env) noexcept {
  if (!tcb.has(kPersist)) return true;  // the window opened meanwhile
  if (env.out.room() == 0) return false;
  const bool again = tcb.flight_size() > 0;
  Sender& sender = recovery_start(tcb, env);
  const SeqNum seq = tcb.snd_una;
  const std::uint32_t queued = tcb.snd_queue_end() - seq;
  const bool fin = queued == 0;
  if (fin && !tcb.has(kFinQueued)) return true;
  SentSegment* const record = again ? sender.sent.front() : take_record(tcb, sender, env);
  if (record == nullptr) return false;
  const SendCursor start = again ? SendCursor{record->packet, record->offset} : cursor_at_front(tcb);
  SendCursor cursor = start;
  std::uint32_t length = std::min({queued, std::max<std::uint32_t>(tcb.snd_wnd, 1), payload_limit(tcb)});
  if (again) length = std::min<std::uint32_t>(length, record->length);
  pkt::Packet* packet = fin ? build_control(tcb, seq, Ctl::kAck | Ctl::kFin, env)
                            : build_text(tcb, seq, control_bits(length, queued, false), cursor, length, env);
  if (packet == nullptr) {
    if (!again) sender.sent.remove(*record);
    return false;
  }
  emit(tcb, *packet, env);
  ++env.count.window_probes;
  if (again) {
    record->transmissions = std::max<std::uint8_t>(record->transmissions, 2);  // Karn
    note_sent_again(tcb, sender, length);
    return true;
  }
  note_sent(tcb, sender, *record, start, length, fin, env);
  return true;
}

}  // namespace millrace::tcp
