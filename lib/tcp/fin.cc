// RFC 9293 3.10.7.4, eighth, and the state changes of 3.6. Called for a FIN in order, or when reassembly reaches one
// that was kept. Nothing can follow a FIN, so what reassembly holds beyond it is dropped.
#include "tcp/fin.h"

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/segment_arrives.h"
#include "tcp/time_wait.h"

namespace millrace::tcp {

void fin_reached(Tcb& tcb, Env& env) noexcept {
  if (!tcb.receiving()) return;
  tcb.rcv_nxt += 1;
  // The FIN takes one number of the window; the edge itself stays.
  tcb.rcv_adv = max(tcb.rcv_adv, tcb.rcv_nxt);
  tcb.set(kPeerFin);
  drop_reassembly(tcb, env);
  owe(tcb, kOweAck, env);
  tell(tcb, EventKind::PeerClosed, env);
  switch (tcb.state) {
    case State::Established:
      set_state(tcb, State::CloseWait, env);
      break;
    case State::FinWait1:
      // Our FIN was not acknowledged, or check_ack would have left FIN-WAIT-1.
      set_state(tcb, State::Closing, env);
      break;
    case State::FinWait2:
      enter_time_wait(tcb, env);
      break;
    default:
      break;
  }
}

void check_fin(Tcb& tcb, Segment& seg, Env& env) noexcept {
  if (seg.ctl.fin() && tcb.receiving() && seg.seq + seg.len == tcb.rcv_nxt) fin_reached(tcb, env);
}

}  // namespace millrace::tcp
