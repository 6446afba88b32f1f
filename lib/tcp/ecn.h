// Explicit congestion notification of an established connection (RFC 3168 6.1.2 to 6.1.6, RFC 9768 3.2): the codepoint
// and the flags of what goes out, what is remembered of what came in, and what an ACK says about our own data.
//
// Both modes give the sender the same facts, AckSample::ece and ce_bytes. What they do to the window is recovery's and
// congestion control's business. Calls for connections without ECN return at once.
#pragma once

#include <cstdint>

#include "cc/facts.h"
#include "tcp/ecn_negotiation.h"
#include "tcp/tcb.h"

namespace millrace::tcp {

struct Env;

[[nodiscard]] inline EcnMode ecn_mode(const Tcb& tcb) noexcept { return static_cast<EcnMode>(tcb.ecn & kEcnMode); }
inline void ecn_clear(Tcb& tcb, std::uint8_t bits) noexcept { tcb.ecn &= static_cast<std::uint8_t>(~bits); }

// What goes out.
/// The codepoint of new text; all else is Not-ECT (RFC 3168 6.1.4 to 6.1.6).
[[nodiscard]] inline wire::Ecn ecn_of_new_text(const Tcb& tcb) noexcept {
  return (tcb.ecn & kEcnEct) != 0 ? wire::Ecn::Ect0 : wire::Ecn::NotEct;
}
/// Flags and option of a segment without text, which is complete otherwise.
void ecn_put_on_control(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept;
/// The same of a segment with `length` bytes of text; `fresh`: it is sent for the first time, and is no probe.
void ecn_put_on_text(Tcb& tcb, wire::TcpHeader& header, std::uint32_t length, bool fresh, Env& env) noexcept;
/// `header` has been built: what it carries is paid.
void ecn_sent(Tcb& tcb, const wire::TcpHeader& header, std::uint32_t length, Env& env) noexcept;
/// The peer is to hear how its SYN,ACK came before any text goes out (RFC 9768 3.2.2.1).
[[nodiscard]] inline bool ecn_owes_handshake_ack(const Tcb& tcb) noexcept {
  return ecn_mode(tcb) == EcnMode::Accurate && (tcb.ecn & kEcnHandshakeAck) != 0;
}

// What comes in.
/// An acceptable segment with a good ACK (RFC 3168 6.1.3, RFC 9768 3.2).
void ecn_on_segment(Tcb& tcb, const Segment& seg, Env& env) noexcept;
/// Text came again: perhaps the ACK of it was lost for the AccECN option that it carried (RFC 9768 3.2.3.2.2).
void ecn_on_duplicate_text(Tcb& tcb, Env& env) noexcept;
/// An ACK that is not older than SND.UNA: fills in `ece` and `ce_bytes`; what it delivers is in the sample already.
void ecn_on_ack(Tcb& tcb, const Segment& seg, cc::AckSample& sample, Env& env) noexcept;

// What follows.
/// The window fell for any reason: a classic peer is told by CWR (RFC 3168 6.1.2).
void ecn_window_fell(Tcb& tcb) noexcept;
/// The path mangles the field: nothing goes out as ECT from now on.
void ecn_stop_ect(Tcb& tcb, Env& env) noexcept;
/// The feedback is not the peer's: nor is any of it believed.
void ecn_stop_listening(Tcb& tcb, Env& env) noexcept;

}  // namespace millrace::tcp
