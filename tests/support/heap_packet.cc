#include "support/heap_packet.h"

#include <cstring>
#include <memory>

#include "base/check.h"

namespace millrace::test {
namespace {

/// The buffer and DPDK's reference count of it. They are separate blocks: the count must not serve as slack.
struct HeapBuffer {
  std::unique_ptr<std::byte[]> bytes;
  rte_mbuf_ext_shared_info shared;
};

void free_buffer(void*, void* buffer) { delete static_cast<HeapBuffer*>(buffer); }

}  // namespace

pkt::Packet* make_heap_packet(pkt::PacketPool& pool, std::span<const std::byte> bytes, HeapPacketShape shape) {
  const std::size_t size = shape.headroom + bytes.size() + shape.tailroom;
  MILLRACE_CHECK(size > 0 && size <= 0xffff);
  pkt::Packet* packet = pool.alloc();
  if (packet == nullptr) return nullptr;

  auto buffer = std::make_unique<HeapBuffer>();
  buffer->bytes.reset(new std::byte[size]);  // not zeroed: valgrind may see reads of what nobody wrote
  buffer->shared.free_cb = free_buffer;
  buffer->shared.fcb_opaque = buffer.get();
  rte_mbuf_ext_refcnt_set(&buffer->shared, 1);

  HeapBuffer* owned = buffer.release();
  rte_pktmbuf_attach_extbuf(packet->mbuf(), owned->bytes.get(), RTE_BAD_IOVA, static_cast<std::uint16_t>(size),
                            &owned->shared);
  packet->set_data(shape.headroom, static_cast<std::uint16_t>(bytes.size()));
  if (!bytes.empty()) std::memcpy(packet->data(), bytes.data(), bytes.size());
  return packet;
}

}  // namespace millrace::test
