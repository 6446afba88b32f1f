#include "tcp/segment_arrives.h"

#include "tcp/env.h"
#include "tcp/timers.h"

namespace millrace::tcp {
namespace {

/// Simultaneous open (3.5, figure 8): the peer's SYN,ACK repeats the SYN that brought us here. It would lie left of the
/// window, and both sides would wait for ever; what counts is its ACK. Its window is not scaled (RFC 7323 2.2).
void skip_known_syn(const Tcb& tcb, Segment& seg) noexcept {
  const bool again = seg.ctl.syn() && seg.ctl.ack() && !seg.ctl.rst() && seg.seq + 1 == tcb.rcv_nxt;
  if (tcb.state != State::SynReceived || !again) return;
  seg.seq += 1;
  seg.ctl.bits &= static_cast<std::uint8_t>(~Ctl::kSyn);
  seg.wnd >>= tcb.snd_wscale;
}

/// 3.10.7.4: SYN-RECEIVED and the synchronized states.
Outcome synchronized_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept {
  Outcome outcome = Outcome::Processed;
  skip_known_syn(tcb, seg);
  if (check_sequence(tcb, seg, env, outcome) == Step::Done) return outcome;  // first
  if (check_rst(tcb, seg, env, outcome) == Step::Done) return outcome;       // second
  if (check_syn(tcb, seg, env, outcome) == Step::Done) return outcome;  // fourth (third, security, is not implemented)
  restart_keepalive(tcb, env);
  if (check_ack(tcb, seg, env, outcome) == Step::Done) return outcome;     // fifth
  if (process_text(tcb, seg, env, outcome) == Step::Done) return outcome;  // seventh
  check_fin(tcb, seg, env);                                                // eighth
  return outcome;
}

}  // namespace

Outcome segment_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept {
  if (seg.options.malformed) ++env.count.malformed_options;
  if (tcb.state == State::SynSent) return syn_sent_arrives(tcb, seg, env);
  return synchronized_arrives(tcb, seg, env);
}

}  // namespace millrace::tcp
