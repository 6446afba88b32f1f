// LISTEN and passive SYN-RECEIVED (RFC 9293 3.10.7.2, 3.10.7.4): from a SYN to an accepted connection, through the SYN
// cache or by a cookie.
#pragma once

#include <cstdint>

#include "base/slab.h"
#include "tcp/close_rule.h"
#include "tcp/outcome.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Env;

/// A segment for `listener` whose 4-tuple is unknown, or a newer SYN for an entry in TIME-WAIT, which ends when the SYN
/// is accepted (RFC 9293 MAY-2). A SYN is answered by SYN,ACK, with or without an entry in the SYN
/// cache; the ACK of a cookie makes a Tcb and is processed there with its text.
[[nodiscard]] Outcome listen_arrives(std::uint16_t listener, Segment& seg, Env& env,
                                     std::uint32_t time_wait = base::kNoIndex) noexcept;

/// A new entry of the SYN cache is in its tables: sends its SYN,ACK and arms its deadline.
void start_half_open(std::uint32_t index, Env& env) noexcept;

/// A segment for a half-open connection. The handshake's ACK turns it into a Tcb and is processed there with its text.
[[nodiscard]] Outcome half_open_arrives(std::uint32_t index, Segment& seg, Env& env) noexcept;

/// Its deadline: SYN,ACK again with back-off, or the end.
void on_half_open_timer(std::uint32_t index, Env& env) noexcept;

/// Ends a half-open connection (back to LISTEN): counted, and kept in the log of closed ones.
void end_half_open(std::uint32_t index, CloseRule rule, Env& env) noexcept;
/// Forgets its entry; it goes on as a Tcb.
void drop_half_open(std::uint32_t index, Env& env) noexcept;

}  // namespace millrace::tcp
