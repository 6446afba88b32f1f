// Which data may be sent now: retransmissions first, then new data within cwnd and the peer's window, by Nagle's rule
// and the sender's silly-window avoidance (RFC 9293 3.7.4, 3.8.6.2.1), and zero-window probes (3.8.6.1).
#pragma once

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Sends what may be sent. False when room or packets ran out before that.
[[nodiscard]] bool send_data(Tcb& tcb, Env& env) noexcept;

/// Sends one zero-window probe: at least one byte of data, or our FIN. False when room or packets ran out.
[[nodiscard]] bool send_probe(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
