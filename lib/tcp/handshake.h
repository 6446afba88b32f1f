// What both ends agree on while the SYNs cross: MSS, window scale, SACK, timestamps (RFC 9293 3.7.1, RFC 7323 2.2
// and 3.2, RFC 2018 2).
#pragma once

#include <cstdint>

#include "tcp/segment.h"
#include "tcp/user_options.h"
#include "wire/tcp_header.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// IP and TCP header without options: 40 bytes, 60 with IPv6.
[[nodiscard]] std::uint16_t fixed_headers(bool v4) noexcept;
/// The MSS that we announce: MTU less the fixed headers, not reduced for options (MUST-67).
[[nodiscard]] std::uint16_t announced_mss(bool v4, std::uint16_t mtu) noexcept;
/// The same under the user's clamp.
[[nodiscard]] std::uint16_t clamped_mss(bool v4, const UserOptions& options, std::uint16_t mtu) noexcept;
/// What we may send: the peer's MSS (536 or 1220 when absent, MUST-15), at most what our MTU carries (MUST-16).
[[nodiscard]] std::uint16_t send_mss(bool v4, std::uint16_t peer_mss, std::uint16_t mtu) noexcept;

/// Gives a fresh Tcb its user's options and our side's numbers: ISS and the offset of its timestamps (isn.h).
void prepare(Tcb& tcb, const UserOptions& options, SeqNum iss, std::uint32_t ts_offset, Env& env) noexcept;

/// Takes the peer's SYN: IRS and its options; features that it did not offer are switched off.
void take_peer_syn(Tcb& tcb, SeqNum irs, const wire::TcpOptions& options, Env& env) noexcept;

/// Enters ESTABLISHED with the segment that acknowledged our SYN; timers, windows and the application follow.
void become_established(Tcb& tcb, const Segment& seg, Env& env) noexcept;

/// The options of our SYN or SYN,ACK.
[[nodiscard]] wire::TcpOptions syn_options(const Tcb& tcb, bool answer, const Env& env) noexcept;

}  // namespace millrace::tcp
