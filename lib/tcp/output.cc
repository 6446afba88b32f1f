// What goes first when much is owed: RST alone, SYN alone, then probe, keepalive, bare duplicate ACKs, data, and last
// an ACK if no segment has carried it. RFC 9293 3.8.4 for keepalives, 3.10.5 for RST. Which data may go is send_data's
// decision.
#include "tcp/output.h"

#include "tcp/build_segment.h"
#include "tcp/ecn.h"
#include "tcp/env.h"
#include "tcp/fast_open_client.h"
#include "tcp/isn.h"
#include "tcp/send_data.h"
#include "tcp/tail_loss_probe.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

void paid(Tcb& tcb, std::uint8_t what) noexcept { tcb.owed &= static_cast<std::uint8_t>(~what); }

/// Emits if it could be built; false: no packet, try again next turn.
bool emit_if_built(Tcb& tcb, pkt::Packet* packet, Env& env) noexcept {
  if (packet == nullptr) return false;
  emit(tcb, *packet, env);
  return true;
}

/// RFC 9293 3.10.5: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>.
bool send_reset(Tcb& tcb, Env& env) noexcept {
  if (env.out.room() == 0) return false;
  if (!emit_if_built(tcb, build_control(tcb, tcb.snd_nxt, Ctl::kRst | Ctl::kAck, env), env)) return false;
  ++env.count.resets_sent;
  tcb.owed = 0;
  return true;
}

bool send_syn(Tcb& tcb, Env& env) noexcept {
  if (env.out.room() == 0) return false;
  if (!emit_if_built(tcb, build_syn(tcb, env), env)) return false;
  paid(tcb, kOweSyn);
  tcb.snd_nxt = max(tcb.snd_nxt, tcb.iss + 1);  // Fast Open: text went with the SYN, or follows the SYN,ACK
  if (tcb.rexmit_at == 0) start_retransmission_timer(tcb, env);
  return true;
}

/// RFC 9293 3.8.4: <SEQ=SND.NXT-1>, without text (SHLD-12), so the peer must answer.
bool send_keepalive(Tcb& tcb, Env& env) noexcept {
  if (env.out.room() == 0) return false;
  if (!emit_if_built(tcb, build_control(tcb, tcb.snd_nxt - 1, Ctl::kAck, env), env)) return false;
  paid(tcb, kOweKeepalive);
  ++env.count.keepalive_probes;
  return true;
}

bool send_ack(Tcb& tcb, Env& env) noexcept {
  if (env.out.room() == 0) return false;
  return emit_if_built(tcb, build_control(tcb, tcb.snd_nxt, Ctl::kAck, env), env);
}

/// While there are holes, ACKs go out bare: they carry SACK blocks, and the peer counts them as duplicates (RFC 5681
/// 2).
bool send_duplicate_acks(Tcb& tcb, Env& env) noexcept {
  while (tcb.dup_acks_owed > 0) {
    if (!send_ack(tcb, env)) return false;
    --tcb.dup_acks_owed;
  }
  return true;
}

bool synchronized_output(Tcb& tcb, Env& env) noexcept {
  if ((tcb.owed & kOweProbe) != 0) {
    if (!send_probe(tcb, env)) return false;
    paid(tcb, kOweProbe);
  }
  if ((tcb.owed & kOweTailProbe) != 0) {
    if (!send_tail_probe(tcb, env)) return false;
    paid(tcb, kOweTailProbe);
  }
  if ((tcb.owed & kOweKeepalive) != 0 && !send_keepalive(tcb, env)) return false;
  if (ecn_owes_handshake_ack(tcb) && !send_ack(tcb, env)) return false;
  if (!send_duplicate_acks(tcb, env)) return false;
  if (!send_data(tcb, env)) return false;
  paid(tcb, kOweData);
  return (tcb.owed & kOweAck) == 0 || send_ack(tcb, env);
}

}  // namespace

bool output(Tcb& tcb, Env& env) noexcept {
  if ((tcb.owed & kOweRst) != 0) return !send_reset(tcb, env);
  if (tcb.has(kFastOpen)) end_wait_of_syn(tcb, env);
  if ((tcb.owed & kOweSyn) != 0 && !send_syn(tcb, env)) return true;
  if (tcb.state == State::Closed || tcb.state == State::SynSent) return false;
  // Data waits for ESTABLISHED, save for Fast Open's; what is outside the window or a challenge is answered now.
  if (tcb.state == State::SynReceived && !tcb.has(kFastOpenPending))
    return (tcb.owed & kOweAck) != 0 && !send_ack(tcb, env);
  return !synchronized_output(tcb, env);
}

}  // namespace millrace::tcp
