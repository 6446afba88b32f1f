// The RFC's order of steps, and nothing else. The third (security and compartment) is not implemented.
#include "tcp/segment_arrives.h"

#include "tcp/ecn.h"
#include "tcp/env.h"
#include "tcp/fast_open_server.h"
#include "tcp/timers.h"
#include "tcp/urgent.h"

namespace millrace::tcp {
namespace {

/// 3.10.7.4: SYN-RECEIVED and the synchronized states.
Outcome synchronized_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept {
  Outcome outcome = Outcome::Processed;
  if (check_sequence(tcb, seg, env, outcome) == Step::Done) return outcome;  // first
  if (check_rst(tcb, seg, env, outcome) == Step::Done) return outcome;       // second
  if (check_syn(tcb, seg, env, outcome) == Step::Done) return outcome;  // fourth (third, security, is not implemented)
  restart_keepalive(tcb, env);
  if (check_ack(tcb, seg, env, outcome) == Step::Done) return outcome;  // fifth
  ecn_on_segment(tcb, seg, env);
  if (seg.ctl.urg()) check_urg(tcb, seg, env);                             // sixth
  if (process_text(tcb, seg, env, outcome) == Step::Done) return outcome;  // seventh
  check_fin(tcb, seg, env);                                                // eighth
  return outcome;
}

}  // namespace

Outcome segment_arrives(Tcb& tcb, Segment& seg, Env& env) noexcept {
  if (seg.options.malformed) ++env.count.malformed_options;
  if (tcb.state == State::SynSent) return syn_sent_arrives(tcb, seg, env);
  if (repeats_fast_open_syn(tcb, seg)) {
    owe(tcb, kOweSyn, env);
    return Outcome::AnsweredSyn;
  }
  if (is_crossing_syn_ack(tcb, seg)) return crossing_syn_ack_arrives(tcb, seg, env);
  return synchronized_arrives(tcb, seg, env);
}

}  // namespace millrace::tcp
