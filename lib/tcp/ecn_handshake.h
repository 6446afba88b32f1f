// ECN while a connection opens (RFC 3168 6.1.1, RFC 9768 3.1 and 3.2.2.1): who remembers what the SYNs said, what is
// sent again without ECN because a path may drop it, and what the first segments reveal about the path.
//
// ecn_negotiation.h has the tables, ecn.h what follows once a connection is established.
#pragma once

#include "tcp/half_open.h"
#include "tcp/segment.h"
#include "tcp/user_options.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

// Passive, without a Tcb.
/// The first SYN decides the mode.
void ecn_take_first_syn(HalfOpen& half, const Segment& seg, const UserOptions& options, const Env& env) noexcept;
/// The SYN came again. False: it asks for a feedback that contradicts the first; the RFC wants a reset.
[[nodiscard]] bool ecn_take_same_syn(HalfOpen& half, const Segment& seg, const UserOptions& options,
                                     const Env& env) noexcept;
/// A SYN,ACK whose state is a cookie has no room for classic ECN, and cannot know which SYN it answers.
void ecn_fit_cookie(HalfOpen& half) noexcept;
/// The ACK of a cookie shows by its ACE field that the peer has accurate ECN (RFC 9768 5.1).
void ecn_take_cookie_ack(HalfOpen& half, const Segment& seg, const UserOptions& options, const Env& env) noexcept;
/// Flags and option of the SYN,ACK that goes out now.
void ecn_put_syn_ack(const HalfOpen& half, wire::TcpHeader& header) noexcept;
/// The flags of an ACK.
void ecn_put_ack(const HalfOpen& half, wire::TcpHeader& header) noexcept;

// With a Tcb.
/// An active OPEN.
void ecn_open(Tcb& tcb, const UserOptions& options, const Env& env) noexcept;
/// `half` becomes a connection.
void ecn_establish(Tcb& tcb, const HalfOpen& half, Env& env) noexcept;
/// Flags of our SYN, flags and option of a SYN,ACK in a simultaneous open.
void ecn_put_syn(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept;
/// SYN-SENT: a SYN crosses ours.
void ecn_take_crossing_syn(Tcb& tcb, const Segment& seg, Env& env) noexcept;
/// The SYN,ACK came, or in a simultaneous open the crossing one.
void ecn_take_syn_ack(Tcb& tcb, const Segment& seg, Env& env) noexcept;
/// It came again.
void ecn_take_repeated_syn_ack(Tcb& tcb, const Segment& seg, Env& env) noexcept;
/// ESTABLISHED by `seg`: the mode is counted, and feedback about our SYN or SYN,ACK answered.
void ecn_established(Tcb& tcb, const Segment& seg, Env& env) noexcept;

}  // namespace millrace::tcp
