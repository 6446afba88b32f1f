// One segment as bytes: header with options, and text without copying it.
//
// Text goes out in place when one slice is exactly the segment and nobody else holds its buffer: the header is written
// into the headroom and a reference is kept. Otherwise a header packet is followed by indirect packets over the slices.
// A buffer that the NIC still holds is never written to.
#pragma once

#include <cstdint>

#include "tcp/send_queue.h"
#include "tcp/tcb.h"
#include "wire/ecn.h"

namespace millrace::tcp {

struct Env;

/// A segment without text: `ctl` bits, sequence number `seq`. nullptr when the control pool is empty.
[[nodiscard]] pkt::Packet* build_control(Tcb& tcb, SeqNum seq, std::uint8_t ctl, Env& env) noexcept;

/// A SYN or SYN,ACK with our options.
[[nodiscard]] pkt::Packet* build_syn(Tcb& tcb, Env& env) noexcept;

/// A segment with up to `length` bytes of text at `cursor`, which moves on; `length` becomes what it holds (fewer when
/// the text is scattered over too many buffers, or a packet behind it can go in place). nullptr when the control pool
/// is empty; then the cursor is as before.
[[nodiscard]] pkt::Packet* build_text(Tcb& tcb, SeqNum seq, std::uint8_t ctl, SendCursor& cursor, std::uint32_t& length,
                                      Env& env) noexcept;

/// Hands a built segment to the turn's output and settles what it carried: ACK, window, delayed ACK.
void emit(Tcb& tcb, pkt::Packet& packet, Env& env, wire::Ecn ecn = wire::Ecn::NotEct) noexcept;

}  // namespace millrace::tcp
