// Which data may be sent now: retransmissions first, then new data within cwnd and the peer's window, by Nagle's rule
// and the sender's silly-window avoidance (RFC 9293 3.7.4, 3.8.6.2.1), and zero-window probes (3.8.6.1).
#pragma once

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Sender;
struct SentSegment;

/// Sends what may be sent. False when room or packets ran out before that.
[[nodiscard]] bool send_data(Tcb& tcb, Env& env) noexcept;

/// Sends the next new segment if the peer's window and Nagle's rule allow it, whatever cwnd says. False when room or
/// packets ran out.
[[nodiscard]] bool send_one_new(Tcb& tcb, Env& env) noexcept;

/// Sends a segment again that is not larger than payload_limit(). False when room or packets ran out.
[[nodiscard]] bool send_segment_again(Tcb& tcb, Sender& sender, SentSegment& segment, Env& env) noexcept;

/// Sends one zero-window probe: at least one byte of data, or our FIN. False when room or packets ran out.
[[nodiscard]] bool send_probe(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
