// How large a connection's send buffer is: fixed when the application said so, else tuned by the congestion window:
// twice of it, so that what was not acknowledged and what follows both fit, as Linux does it.
//
// It grows within a bound per connection; what all connections really hold is bounded by the send budget, which no size
// and no growth gets around (buffer_memory.h). It never shrinks.
#pragma once

#include <cstdint>

namespace millrace::tcp {

struct Tcb;
struct Env;

/// The application chose `bytes`, now or when the connection began; 0: tuned, from what it is now or from the start.
void set_send_buffer(Tcb& tcb, std::uint32_t bytes, Env& env) noexcept;

/// An ACK may have changed the congestion window.
void tune_send_buffer(Tcb& tcb, std::uint32_t cwnd, Env& env) noexcept;

}  // namespace millrace::tcp
