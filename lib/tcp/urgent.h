// Urgent data (RFC 9293 3.8.5, RFC 6093): delivered in line, with a mark that says where it ends.
//
// The mark is a sequence number: of the first byte that is not urgent any more (MUST-62). It is told when it comes or
// moves on (MUST-32), and how far it is can be asked at any time (MUST-33). New applications should not use urgent data
// (SHLD-13); those that must, telnet's SYNCH for one, find it whole.
#pragma once

#include <cstdint>
#include <span>

#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// Sixth: check the URG bit (RFC 9293 3.10.7.4).
void check_urg(Tcb& tcb, const Segment& seg, Env& env) noexcept;

/// Bytes from the first unread one to the end of the urgent data, those that are still to come included; 0: none is
/// left.
[[nodiscard]] std::uint32_t urgent_left(const Tcb& tcb, const Env& env) noexcept;

/// The application has read on: beyond the mark there is nothing urgent any more.
void forget_urgent_read(Tcb& tcb, const Env& env) noexcept;

/// SEND with the urgent flag: what is queued up to now is urgent (RFC 9293 3.10.2).
void mark_queued_urgent(Tcb& tcb, Env& env) noexcept;
/// The same mark `ahead` bytes beyond what is queued now: bytes of another connection that are on their way here.
void mark_urgent_ahead(Tcb& tcb, std::uint32_t ahead, Env& env) noexcept;

/// Sets URG and the pointer in the header of a segment that starts before the mark.
void put_urgent(Tcb& tcb, wire::TcpHeader& header, Env& env) noexcept;

}  // namespace millrace::tcp
