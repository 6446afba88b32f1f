// RFC 5927 4.1 and 5.2: an error counts only if it quotes an outstanding sequence number, and it ends nothing but a
// connection in SYN-SENT. What the IP floor calls hard or soft is its own decision. Packet-too-big does not lower the
// MSS yet.
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
