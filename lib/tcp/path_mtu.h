// Path MTU discovery of one connection (RFC 1191, RFC 8201, with RFC 5927 7 against forgers) and the detection of black
// holes, which swallow large packets and say nothing (RFC 4821 in spirit).
//
// The send MSS falls at once when the network says "too big" about something outstanding, or when full-sized segments
// time out several times; ten minutes later the full size is tried again. Which bytes go out again is recovery's
// business; they are split anew when they are sent.
#pragma once

#include <cstdint>

#include "tcp/segment.h"

namespace millrace::tcp {

struct Tcb;
struct Env;

/// "Fragmentation needed" or "packet too big" about the segment at `quoted_seq`; `mtu` is the next hop's, 0 when the
/// router did not tell (RFC 1191 5). False when nothing outstanding was quoted, or less
/// than every IPv6 link carries was told.
bool packet_too_big(Tcb& tcb, SeqNum quoted_seq, std::uint32_t mtu, Env& env) noexcept;

/// The retransmission timer expired (and has backed off): after several times with a full-sized segment in front, a
/// smaller size is tried.
void look_for_black_hole(Tcb& tcb, Env& env) noexcept;

/// The age of what was found is over: the full size is tried again.
void try_full_size(Tcb& tcb, Env& env) noexcept;

/// The largest of RFC 1191's plateaus below `mtu`.
[[nodiscard]] std::uint16_t plateau_below(std::uint16_t mtu) noexcept;

}  // namespace millrace::tcp
