// Retransmissions before new data; of new data one segment at a time until a rule says no: the peer's window (MUST-34
// when it shrank), Nagle and silly-window avoidance (RFC 9293 3.7.4, 3.8.6.2.1), cwnd. With an empty pipe and a closed
// window the probe timer starts (3.8.6.1). What counts as lost is recovery's decision, how a segment is built
// build_segment's.
#include "tcp/send_data.h"

#include <algorithm>

#include "tcp/build_segment.h"
#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/isn.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

/// What happened to an attempt to send one segment.
enum class Sent { Yes, NothingToSend, NoRoom };

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

void restart_after_idle(Tcb& tcb, Env& env) noexcept {
  if (tcb.flight_size() > 0) return;
  const std::uint32_t idle_ms = timestamp_clock(env.now) - tcb.last_sent_ms;
  if (idle_ms > static_cast<std::uint32_t>(to_ms(tcb.rtt.rto(env.config)))) {
    cc::Sender sender;
    sender.smss = tcb.smss;
    tcb.control.on_restart(tcb.cc, sender, milliseconds{idle_ms});
  }
}

void note_sent(Tcb& tcb, std::uint32_t length, bool fin, Env& env) noexcept {
  tcb.snd_nxt += length;
  if (fin) {
    tcb.snd_nxt += 1;
    tcb.set(kFinSent);
  }
  tcb.last_sent_ms = timestamp_clock(env.now);
  if (tcb.rexmit_at == 0) start_retransmission_timer(tcb, env);
}

Sent send_new(Tcb& tcb, Env& env) noexcept {
  Offer offer = make_offer(tcb);
  tcb.clear(kCwndLimited);
  if (offer.available == 0 && !offer.fin_due) return Sent::NothingToSend;
  if (!worth_sending(tcb, offer)) {
    if (offer.length < offer.available || offer.fin_due) probe_later(tcb, env);
    return Sent::NothingToSend;
  }
  restart_after_idle(tcb, env);
  if (cwnd_room(tcb) < offer.length) {
    tcb.set(kCwndLimited);
    return Sent::NothingToSend;
  }
  if (env.out.room() == 0) return Sent::NoRoom;
  SendCursor cursor = cursor_at_snd_nxt(tcb);
  std::uint32_t length = offer.length;
  const std::uint8_t ctl = control_bits(length, offer.available, offer.with_fin);
  pkt::Packet* packet =
      length > 0 ? build_text(tcb, tcb.snd_nxt, ctl, cursor, length, env) : build_control(tcb, tcb.snd_nxt, ctl, env);
  if (packet == nullptr) return Sent::NoRoom;
  if (length > 0) tcb.snd_cursor = cursor;
  emit(tcb, *packet, env);
  note_sent(tcb, length, offer.with_fin && length == offer.length, env);
  return Sent::Yes;
}

/// Sends [rexmit_nxt, rexmit_nxt + one segment) again, with the FIN if it lies there.
Sent send_again(Tcb& tcb, Env& env) noexcept {
  const SeqNum edge = tcb.snd_una + tcb.snd_wnd;
  // SHLD-16: old data inside the window; the first segment always, as a probe (MAY-7).
  if (tcb.rexmit_nxt != tcb.snd_una && tcb.rexmit_nxt >= edge) return Sent::NothingToSend;
  const SeqNum data_end = tcb.snd_queue_end();
  const SeqNum end = min(tcb.rexmit_end, data_end);
  std::uint32_t length = tcb.rexmit_nxt < end ? std::min(end - tcb.rexmit_nxt, payload_limit(tcb)) : 0;
  if (tcb.phase != RecoveryPhase::FastRecovery && cwnd_room(tcb) < std::max(length, 1u)) {
    tcb.set(kCwndLimited);
    return Sent::NothingToSend;
  }
  if (env.out.room() == 0) return Sent::NoRoom;
  const bool fin = tcb.has(kFinSent) && tcb.rexmit_end > data_end && tcb.rexmit_nxt + length == data_end;
  const std::uint8_t ctl = control_bits(length, data_end - tcb.rexmit_nxt, fin);
  SendCursor cursor = cursor_at(tcb, tcb.rexmit_nxt);
  const std::uint32_t wanted = length;
  pkt::Packet* packet = length > 0 ? build_text(tcb, tcb.rexmit_nxt, ctl, cursor, length, env)
                                   : build_control(tcb, tcb.rexmit_nxt, ctl, env);
  if (packet == nullptr) return Sent::NoRoom;
  emit(tcb, *packet, env);
  tcb.rexmit_nxt += length + (fin && length == wanted ? 1u : 0u);
  ++tcb.retransmits;
  ++env.count.retransmits;
  if (tcb.rexmit_at == 0) start_retransmission_timer(tcb, env);
  return Sent::Yes;
}

}  // namespace

bool send_data(Tcb& tcb, Env& env) noexcept {
  for (;;) {
    const Sent sent = retransmission_due(tcb) ? send_again(tcb, env) : send_new(tcb, env);
    if (sent != Sent::Yes) return sent == Sent::NothingToSend;
  }
}

bool send_probe(Tcb& tcb, Env& env) noexcept {
  if (!tcb.has(kPersist)) return true;  // the window opened meanwhile
  if (env.out.room() == 0) return false;
  const bool again = tcb.flight_size() > 0;
  const SeqNum seq = tcb.snd_una;
  SendCursor cursor = again ? cursor_at(tcb, seq) : cursor_at_snd_nxt(tcb);
  const std::uint32_t queued = tcb.snd_queue_end() - seq;
  std::uint32_t length = std::min({queued, std::max<std::uint32_t>(tcb.snd_wnd, 1), payload_limit(tcb)});
  if (again) length = std::min(length, tcb.flight_size());
  const bool fin = queued == 0;
  if (fin && !tcb.has(kFinQueued)) return true;
  pkt::Packet* packet = fin ? build_control(tcb, seq, Ctl::kAck | Ctl::kFin, env)
                            : build_text(tcb, seq, control_bits(length, queued, false), cursor, length, env);
  if (packet == nullptr) return false;
  emit(tcb, *packet, env);
  ++env.count.window_probes;
  if (again) return true;
  if (!fin) tcb.snd_cursor = cursor;
  note_sent(tcb, length, fin, env);
  return true;
}

}  // namespace millrace::tcp
