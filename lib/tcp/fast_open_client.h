// TCP Fast Open, active (RFC 7413 4.2.1, 4.1.3): what was queued before the SYN goes with it, if the server has given a
// cookie; else the SYN asks for one.
//
// Off unless OpenOptions::fast_open. While the SYN is not answered SND.NXT covers its text, so that an answer may
// acknowledge it; the send queue learns of it only then, as if what was not taken had never been sent. A SYN that is
// sent again is an ordinary one.
#pragma once

#include <cstdint>

#include "tcp/close_rule.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// A connection that was opened just now: true when a cookie is known, and then its SYN waits for text.
[[nodiscard]] bool syn_may_wait(Tcb& tcb, Env& env) noexcept;
/// In SYN-SENT with something to do: owes the SYN that has waited for it.
void end_wait_of_syn(Tcb& tcb, Env& env) noexcept;
/// Whether it does still.
[[nodiscard]] bool syn_waits(const Tcb& tcb, const Env& env) noexcept;

/// Gives our SYN its option, if it has one; returns the bytes of text that go with it.
[[nodiscard]] std::uint32_t put_fast_open(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept;
/// It was built, with so much text.
void fast_open_built(Tcb& tcb, const wire::TcpOptions& options, std::uint32_t text, Env& env) noexcept;

/// `seg` acknowledges our SYN, which SND.UNA covers already, and perhaps its text.
void fast_open_answered(Tcb& tcb, const Segment& seg, Env& env) noexcept;
/// `rule` ended the connection before it was open.
void fast_open_ended(Tcb& tcb, CloseRule rule, Env& env) noexcept;

}  // namespace millrace::tcp
