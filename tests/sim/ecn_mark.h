// What a router does to a frame instead of losing it (RFC 3168 5): Congestion Experienced, for those that said they
// understand.
#pragma once

#include "io/mem_port.h"

namespace millrace::sim {

/// Sets CE in the IPv4 or IPv6 header of an untagged frame, the checksum with it; false, and the frame stays as it is,
/// when the sender is not ECN-capable.
bool mark_congestion(io::Frame& frame) noexcept;

}  // namespace millrace::sim
