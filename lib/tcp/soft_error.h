// Trouble that ends nothing by itself, told to the application (RFC 9293 3.9.1.8, MUST-47): ICMP errors that are soft
// or not believed to be hard, and R1 of the retransmissions (SHLD-9).
#pragma once

#include "tcp/event.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Remembers it as the connection's last and records the event, unless the application wants none (SHLD-20).
void report_soft_error(Tcb& tcb, SoftError error, Env& env) noexcept;

/// The last one; None when there was none.
[[nodiscard]] SoftError last_soft_error(const Tcb& tcb, const Env& env) noexcept;

}  // namespace millrace::tcp
