// Second and fourth: who may reset whom (RFC 9293 3.10.7.4 with RFC 5961 3 and 4).
//
// An RST is believed only at exactly RCV.NXT; elsewhere in the window it is answered by a challenge ACK, which a real
// peer that lost its state answers with an RST that does fit. A SYN never resets a synchronized connection.
#include "tcp/challenge_ack.h"
#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/segment_arrives.h"

namespace millrace::tcp {
namespace {

CloseRule rule_of_reset(const Tcb& tcb) noexcept {
  // An active opener that is reset in SYN-RECEIVED (simultaneous open) was refused (MUST-11).
  return tcb.state == State::SynReceived && tcb.has(kActiveOpen) ? CloseRule::RefusedByPeer : CloseRule::ResetByPeer;
}

}  // namespace

Step check_rst(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept {
  if (!seg.ctl.rst()) return Step::Continue;
  if (seg.seq == tcb.rcv_nxt) {
    ++env.count.resets_received;
    terminate(tcb, rule_of_reset(tcb), env);
    outcome = Outcome::Processed;
  } else {
    challenge_ack(tcb, env);
    outcome = Outcome::AnsweredChallenge;
  }
  return Step::Done;
}

Step check_syn(Tcb& tcb, Segment& seg, Env& env, Outcome& outcome) noexcept {
  if (!seg.ctl.syn()) return Step::Continue;
  challenge_ack(tcb, env);
  outcome = Outcome::AnsweredChallenge;
  return Step::Done;
}

}  // namespace millrace::tcp
