// A heap block as a packet's buffer, for links in memory and for tests.
//
// A pool's buffers lie side by side in one mapping, so an overrun lands in a neighbour unseen. A block of its own, of
// exactly the size asked for, lets AddressSanitizer see it. It costs an allocation: never on a production data path.
#pragma once

#include <cstdint>

#include "pkt/packet.h"

namespace millrace::pkt {

/// Gives a fresh, exclusive packet a buffer of exactly `size` bytes (1..65535), uninitialised; the data area is empty
/// and starts at the buffer's first byte. The block is freed with the last reference to it.
void attach_heap_buffer(Packet& packet, std::uint16_t size);

}  // namespace millrace::pkt
