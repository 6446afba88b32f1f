// ICMP errors about our segments (RFC 9293 3.9.2.2, RFC 5927): whom they may harm.
//
// An error is believed only when the quoted sequence number is outstanding. Hard errors end a connection only while it
// is being opened; an established connection outlives them (RFC 5927 5.2), because R2 ends it if they are true.
#pragma once

#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

enum class IcmpError : std::uint8_t {
  Soft,  ///< net or host unreachable, time exceeded, parameter problem (MUST-56: never abort)
  Hard,  ///< protocol or port unreachable
};

/// True when the error was about something outstanding.
bool icmp_arrives(Tcb& tcb, IcmpError error, SeqNum quoted_seq, Env& env) noexcept;

}  // namespace millrace::tcp
