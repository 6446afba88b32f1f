// Two modes, side by side. Classic: ECE from a mark until CWR comes, CWR on the first new text after the window fell.
// A connection of a DCTCP sender and receiver echoes each change instead (RFC 8257 3.2), so that ECE says of each ACK
// whether what it covers was marked. Accurate: counters in every segment; the AccECN option goes beside timestamps and
// two SACK blocks on bare ACKs, and on text that leaves room for it. Retransmissions carry none, so one that a path
// drops for its option gets through the second time (RFC 9768 3.2.3.2.2).
#include "tcp/ecn.h"

#include <algorithm>
#include <utility>

#include "tcp/accecn.h"
#include "tcp/build_segment.h"
#include "tcp/env.h"
#include "tcp/send_queue.h"

namespace millrace::tcp {
namespace {

constexpr std::size_t kOptionRoom = wire::kTcpMaxHeader - wire::kTcpMinHeader;

void set_if(Tcb& tcb, std::uint8_t bit, bool on) noexcept {
  if (on)
    tcb.ecn |= bit;
  else
    ecn_clear(tcb, bit);
}

/// What is left beside timestamps and the SACK blocks that come first (3.2.3.3): two, if there are so many.
std::size_t room_for_option(const wire::TcpHeader& header) noexcept {
  const std::size_t blocks = std::min<std::size_t>(header.options.sack_count, 2);
  const std::size_t taken = (header.options.has_timestamps ? 12 : 0) + (blocks == 0 ? 0 : 4 + 8 * blocks);
  return kOptionRoom - taken;
}

bool is_bare(const wire::TcpHeader& header) noexcept {
  return header.ctl.ack() && !header.ctl.syn() && !header.ctl.fin() && !header.ctl.rst() &&
         header.options.sack_count == 0;
}

void put_echo(const Tcb& tcb, wire::TcpHeader& header) noexcept {
  if ((tcb.ecn & kEcnEcho) != 0 && header.ctl.ack() && !header.ctl.rst()) header.ctl.bits |= Ctl::kEce;
}

/// An ACK that must say what was, before what has just come changes it.
void acknowledge_now(Tcb& tcb, Env& env) noexcept {
  if (env.out.room() == 0) return owe(tcb, kOweAck, env);
  pkt::Packet* packet = build_control(tcb, tcb.snd_nxt, Ctl::kAck, env);
  if (packet == nullptr) return owe(tcb, kOweAck, env);
  emit(tcb, *packet, env);
}

/// RFC 8257 3.2.
void follow_marks(Tcb& tcb, bool ce, Env& env) noexcept {
  if (((tcb.ecn & kEcnLastCe) != 0) == ce) return;
  if (tcb.rcv_nxt != tcb.last_ack_sent) acknowledge_now(tcb, env);
  set_if(tcb, kEcnLastCe, ce);
  set_if(tcb, kEcnEcho, ce);
}

/// RFC 3168 6.1.3. Both changes are told at once: the sender should fall soon, and may have little else to send.
void classic_segment(Tcb& tcb, const Segment& seg, bool ce, Env& env) noexcept {
  if ((tcb.ecn & kEcnEachMark) != 0) {
    if (seg.len > 0) follow_marks(tcb, ce, env);
    return;
  }
  const bool told = seg.ctl.cwr() && (tcb.ecn & kEcnEcho) != 0;
  if (told) ecn_clear(tcb, kEcnEcho);
  const bool marked = ce && seg.len > 0 && (tcb.ecn & kEcnEcho) == 0;
  if (marked) tcb.ecn |= kEcnEcho;
  if (seg.len > 0 && (told || marked)) owe(tcb, kOweAck, env);
}

/// RFC 9768 3.2.2.4: counters start at 5, so a zero in the first segment was written by somebody else, unless an option
/// tells of marks: a burst's ACK may report three. True: nothing is believed from now on.
bool judge_first_ace(Tcb& tcb, const Segment& seg, AccEcnPart& part, Env& env) noexcept {
  const wire::AccEcnOption& option = seg.options.accecn;
  const bool counted = option.has_ceb() && option.ceb != 0;
  if (!std::exchange(part.first_ace_due, false) || seg.ctl.ace() != 0 || counted) return false;
  ecn_stop_listening(tcb, env);
  return true;
}

/// RFC 9768 3.2.2.5.1: an ACK at once when marks begin on text, and for every second or third mark. A burst's marks may
/// be answered together, but ACE must not turn unseen.
void accurate_segment(Tcb& tcb, const Segment& seg, bool ce, Env& env) noexcept {
  constexpr std::uint8_t kMostUnsent = 7;
  AccEcnPart& part = env.table.accecn(tcb);
  if (!seg.completes_handshake) (void)judge_first_ace(tcb, seg, part, env);
  if (ce && part.marks_unsent == kMostUnsent) acknowledge_now(tcb, env);
  part.marks_unsent = std::min(part.marks_unsent, kMostUnsent);
  count_packet(part, static_cast<wire::Ecn>(seg.ecn), seg.len);
  const bool begins = ce && seg.len > 0 && (tcb.ecn & kEcnLastCe) == 0;
  const bool unacknowledged = seg.len > 0 || tcb.rcv_nxt != tcb.last_ack_sent;
  set_if(tcb, kEcnLastCe, ce);
  if (begins || (ce && part.marks_unsent >= (unacknowledged ? 2 : 3))) owe(tcb, kOweAck, env);
}

/// RFC 8257 3.3 counts all that an ACK with ECE covers as marked.
void classic_ack(const Segment& seg, cc::AckSample& sample) noexcept {
  sample.ece = seg.ctl.ece();
  if (sample.ece) sample.ce_bytes = std::max(sample.acked, sample.newly_delivered);
}

/// Whether another ACK may have said more already (appendix A.1). A duplicate without SACK blocks proves nothing.
bool superseded(const Tcb& tcb, const Segment& seg, const cc::AckSample& sample) noexcept {
  const bool progress = sample.acked > 0 || (sample.newly_delivered > 0 && tcb.has(kSackPermitted));
  return !progress && !seg.newer_timestamp;
}

void accurate_ack(Tcb& tcb, const Segment& seg, cc::AckSample& sample, Env& env) noexcept {
  if (seg.completes_handshake) return;  // 3.2.2.1: read with it
  AccEcnPart& part = env.table.accecn(tcb);
  if (judge_first_ace(tcb, seg, part, env)) return;
  if (superseded(tcb, seg, sample)) return;
  const Delivered delivered{std::max(sample.acked, sample.newly_delivered), payload_limit(tcb)};
  const Marks marks = read_feedback(part, seg.ctl.ace(), seg.options.accecn, delivered);
  if (marks.contradiction) ecn_stop_ect(tcb, env);
  sample.ece = marks.packets > 0;
  sample.ce_bytes = marks.bytes;
}

}  // namespace

void ecn_put_on_control(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept {
  if (ecn_mode(tcb) == EcnMode::None) return;
  if (ecn_mode(tcb) == EcnMode::Classic) return put_echo(tcb, header);
  const AccEcnPart& part = env.table.accecn(tcb);
  const bool handshake = ecn_owes_handshake_ack(tcb) && is_bare(header);
  header.ctl.set_ace(handshake ? encode_handshake(part.handshake) : ace_of(part));
  if (!header.ctl.rst()) header.options.accecn = make_option(part, room_for_option(header));
}

void ecn_put_on_text(Tcb& tcb, wire::TcpHeader& header, std::uint32_t length, bool fresh, Env& env) noexcept {
  if (ecn_mode(tcb) == EcnMode::None) return;
  if (ecn_mode(tcb) == EcnMode::Classic) {
    put_echo(tcb, header);
    if (fresh && (tcb.ecn & kEcnCwrDue) != 0) header.ctl.bits |= Ctl::kCwr;
    return;
  }
  const AccEcnPart& part = env.table.accecn(tcb);
  header.ctl.set_ace(ace_of(part));
  const std::uint32_t left = payload_limit(tcb) - std::min(length, payload_limit(tcb));
  if (fresh) header.options.accecn = make_option(part, std::min<std::size_t>(left, room_for_option(header)));
}

void ecn_sent(Tcb& tcb, const wire::TcpHeader& header, std::uint32_t length, Env& env) noexcept {
  if (ecn_mode(tcb) == EcnMode::None) return;
  if (ecn_mode(tcb) == EcnMode::Classic) {
    if (header.ctl.cwr()) ecn_clear(tcb, kEcnCwrDue);
    return;
  }
  AccEcnPart& part = env.table.accecn(tcb);
  part.marks_unsent = 0;
  if (length == 0 && is_bare(header)) ecn_clear(tcb, kEcnHandshakeAck);
  part.option_sent_last = header.options.accecn.present();
  if (!header.options.accecn.present()) return;
  part.option_due = false;
  if (part.full_options_due > 0) --part.full_options_due;
}

void ecn_on_segment(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  if (ecn_mode(tcb) == EcnMode::None) return;
  const bool ce = static_cast<wire::Ecn>(seg.ecn) == wire::Ecn::Ce;
  if (ce) ++env.count.ce_received;
  if (ecn_mode(tcb) == EcnMode::Classic)
    classic_segment(tcb, seg, ce, env);
  else
    accurate_segment(tcb, seg, ce, env);
}

void ecn_on_duplicate_text(Tcb& tcb, Env& env) noexcept {
  if (ecn_mode(tcb) != EcnMode::Accurate) return;
  AccEcnPart& part = env.table.accecn(tcb);
  if (std::exchange(part.option_sent_last, false) && part.options_lost < 0xff) ++part.options_lost;
}

void ecn_on_ack(Tcb& tcb, const Segment& seg, cc::AckSample& sample, Env& env) noexcept {
  if (ecn_mode(tcb) == EcnMode::None || (tcb.ecn & kEcnDeaf) != 0) return;
  if (ecn_mode(tcb) == EcnMode::Classic)
    classic_ack(seg, sample);
  else
    accurate_ack(tcb, seg, sample, env);
  if (sample.ece) ++env.count.ece_received;
}

void ecn_window_fell(Tcb& tcb) noexcept {
  if (ecn_mode(tcb) == EcnMode::Classic) tcb.ecn |= kEcnCwrDue;
}

void ecn_stop_ect(Tcb& tcb, Env& env) noexcept {
  if ((tcb.ecn & kEcnEct) != 0) ++env.count.ecn_mangled;
  ecn_clear(tcb, kEcnEct);
}

void ecn_stop_listening(Tcb& tcb, Env& env) noexcept {
  ecn_stop_ect(tcb, env);
  tcb.ecn |= kEcnDeaf;
}

}  // namespace millrace::tcp
