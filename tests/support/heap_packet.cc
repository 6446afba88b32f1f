#include "support/heap_packet.h"

#include <cstring>

#include "base/check.h"
#include "pkt/heap_buffer.h"

namespace millrace::test {

pkt::Packet* make_heap_packet(pkt::PacketPool& pool, std::span<const std::byte> bytes, HeapPacketShape shape) {
  const std::size_t size = shape.headroom + bytes.size() + shape.tailroom;
  MILLRACE_CHECK(size > 0 && size <= 0xffff);
  pkt::Packet* packet = pool.alloc();
  if (packet == nullptr) return nullptr;
  pkt::attach_heap_buffer(*packet, static_cast<std::uint16_t>(size));
  packet->set_data(shape.headroom, static_cast<std::uint16_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(packet->data(), bytes.data(), bytes.size());
  return packet;
}

}  // namespace millrace::test
