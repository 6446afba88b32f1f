// Eighth: check the FIN bit (RFC 9293 3.10.7.4).
#pragma once

namespace millrace::tcp {

struct Tcb;
struct Env;

/// All text before the peer's FIN has been delivered: RCV.NXT advances over the FIN, it is acknowledged, and the state
/// follows.
void fin_reached(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
