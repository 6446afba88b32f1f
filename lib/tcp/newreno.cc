// NewReno, RFC 6582, step by step; see recovery.h for the seam.
#include <algorithm>

#include "tcp/env.h"
#include "tcp/recovery.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

constexpr std::uint8_t kDupThreshold = 3;

void send_again(Tcb& tcb, SeqNum from, SeqNum to) noexcept {
  tcb.rexmit_nxt = from;
  tcb.rexmit_end = to;
}

/// What fits beside the timestamps: a whole SMSS would become a segment and a crumb.
SeqNum one_segment(const Tcb& tcb) noexcept { return min(tcb.snd_una + payload_limit(tcb), tcb.snd_nxt); }

cc::Sender sender_facts(const Tcb& tcb) noexcept {
  cc::Sender sender;
  sender.smss = tcb.smss;
  sender.in_flight = sender.flight_size = tcb.flight_size();
  return sender;
}

/// RFC 6582 3.2 step 2: the ACK covers more than the last recovery point. At the point itself duplicates may come from
/// what recovery sent again needlessly, and a second reduction for one window of losses must not follow. (In Open
/// SND.UNA is never before it.)
bool covers_more_than_recover(const Tcb& tcb) noexcept { return tcb.snd_una != tcb.recovery_point; }

void enter_fast_recovery(Tcb& tcb, Env& env) noexcept {
  tcb.control.on_recovery(tcb.cc, sender_facts(tcb));
  tcb.phase = RecoveryPhase::FastRecovery;
  tcb.recovery_point = tcb.snd_nxt;
  tcb.cc.cwnd = tcb.cc.ssthresh + kDupThreshold * tcb.smss;
  send_again(tcb, tcb.snd_una, one_segment(tcb));
  ++env.count.fast_retransmits;
}

/// RFC 6582 3.2 step 3, full acknowledgment.
void leave_fast_recovery(Tcb& tcb) noexcept {
  tcb.phase = RecoveryPhase::Open;
  // SMSS may have grown since ssthresh was set (path MTU), and a window below one segment would send nothing.
  const std::uint32_t deflated = std::max<std::uint32_t>(tcb.flight_size(), tcb.smss) + tcb.smss;
  tcb.cc.cwnd = std::max<std::uint32_t>(std::min(tcb.cc.ssthresh, deflated), tcb.smss);
  send_again(tcb, tcb.snd_una, tcb.snd_una);
}

/// RFC 6582 3.2 step 3, partial acknowledgment: the next hole is sent again and the window deflates by what left the
/// network.
void on_partial_ack(Tcb& tcb, std::uint32_t acked) noexcept {
  tcb.cc.cwnd -= std::min(acked, tcb.cc.cwnd - tcb.smss);
  if (acked >= tcb.smss) tcb.cc.cwnd += tcb.smss;
  send_again(tcb, tcb.snd_una, one_segment(tcb));
}

}  // namespace

void recovery_on_duplicate_ack(Tcb& tcb, Env& env) noexcept {
  if (tcb.phase == RecoveryPhase::FastRecovery) {
    tcb.cc.cwnd += tcb.smss;  // step 4: another segment has left the network
    return;
  }
  if (tcb.dup_acks < 0xff) ++tcb.dup_acks;
  if (tcb.dup_acks == kDupThreshold && tcb.phase == RecoveryPhase::Open && covers_more_than_recover(tcb))
    enter_fast_recovery(tcb, env);
}

void recovery_on_ack(Tcb& tcb, const cc::AckSample& sample) noexcept {
  tcb.dup_acks = 0;
  const bool full = tcb.snd_una >= tcb.recovery_point;
  switch (tcb.phase) {
    case RecoveryPhase::FastRecovery:
      if (full)
        leave_fast_recovery(tcb);
      else
        on_partial_ack(tcb, sample.acked);
      return;
    case RecoveryPhase::Loss:
      tcb.rexmit_nxt = max(tcb.rexmit_nxt, tcb.snd_una);
      if (full) tcb.phase = RecoveryPhase::Open;
      break;
    case RecoveryPhase::Open:
      tcb.rexmit_nxt = max(tcb.rexmit_nxt, tcb.snd_una);
      tcb.rexmit_end = max(tcb.rexmit_end, tcb.rexmit_nxt);
      break;
  }
  tcb.control.on_ack(tcb.cc, sample);
}

void recovery_on_timeout(Tcb& tcb, Env& env) noexcept {
  tcb.control.on_timeout(tcb.cc, sender_facts(tcb), !tcb.has(kRetransmitted));
  tcb.set(kRetransmitted);
  tcb.phase = RecoveryPhase::Loss;
  tcb.dup_acks = 0;
  tcb.recovery_point = tcb.snd_nxt;
  send_again(tcb, tcb.snd_una, tcb.snd_nxt);
  owe(tcb, kOweData, env);
}

void recovery_after_persist(Tcb& tcb) noexcept { send_again(tcb, tcb.snd_una, tcb.snd_nxt); }

void recovery_on_too_big(Tcb& tcb, SeqNum from) noexcept {
  // Fast recovery walks from hole to hole by itself; else what waits to be sent again may lie before `from`.
  if (tcb.phase == RecoveryPhase::FastRecovery) return send_again(tcb, tcb.snd_una, one_segment(tcb));
  send_again(tcb, retransmission_due(tcb) ? min(tcb.rexmit_nxt, from) : from, tcb.snd_nxt);
}

bool retransmission_due(const Tcb& tcb) noexcept { return tcb.rexmit_nxt < tcb.rexmit_end; }

std::uint32_t pipe(const Tcb& tcb) noexcept {
  // After a timeout what was sent before counts as lost until it is sent again.
  if (retransmission_due(tcb) && tcb.phase != RecoveryPhase::FastRecovery) return tcb.rexmit_nxt - tcb.snd_una;
  return tcb.flight_size();
}

std::uint32_t cwnd_room(const Tcb& tcb) noexcept {
  // Limited transmit: each of the first two duplicates says that one segment has left the network.
  const std::uint32_t extra =
      tcb.phase == RecoveryPhase::Open ? std::min<std::uint32_t>(tcb.dup_acks, 2) * tcb.smss : 0;
  const std::uint32_t in_network = pipe(tcb);
  const std::uint32_t window = tcb.cc.cwnd + extra;
  return window > in_network ? window - in_network : 0;
}

}  // namespace millrace::tcp
