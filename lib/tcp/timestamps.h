// Timestamps (RFC 7323): PAWS, TS.Recent, and an RTT sample when the send record has none.
#pragma once

#include "base/time.h"
#include "tcp/tcb.h"

namespace millrace::tcp {

struct Env;

/// RFC 7323 5.3 R1: SEG.TSval before TS.Recent, which is not older than 24 days.
[[nodiscard]] bool fails_paws(const Tcb& tcb, const Segment& seg, const Env& env) noexcept;

/// RFC 7323 4.3 (2): remembers SEG.TSval if the segment spans Last.ACK.sent.
void note_timestamp(Tcb& tcb, const Segment& seg, const Env& env) noexcept;

/// RFC 7323 4.1: our clock less the echoed value; negative when there is none or it makes no sense.
[[nodiscard]] Duration timestamp_rtt(const Tcb& tcb, const Segment& seg, const Env& env) noexcept;

}  // namespace millrace::tcp
