// RFC 9293 3.8.5 and 3.10.7.4, sixth. Marks are compared with what is near them and forgotten when they lie behind, so
// that none comes back when sequence numbers wrap. The pointer has 16 bits: a mark farther away is announced as far as
// it reaches and moves on with every segment (MUST-31).
#include "tcp/urgent.h"

#include <algorithm>

#include "tcp/close.h"
#include "tcp/env.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {
namespace {

/// Sequence number of the first byte that the application has not read.
SeqNum first_unread(const Tcb& tcb) noexcept {
  return tcb.rcv_nxt - tcb.rcv_queue.bytes() - (tcb.has(kPeerFin) ? 1u : 0u);
}

}  // namespace

void check_urg(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  if (!seg.ctl.urg() || !tcb.receiving()) return;
  const SeqNum mark = seg.seq + seg.up;
  RarePart& rare = env.table.rare_part(tcb);
  const bool pending = tcb.has(kUrgentToRead) && rare.rcv_up > first_unread(tcb);
  if (mark <= (pending ? rare.rcv_up : first_unread(tcb))) return;  // nothing new, or read already
  rare.rcv_up = mark;
  tcb.set(kUrgentToRead);
  tell(tcb, EventKind::Urgent, env);
}

std::uint32_t urgent_left(const Tcb& tcb, const Env& env) noexcept {
  if (!tcb.has(kUrgentToRead)) return 0;
  const SeqNum mark = env.table.rare_parts[tcb.rare].rcv_up;
  const SeqNum unread = first_unread(tcb);
  return mark > unread ? mark - unread : 0;
}

void forget_urgent_read(Tcb& tcb, const Env& env) noexcept {
  if (tcb.has(kUrgentToRead) && urgent_left(tcb, env) == 0) tcb.clear(kUrgentToRead);
}

void mark_queued_urgent(Tcb& tcb, Env& env) noexcept { mark_urgent_ahead(tcb, 0, env); }

void mark_urgent_ahead(Tcb& tcb, std::uint32_t ahead, Env& env) noexcept {
  const SeqNum mark = tcb.snd_queue_end() + ahead;
  if (mark <= tcb.snd_una || (tcb.has(kUrgentToSend) && env.table.rare_part(tcb).snd_up == mark)) return;
  env.table.rare_part(tcb).snd_up = mark;
  tcb.set(kUrgentToSend);
  // The peer is to learn of it even when its window takes no text now.
  if (tcb.syn_acked()) owe(tcb, kOweAck | kOweData, env);
}

void put_urgent(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept {
  const SeqNum mark = env.table.rare_part(tcb).snd_up;
  if (tcb.snd_una >= mark) {
    tcb.clear(kUrgentToSend);
  } else if (header.seq < mark) {
    header.ctl.bits |= Ctl::kUrg;
    header.urgent_pointer = static_cast<std::uint16_t>(std::min<std::uint32_t>(mark - header.seq, 0xffff));
  }
}

}  // namespace millrace::tcp
