// Output: what a connection owes becomes segments, as far as this turn has room (RFC 9293 3.10.8 in the RFC's "send"
// sense, 3.8.6).
//
// Pulled by the worker after the application has spoken, so ACKs ride on data and one ACK stands for a burst (MUST-58,
// MUST-59).
#pragma once

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Pays what is owed. True when something is left because the turn's room or the control pool ran out: ask again next
/// turn.
[[nodiscard]] bool output(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
