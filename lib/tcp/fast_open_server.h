// TCP Fast Open, passive (RFC 7413 4.2.2, 5.1): a SYN with a good cookie makes a connection at once, whose text the
// application has before the handshake is complete, and to which it may answer.
//
// Off unless the listener has ListenOptions::fast_open. A SYN may arrive twice, and its text is delivered twice when
// the first connection is over by then (RFC 7413 2.1): only for requests that may be repeated.
#pragma once

#include <cstdint>

#include "tcp/close_rule.h"
#include "tcp/outcome.h"
#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// What a SYN gets from Fast Open.
enum class FastOpenVerdict : std::uint8_t {
  None,           ///< nothing: no option, or not now; the handshake takes its three ways
  GiveCookie,     ///< a cookie on the SYN,ACK
  Accept,         ///< a connection
  AcceptAndRenew  ///< a connection, and a cookie: the client's is of the last secret
};
/// `seg` is a SYN that the listener answers, not by a SYN cookie. Counts what is refused.
[[nodiscard]] FastOpenVerdict judge_fast_open(std::uint16_t listener, const Segment& seg, Env& env) noexcept;

/// The SYN's connection: SYN-RECEIVED, its SYN,ACK owed, the application told. The 4-tuple is free.
[[nodiscard]] Outcome accept_fast_open(std::uint16_t listener, Segment& seg, SeqNum iss, bool renew, Env& env) noexcept;

/// The SYN of a pending connection, once more: our SYN,ACK was lost.
[[nodiscard]] bool repeats_fast_open_syn(const Tcb& tcb, const Segment& seg) noexcept;

/// It is no longer pending: `rule` ended it, or none, and its handshake is complete.
void end_pending_fast_open(Tcb& tcb, CloseRule rule, Env& env) noexcept;

/// The fresh cookie of a SYN,ACK, the first time.
void put_fresh_cookie(const Tcb& tcb, wire::TcpOptions& options, Env& env) noexcept;

}  // namespace millrace::tcp
