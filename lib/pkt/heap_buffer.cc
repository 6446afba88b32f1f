// The block hangs on the mbuf as an external buffer (rte_pktmbuf_attach_extbuf), so indirect packets over it count
// references as DPDK does, and the last one frees it.
#include "pkt/heap_buffer.h"

#include <memory>

namespace millrace::pkt {
namespace {

/// The bytes and DPDK's reference count of them. They are separate blocks: the count must not serve as slack.
struct HeapBuffer {
  std::unique_ptr<std::byte[]> bytes;
  rte_mbuf_ext_shared_info shared;
};

void free_buffer(void*, void* buffer) { delete static_cast<HeapBuffer*>(buffer); }

}  // namespace

void attach_heap_buffer(Packet& packet, std::uint16_t size) {
  MILLRACE_CHECK(size > 0 && packet.exclusive());
  auto buffer = std::make_unique<HeapBuffer>();
  buffer->bytes.reset(new std::byte[size]);  // not zeroed: valgrind may see reads of what nobody wrote
  buffer->shared.free_cb = free_buffer;
  buffer->shared.fcb_opaque = buffer.get();
  rte_mbuf_ext_refcnt_set(&buffer->shared, 1);
  HeapBuffer* owned = buffer.release();
  rte_pktmbuf_attach_extbuf(packet.mbuf(), owned->bytes.get(), RTE_BAD_IOVA, size, &owned->shared);
  packet.set_data(0, 0);
}

}  // namespace millrace::pkt
