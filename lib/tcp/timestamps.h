// Timestamps (RFC 7323): PAWS, TS.Recent, and the RTT of the handshake.
#pragma once

#include "base/time.h"
#include "tcp/tcb.h"

namespace millrace::tcp {

struct Env;

/// RFC 7323 5.3 R1: SEG.TSval before TS.Recent, which is not older than 24 days.
[[nodiscard]] bool fails_paws(const Tcb& tcb, const Segment& seg, const Env& env) noexcept;

/// RFC 7323 4.3 (2): remembers SEG.TSval if the segment spans Last.ACK.sent. Only once its ACK was found good: a forged
/// value far ahead would make every later segment of the peer fail PAWS.
void note_timestamp(Tcb& tcb, const Segment& seg, const Env& env) noexcept;

/// How long ago the millisecond began in which our clock had the echoed value: never less than the RTT, and up to a
/// millisecond more; negative when there is none or it makes no sense.
[[nodiscard]] Duration echo_age(const Tcb& tcb, const Segment& seg, const Env& env) noexcept;

/// RFC 7323 4.1: our clock less the echoed value, in whole milliseconds; negative when there is none or it makes no
/// sense. Only for the handshake: later an echo may be older than the ACK that carries it, because an ACK before it was
/// lost; the send record knows better.
[[nodiscard]] Duration timestamp_rtt(const Tcb& tcb, const Segment& seg, const Env& env) noexcept;

}  // namespace millrace::tcp
