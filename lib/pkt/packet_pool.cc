// Packet pools over rte_pktmbuf_pool: creation with a readable error, allocation, indirect packets.
#include "pkt/packet_pool.h"

#include <fmt/format.h>
#include <rte_errno.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "base/prefetch.h"
#include "pkt/heap_mempool.h"

namespace millrace::pkt {
namespace {

[[noreturn]] void refuse(const PoolConfig& config, const char* reason) {
  throw std::runtime_error(
      fmt::format("cannot make packet pool '{}' of {} packets with {} bytes each: {}; use fewer packets, or give DPDK "
                  "more memory (-m MB, or more hugepages)",
                  config.name, config.packets, config.data_size, reason));
}

/// The largest per-core cache that DPDK accepts for this pool (it wants 1.5 caches to fit into the pool).
std::uint32_t fitting_cache(const PoolConfig& config) {
  const std::uint32_t largest = std::min<std::uint32_t>(RTE_MEMPOOL_CACHE_MAX_SIZE, config.packets / 3 * 2);
  return std::min(config.cache, largest);
}

rte_mempool* make_eal_mempool(const PoolConfig& config) {
  const auto room = static_cast<std::uint16_t>(config.data_size + kHeadroom);
  const int socket = config.numa_socket < 0 ? SOCKET_ID_ANY : config.numa_socket;
  return rte_pktmbuf_pool_create(config.name.c_str(), config.packets, fitting_cache(config), kPrivateSize, room,
                                 socket);
}

/// What is taken after the next has been away, through rings as long as caches are large: its lines come while the next
/// is built. Headers are written around the end of the headroom.
void fetch_next(rte_mempool* pool) noexcept {
  constexpr unsigned kAhead = 2;
  constexpr std::size_t kHeaders = 2 * base::kCacheLine;
  const rte_mempool_cache* const cache = rte_mempool_default_cache(pool, rte_lcore_id());
  if (cache == nullptr || cache->len < kAhead) return;
  const auto* const mbuf = static_cast<const char*>(cache->objs[cache->len - kAhead]);
  base::prefetch_to_write(mbuf, sizeof(rte_mbuf) + sizeof(PacketMeta));
  base::prefetch_to_write(mbuf + sizeof(rte_mbuf) + kPrivateSize + kHeadroom - base::kCacheLine, kHeaders);
}

}  // namespace

PacketPool::PacketPool(const PoolConfig& config) : memory_(config.memory) {
  constexpr std::uint32_t kLargest = std::numeric_limits<std::uint16_t>::max() - kHeadroom;
  if (config.data_size > kLargest) refuse(config, "a packet's buffer, headroom included, is at most 65535 bytes");
  pool_ = memory_ == PoolMemory::Heap ? make_heap_mempool(config) : make_eal_mempool(config);
  if (pool_ == nullptr) refuse(config, rte_strerror(rte_errno));
}

PacketPool::~PacketPool() { memory_ == PoolMemory::Heap ? free_heap_mempool(pool_) : rte_mempool_free(pool_); }

Packet* PacketPool::alloc() noexcept {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) [[unlikely]]
    return nullptr;
  fetch_next(pool_);
  Packet* packet = Packet::from(mbuf);
  reset_meta(*packet);
  return packet;
}

// A Packet is an rte_mbuf and nothing else, so arrays of pointers to either are the same.
bool PacketPool::alloc_bulk(std::span<Packet*> room) noexcept {
  return rte_pktmbuf_alloc_bulk(pool_, reinterpret_cast<rte_mbuf**>(room.data()), static_cast<unsigned>(room.size())) ==
         0;
}

void free_bulk(std::span<Packet* const> packets) noexcept {
  rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(const_cast<Packet**>(packets.data())),
                        static_cast<unsigned>(packets.size()));
}

Packet* PacketPool::alloc_indirect(Packet& target, std::uint16_t offset, std::uint16_t length) noexcept {
  MILLRACE_ASSERT(std::uint32_t{offset} + length <= target.mbuf()->buf_len);
  Packet* packet = alloc();
  if (packet == nullptr) [[unlikely]]
    return nullptr;
  rte_mbuf* mbuf = packet->mbuf();
  rte_pktmbuf_attach(mbuf, target.mbuf());
  // rte_pktmbuf_attach copies the target's offload requests as well; they describe headers that this packet lacks.
  mbuf->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
  mbuf->tx_offload = 0;
  packet->set_data(offset, length);
  packet->know_sum_of(target);
  return packet;
}

std::uint32_t PacketPool::available() const noexcept { return rte_mempool_avail_count(pool_); }

bool PacketPool::has_available(std::uint32_t n) const noexcept {
  return rte_mempool_get_ops(pool_->ops_index)->get_count(pool_) >= n || available() >= n;
}

std::uint32_t PacketPool::size() const noexcept { return pool_->size; }

void reset_meta(Packet& packet) noexcept { packet.meta() = PacketMeta{}; }

void chain(Packet& head, Packet& tail) noexcept {
  const int refused = rte_pktmbuf_chain(head.mbuf(), tail.mbuf());
  MILLRACE_ASSERT(refused == 0);
  (void)refused;
}

}  // namespace millrace::pkt
