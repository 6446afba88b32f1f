// LISTEN and passive SYN-RECEIVED (RFC 9293 3.10.7.2, 3.10.7.4): from a SYN to an accepted connection through the SYN
// cache.
#pragma once

#include <cstdint>

#include "tcp/outcome.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Env;

/// A segment for `listener` whose 4-tuple is unknown. A SYN makes a half-open connection and is answered by SYN,ACK.
[[nodiscard]] Outcome listen_arrives(std::uint16_t listener, Segment& seg, Env& env) noexcept;

/// A segment for a half-open connection. The handshake's ACK turns it into a Tcb and is processed there with its text.
[[nodiscard]] Outcome half_open_arrives(std::uint32_t index, Segment& seg, Env& env) noexcept;

/// Its deadline: SYN,ACK again with back-off, or the end.
void on_half_open_timer(std::uint32_t index, Env& env) noexcept;

/// Forgets a half-open connection (back to LISTEN).
void drop_half_open(std::uint32_t index, Env& env) noexcept;

}  // namespace millrace::tcp
