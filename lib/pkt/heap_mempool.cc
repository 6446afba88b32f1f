// One block holds the pool's head with the packets' private data, one the objects, one the stack of those that are
// free.
#include "pkt/heap_mempool.h"

#include <rte_errno.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace millrace::pkt {
namespace {

/// Last in, first out: a buffer that was just freed is used again while it is in the cache.
struct FreeObjects {
  std::unique_ptr<void*[]> objects;
  unsigned count = 0;
  std::byte* storage = nullptr;  ///< of the objects
};

FreeObjects& free_objects(const rte_mempool* pool) noexcept { return *static_cast<FreeObjects*>(pool->pool_data); }

/// The pool brings its own memory; only rte_mempool_populate_*() would call this.
int refuse_to_populate(rte_mempool*) { return -ENOTSUP; }

int give_back(rte_mempool* pool, void* const* objects, unsigned n) {
  FreeObjects& free = free_objects(pool);
  std::memcpy(&free.objects[free.count], objects, n * sizeof(void*));
  free.count += n;
  return 0;
}

int take(rte_mempool* pool, void** objects, unsigned n) {
  FreeObjects& free = free_objects(pool);
  if (n > free.count) return -ENOBUFS;
  for (unsigned i = 0; i < n; ++i) objects[i] = free.objects[--free.count];
  return 0;
}

unsigned count_of(const rte_mempool* pool) { return free_objects(pool).count; }

/// The number of our operations in DPDK's table; negative when it is full.
int operations() {
  static const int index = [] {
    rte_mempool_ops ops{};
    std::strcpy(ops.name, "millrace_heap");
    ops.alloc = refuse_to_populate;
    ops.enqueue = give_back;
    ops.dequeue = take;
    ops.get_count = count_of;
    return rte_mempool_register_ops(&ops);
  }();
  return index;
}

void* aligned(std::size_t bytes) {
  void* memory = std::aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(bytes, std::size_t{RTE_CACHE_LINE_SIZE}));
  if (memory == nullptr) throw std::bad_alloc{};
  std::memset(memory, 0, bytes);
  return memory;
}

rte_mempool* make_head(const PoolConfig& config, const rte_pktmbuf_pool_private& packets) {
  auto* pool = static_cast<rte_mempool*>(aligned(sizeof(rte_mempool) + sizeof(rte_pktmbuf_pool_private)));
  std::strncpy(pool->name, config.name.c_str(), sizeof pool->name - 1);
  pool->flags = RTE_MEMPOOL_F_NO_SPREAD | RTE_MEMPOOL_F_NON_IO;
  pool->socket_id = SOCKET_ID_ANY;
  pool->size = pool->populated_size = config.packets;
  pool->private_data_size = sizeof(rte_pktmbuf_pool_private);
  rte_mempool_objsz size{};
  rte_mempool_calc_obj_size(
      static_cast<std::uint32_t>(sizeof(rte_mbuf)) + packets.mbuf_priv_size + packets.mbuf_data_room_size, pool->flags,
      &size);
  pool->elt_size = size.elt_size;
  pool->header_size = size.header_size;
  pool->trailer_size = size.trailer_size;
  STAILQ_INIT(&pool->elt_list);
  STAILQ_INIT(&pool->mem_list);
  return pool;
}

/// Lays the objects out and initialises each as a free mbuf.
void fill(rte_mempool* pool) {
  const std::size_t stride = std::size_t{pool->header_size} + pool->elt_size + pool->trailer_size;
  FreeObjects& free = free_objects(pool);
  free.objects = std::make_unique<void*[]>(pool->size);
  free.storage = static_cast<std::byte*>(aligned(stride * pool->size));
  for (std::uint32_t i = 0; i < pool->size; ++i) {
    std::byte* object = free.storage + i * stride + pool->header_size;
    rte_mempool_objhdr* header = rte_mempool_get_header(object);
    header->mp = pool;
    header->iova = reinterpret_cast<rte_iova_t>(object);
    rte_pktmbuf_init(pool, nullptr, object, i);
    free.objects[free.count++] = object;
  }
}

}  // namespace

rte_mempool* make_heap_mempool(const PoolConfig& config) {
  rte_errno = config.packets == 0 ? EINVAL : operations() < 0 ? ENOSPC : 0;
  if (rte_errno != 0) return nullptr;
  rte_pktmbuf_pool_private packets{};
  packets.mbuf_data_room_size = static_cast<std::uint16_t>(config.data_size + kHeadroom);
  packets.mbuf_priv_size = kPrivateSize;
  std::unique_ptr<rte_mempool, void (*)(rte_mempool*)> pool{make_head(config, packets), free_heap_mempool};
  pool->ops_index = operations();
  pool->pool_data = new FreeObjects;
  rte_pktmbuf_pool_init(pool.get(), &packets);
  fill(pool.get());
  return pool.release();
}

void free_heap_mempool(rte_mempool* pool) noexcept {
  if (auto* free = static_cast<FreeObjects*>(pool->pool_data)) {
    std::free(free->storage);
    delete free;
  }
  std::free(pool);
}

}  // namespace millrace::pkt
