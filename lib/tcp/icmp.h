// ICMP errors about our segments (RFC 9293 3.9.2.2, RFC 5927): whom they may harm.
//
// An error is believed only when the quoted sequence number is outstanding. Hard errors end a connection only while it
// is being opened; an established connection outlives them (RFC 5927 5.2), because R2 ends it if they are true. All
// that ends nothing is a soft error for the application. What is too big for a path is path_mtu's business.
#pragma once

#include "tcp/event.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// True when the error was about something outstanding.
bool icmp_arrives(Tcb& tcb, SoftError error, SeqNum quoted_seq, Env& env) noexcept;

/// The same for a half-open connection, which is forgotten if the error is hard.
bool half_open_icmp_arrives(std::uint32_t index, SoftError error, SeqNum quoted_seq, Env& env) noexcept;

}  // namespace millrace::tcp
