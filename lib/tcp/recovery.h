// Loss recovery: which bytes are sent again, and when recovery begins and ends. NewReno (RFC 6582) with limited
// transmit (RFC 3042) and the retransmission timeout of RFC 6298.
//
// The seam to whoever replaces it: output.cc asks only whether a retransmission is due (rexmit_nxt < rexmit_end) and
// how much may be sent; ack.cc reports acknowledgments and duplicates; timers.cc reports timeouts.
#pragma once

#include <cstdint>

#include "cc/congestion_control.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// A duplicate ACK (RFC 5681 2) arrived.
void recovery_on_duplicate_ack(Tcb& tcb, Env& env) noexcept;

/// New data was acknowledged; snd_una has moved already. Grows or deflates cwnd.
void recovery_on_ack(Tcb& tcb, const cc::AckSample& sample) noexcept;

/// The retransmission timer expired: everything outstanding is sent again from SND.UNA, one segment first.
void recovery_on_timeout(Tcb& tcb, Env& env) noexcept;

/// The peer's window opened after zero-window probes: what is outstanding is sent again without blame on the network.
void recovery_after_persist(Tcb& tcb) noexcept;

/// Segments from `from` on were too big for the path: they are sent again, smaller, without blame on the network.
void recovery_on_too_big(Tcb& tcb, SeqNum from) noexcept;

/// True when output must send a segment again before anything new.
[[nodiscard]] bool retransmission_due(const Tcb& tcb) noexcept;

/// Bytes believed to be in the network.
[[nodiscard]] std::uint32_t pipe(const Tcb& tcb) noexcept;

/// Bytes that cwnd allows to be sent now, beyond what is in the network.
[[nodiscard]] std::uint32_t cwnd_room(const Tcb& tcb) noexcept;

}  // namespace millrace::tcp
