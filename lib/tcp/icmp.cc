#include "tcp/icmp.h"

#include "tcp/close.h"
#include "tcp/env.h"

namespace millrace::tcp {

bool icmp_arrives(Tcb& tcb, IcmpError error, SeqNum quoted_seq, Env& env) noexcept {
  if (!wire::in_window(quoted_seq, tcb.snd_una, tcb.flight_size())) return false;
  if (error == IcmpError::Hard && tcb.state == State::SynSent) terminate(tcb, CloseReason::Unreachable, env);
  return true;
}

}  // namespace millrace::tcp
