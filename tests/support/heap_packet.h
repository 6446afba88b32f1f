// Packets whose bytes lie in a heap block of their own, so that AddressSanitizer sees every overrun.
//
// The block is exactly headroom + bytes + tailroom long (an mbuf from a pool has slack on both sides, which hides
// mistakes). The packet is an ordinary Packet otherwise; the block is freed with its last reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pkt/packet_pool.h"

namespace millrace::test {

struct HeapPacketShape {
  std::uint16_t headroom = pkt::kHeadroom;
  std::uint16_t tailroom = 0;
};

/// A packet that holds a copy of `bytes`; the mbuf comes from `pool`. nullptr when the pool is empty.
/// headroom + bytes + tailroom lies in 1..65535.
[[nodiscard]] pkt::Packet* make_heap_packet(pkt::PacketPool& pool, std::span<const std::byte> bytes,
                                            HeapPacketShape shape = {});

}  // namespace millrace::test
