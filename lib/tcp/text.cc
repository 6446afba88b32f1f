// Seventh: process the segment text (RFC 9293 3.10.7.4); when to acknowledge (3.8.6.3, RFC 5681 4.2).
#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/fin.h"
#include "tcp/receive_queue.h"
#include "tcp/receive_tuning.h"
#include "tcp/segment_arrives.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

/// RFC 9293 3.6.1 (SHLD-3): data for an application that has closed is lost, and an RST says so.
bool lost_on_closed_application(const Tcb& tcb, const Segment& seg) noexcept {
  return tcb.has(kOrphan | kLingering) && seg.len > 0 && !tcb.has(kAbortWhenAcked);
}

/// Two full-sized segments are not acknowledged; their options take from the text.
bool two_segments_due(const Tcb& tcb) noexcept {
  return tcb.rcv_nxt - tcb.last_ack_sent >= 2 * (tcb.rmss - tcb.option_bytes());
}

/// Every second full-sized segment at once (SHLD-19), the rest within the delay (MUST-40).
void acknowledge_soon(Tcb& tcb, Env& env) noexcept {
  if (two_segments_due(tcb)) {
    owe(tcb, kOweAck, env);
  } else if (tcb.delayed_ack_at == 0) {
    set_deadline(tcb, &Tcb::delayed_ack_at, env.now + env.config.delayed_ack, env);
  }
}

/// Bytes wait that the application was told of and left.
bool lets_data_wait(const Tcb& tcb) noexcept {
  constexpr auto kTellReadable = static_cast<std::uint16_t>(1u << static_cast<unsigned>(EventKind::Readable));
  return !tcb.rcv_queue.empty() && (tcb.pending_events & kTellReadable) == 0;
}

/// Short of packets, text for a stalled reader stays with its sender, though the window promised room: the last buffers
/// belong to ACKs and to readers who keep up, and the very last to ACKs alone.
bool may_deliver(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  if (env.pressure >= Pressure::Syns && lets_data_wait(tcb)) return false;
  if (seg.len < kCompactBelow && tcb.rcv_queue.has_compact_room(seg.len)) return true;  // it costs nothing
  if (env.pressure == Pressure::Dry) return false;
  const std::uint32_t cost = seg.packet->truesize();
  return fits_receive_budget(tcb, cost, env) || give_up_out_of_order(tcb, cost, env);
}

Outcome keep_for_later(Tcb& tcb, Segment& seg, Env& env) noexcept {
  const Outcome outcome = keep_out_of_order(tcb, seg, env);
  // RFC 5681 4.2: each one is answered by a duplicate ACK at once; a burst's worth is bounded.
  constexpr std::uint8_t kMostDuplicates = 8;
  if (tcb.dup_acks_owed < kMostDuplicates) ++tcb.dup_acks_owed;
  owe(tcb, kOweAck, env);
  return outcome;
}

Outcome deliver(Tcb& tcb, Segment& seg, Env& env) noexcept {
  if (!may_deliver(tcb, seg, env)) {
    owe(tcb, kOweAck, env);
    return Outcome::DroppedMemory;
  }
  tcb.rcv_nxt += seg.len;
  for_each_slice(seg, [&](pkt::Packet& slice) { append_to_receive_queue(tcb, slice, env); });
  tell(tcb, EventKind::Readable, env);
  restart_receive_timeout(tcb, env);
  note_received(tcb, seg, two_segments_due(tcb), env);
  if (tcb.reassembly == base::kNoIndex) {
    acknowledge_soon(tcb, env);
  } else {
    owe(tcb, kOweAck, env);  // RFC 5681 4.2: at once when it fills a hole
    tcb.dup_acks_owed = 0;   // they would repeat the new RCV.NXT: duplicates of an ACK for what is not lost
    if (deliver_contiguous(tcb, env)) fin_reached(tcb, env);
  }
  return Outcome::Delivered;
}

}  // namespace

Step process_text(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept {
  if (seg.len == 0 && !seg.ctl.fin()) return Step::Continue;
  if (!tcb.receiving()) return Step::Continue;  // "This should not occur since a FIN has been received ... Ignore"
  if (lost_on_closed_application(tcb, seg)) {
    reset_connection(tcb, CloseRule::DataAfterClose, env);
    outcome = Outcome::AnsweredReset;
    return Step::Done;
  }
  if (seg.seq > tcb.rcv_nxt) {
    outcome = keep_for_later(tcb, seg, env);
    return Step::Done;
  }
  if (seg.len == 0) return Step::Continue;
  outcome = deliver(tcb, seg, env);
  return outcome == Outcome::Delivered ? Step::Continue : Step::Done;
}

}  // namespace millrace::tcp
