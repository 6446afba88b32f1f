// RFC 5927 4.1 and 5.2, RFC 1122 4.2.3.9: port and protocol unreachable are hard, the rest is soft. MUST-54, MUST-56,
// SHLD-25; SHLD-26 only in SYN-SENT and SYN-RECEIVED.
#include "tcp/icmp.h"

#include "tcp/close.h"
#include "tcp/env.h"
#include "tcp/listen.h"
#include "tcp/soft_error.h"

namespace millrace::tcp {
namespace {

bool is_hard(SoftError error) noexcept {
  return error == SoftError::ProtocolUnreachable || error == SoftError::PortUnreachable;
}

bool being_opened(const Tcb& tcb) noexcept { return tcb.state == State::SynSent || tcb.state == State::SynReceived; }

}  // namespace

bool icmp_arrives(Tcb& tcb, SoftError error, SeqNum quoted_seq, Env& env) noexcept {
  if (!wire::in_window(quoted_seq, tcb.snd_una, tcb.flight_size())) return false;
  report_soft_error(tcb, error, env);
  if (is_hard(error) && being_opened(tcb)) terminate(tcb, CloseRule::Unreachable, env);
  return true;
}

bool half_open_icmp_arrives(std::uint32_t index, SoftError error, SeqNum quoted_seq, Env& env) noexcept {
  if (quoted_seq != env.table.half_opens[index].iss) return false;
  if (is_hard(error)) end_half_open(index, CloseRule::HalfOpenUnreachable, env);
  return true;
}

}  // namespace millrace::tcp
