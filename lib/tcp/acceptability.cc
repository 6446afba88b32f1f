// First: check sequence number (RFC 9293 3.10.7.4), with the timestamp check before it (PAWS, RFC 7323 5.3), and
// trimming to the window.
#include "tcp/challenge_ack.h"
#include "tcp/dsack.h"
#include "tcp/ecn.h"
#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/isn.h"
#include "tcp/segment_arrives.h"
#include "tcp/timestamps.h"

namespace millrace::tcp {
namespace {

/// The four cases of RFC 9293 table 6.
bool acceptable(const Tcb& tcb, const Segment& seg) noexcept {
  const std::uint32_t wnd = tcb.rcv_wnd();
  const std::uint32_t len = seg.seg_len();
  if (len == 0) return wnd == 0 ? seg.seq == tcb.rcv_nxt : wire::in_window(seg.seq, tcb.rcv_nxt, wnd);
  if (wnd == 0) return false;
  return wire::in_window(seg.seq, tcb.rcv_nxt, wnd) || wire::in_window(seg.seq + (len - 1), tcb.rcv_nxt, wnd);
}

/// With a zero window, segments that start at RCV.NXT are still good for their ACK, RST and URG (RFC 9293 3.10.7.4,
/// MUST-66): the text is cut off and the rest processed.
bool control_only(const Tcb& tcb, const Segment& seg) noexcept { return tcb.rcv_wnd() == 0 && seg.seq == tcb.rcv_nxt; }

/// What lies before RCV.NXT has come twice: an ACK of its own says so, as text carries no SACK blocks.
void answer_duplicate(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  if (!tcb.has(kSackPermitted) || seg.len == 0) return;
  note_duplicate_text(tcb, seg.seq, min(seg.seq + seg.len, tcb.rcv_nxt), env);
  if (tcb.dup_acks_owed == 0) tcb.dup_acks_owed = 1;
  owe(tcb, kOweAck, env);
}

void drop_text(Segment& seg) noexcept {
  seg.len = 0;
  seg.ctl.bits &= static_cast<std::uint8_t>(~(Ctl::kFin | Ctl::kPsh));
}

void cut_front(Segment& seg, std::uint32_t n) noexcept {
  std::uint32_t left = n;
  for (pkt::Packet* packet = seg.packet; packet != nullptr && left > 0; packet = packet->next_segment()) {
    const auto here = static_cast<std::uint16_t>(left < packet->length() ? left : packet->length());
    packet->trim_front(here);
    left -= here;
  }
  seg.seq += n;
  seg.up -= n;
  seg.len -= n;
}

void cut_back(Segment& seg, std::uint32_t keep) noexcept {
  std::uint32_t left = keep;
  for (pkt::Packet* packet = seg.packet; packet != nullptr; packet = packet->next_segment()) {
    const std::uint32_t here = packet->length() < left ? packet->length() : left;
    packet->cut_segment(static_cast<std::uint16_t>(here));
    left -= here;
  }
  seg.len = keep;
}

/// "Trim off any portions that lie outside the window (including SYN and FIN)"; segments with SYN do not come here.
void trim_to_window(Tcb& tcb, Segment& seg, Env& env) noexcept {
  if (seg.seq < tcb.rcv_nxt) {
    const std::uint32_t before = tcb.rcv_nxt - seg.seq;
    answer_duplicate(tcb, seg, env);
    cut_front(seg, before < seg.len ? before : seg.len);
  }
  const SeqNum end = seg.seq + seg.len;
  if (end > tcb.rcv_adv) {
    cut_back(seg, tcb.rcv_adv - seg.seq);
    seg.ctl.bits &= static_cast<std::uint8_t>(~Ctl::kFin);
  } else if (seg.ctl.fin() && end == tcb.rcv_adv) {
    seg.ctl.bits &= static_cast<std::uint8_t>(~Ctl::kFin);
  }
}

/// The SYN,ACK that opened the connection, once more: our ACK of it was lost. Both of its numbers are exact, so it is
/// the peer's; the acceptor waits for our ACK, and an application that waits for the peer's first word sends no other.
bool repeats_handshake(const Tcb& tcb, const Segment& seg) noexcept {
  return seg.ctl.syn() && seg.ctl.ack() && seg.seq + 1 == tcb.rcv_nxt && seg.ack == tcb.iss + 1;
}

/// "Send an acknowledgment in reply (unless the RST bit is set)". Segments with text or FIN, and a repeated SYN,ACK,
/// are always answered, because a lost ACK may be why they came; others only within the connection's limit, so that two
/// confused peers can't play ping-pong for ever.
void answer_unacceptable(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  if (seg.ctl.rst()) return;
  if (seg.len > 0 && !seg.ctl.syn() && seg.seq < tcb.rcv_nxt) answer_duplicate(tcb, seg, env);
  const bool handshake = repeats_handshake(tcb, seg);
  if (handshake) ecn_take_repeated_syn_ack(tcb, seg, env);
  if (seg.len > 0 && seg.seq < tcb.rcv_nxt) ecn_on_duplicate_text(tcb, env);
  if (seg.len > 0 || seg.ctl.fin() || handshake || may_answer_empty(tcb, env)) owe(tcb, kOweAck, env);
}

}  // namespace

Step check_sequence(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept {
  // RFC 7323 3.2 lets an RST come without timestamps. So may a SYN: a peer that has restarted without them is to learn
  // that this connection exists (RFC 5961 4, "irrespective of the sequence number").
  const bool excused = seg.ctl.rst() || (seg.ctl.syn() && !seg.options.has_timestamps);
  if (tcb.has(kTimestamps) && !excused) {
    if (!seg.options.has_timestamps) {
      outcome = Outcome::DroppedNoTimestamp;
      return Step::Done;
    }
    if (fails_paws(tcb, seg, env)) {
      answer_unacceptable(tcb, seg, env);
      outcome = Outcome::DroppedPaws;
      return Step::Done;
    }
    seg.newer_timestamp = seg.options.ts_val != tcb.ts_recent;
  }
  if (!acceptable(tcb, seg)) {
    if (control_only(tcb, seg) && !seg.ctl.syn()) {
      answer_unacceptable(tcb, seg, env);
      drop_text(seg);
      return Step::Continue;
    }
    answer_unacceptable(tcb, seg, env);
    outcome = Outcome::DroppedNotAcceptable;
    return Step::Done;
  }
  if (seg.ctl.rst() || seg.ctl.syn()) return Step::Continue;  // judged by their untouched sequence number
  seg.at_last_ack = seg.seq <= tcb.last_ack_sent;
  trim_to_window(tcb, seg, env);
  return Step::Continue;
}

}  // namespace millrace::tcp
