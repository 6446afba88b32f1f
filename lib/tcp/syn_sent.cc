// SYN-SENT (RFC 9293 3.10.7.3): the answer to our SYN.
//
// An RST is believed only when its ACK covers our SYN (ECONNREFUSED); a SYN alone is a simultaneous open (MUST-10).
#include "tcp/close.h"
#include "tcp/ecn_handshake.h"
#include "tcp/env.h"
#include "tcp/handshake.h"
#include "tcp/reply.h"
#include "tcp/segment_arrives.h"
#include "tcp/timers.h"
#include "tcp/urgent.h"

namespace millrace::tcp {
namespace {

/// "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the RST bit is set)".
bool ack_covers_our_syn(const Tcb& tcb, const Segment& seg) noexcept {
  return seg.ack > tcb.iss && seg.ack <= tcb.snd_nxt;
}

Outcome connection_refused(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  if (!seg.ctl.ack()) return Outcome::DroppedReset;
  ++env.count.resets_received;
  terminate(tcb, CloseRule::RefusedByPeer, env);
  return Outcome::Processed;
}

/// Fourth, our SYN is acknowledged: ESTABLISHED. Text and FIN on the SYN,ACK are processed where they belong.
Outcome handshake_completed(Tcb& tcb, Segment& seg, Env& env) noexcept {
  ecn_take_syn_ack(tcb, seg, env);
  become_established(tcb, seg, env);
  owe(tcb, kOweAck, env);
  Outcome outcome = Outcome::Processed;
  seg.seq += 1;
  seg.up -= 1;
  seg.ctl.bits &= static_cast<std::uint8_t>(~Ctl::kSyn);
  check_urg(tcb, seg, env);
  if (seg.len == 0 && !seg.ctl.fin()) return outcome;
  if (check_sequence(tcb, seg, env, outcome) == Step::Done) return outcome;
  if (process_text(tcb, seg, env, outcome) == Step::Done) return outcome;
  check_fin(tcb, seg, env);
  return outcome;
}

/// Fourth, a SYN without ACK: SYN-RECEIVED, and our SYN goes out again as SYN,ACK. Text that came with it is dropped:
/// the peer sends it again, as its SYN has not been acknowledged with it.
Outcome simultaneous_open(Tcb& tcb, const Segment& seg, Env& env) noexcept {
  ecn_take_crossing_syn(tcb, seg, env);
  set_state(tcb, State::SynReceived, env);
  tcb.snd_wnd = seg.wnd;
  tcb.max_snd_wnd = seg.wnd;
  tcb.snd_wl1 = seg.seq;
  owe(tcb, kOweSyn, env);
  return Outcome::Processed;
}

}  // namespace

bool is_crossing_syn_ack(const Tcb& tcb, const Segment& seg) noexcept {
  return tcb.state == State::SynReceived && !tcb.has(kFastOpenPending) && seg.ctl.syn() && seg.ctl.ack() &&
         !seg.ctl.rst() && seg.seq + 1 == tcb.rcv_nxt && ack_covers_our_syn(tcb, seg);
}

Outcome crossing_syn_ack_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept {
  return handshake_completed(tcb, seg, env);
}

Outcome syn_sent_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept {
  if (seg.ctl.ack() && !ack_covers_our_syn(tcb, seg)) {  // first
    if (seg.ctl.rst()) return Outcome::DroppedReset;
    reply_reset(seg, env);
    return Outcome::DroppedBadHandshake;
  }
  if (seg.ctl.rst()) return connection_refused(tcb, seg, env);  // second (third, security, is not implemented)
  if (!seg.ctl.syn()) return Outcome::DroppedBadHandshake;      // fifth
  take_peer_syn(tcb, seg.seq, seg.options, env);                // fourth
  return seg.ctl.ack() ? handshake_completed(tcb, seg, env) : simultaneous_open(tcb, seg, env);
}

}  // namespace millrace::tcp
