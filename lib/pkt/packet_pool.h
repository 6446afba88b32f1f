// A pool of packets: fixed number, fixed buffer size, the private area of PacketMeta.
//
// Two kinds are used: the data pool (receive buffers and payload, 2 KiB) and the control pool (headers, ACKs, indirect
// packets; small). Control has its own pool so that a full data pool can still answer and so drain. An empty pool is an
// ordinary result. Pools are shared between workers (atomics per bulk, inside rte_mempool with per-core caches), save
// those on the heap.
#pragma once

#include <rte_mempool.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pkt/packet.h"

namespace millrace::pkt {

inline constexpr std::uint16_t kHeadroom = RTE_PKTMBUF_HEADROOM;

enum class PoolMemory : std::uint8_t {
  Eal,   ///< DPDK's: NICs reach it, threads share it
  Heap,  ///< the process's own, without EAL; one thread at a time
};

struct PoolConfig {
  std::string name{};  ///< unique within the process, at most 25 characters
  std::uint32_t packets = 8192;
  std::uint16_t data_size = 2048;  ///< bytes after the headroom
  std::uint32_t cache = 256;       ///< per-core cache; cut to two thirds of the pool, DPDK's limit
  int numa_socket = -1;            ///< -1: any
  PoolMemory memory = PoolMemory::Eal;
};

class PacketPool {
 public:
  /// Throws std::runtime_error with DPDK's reason and the size asked for.
  explicit PacketPool(const PoolConfig& config);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  /// An empty packet with kHeadroom bytes of headroom and fresh meta, or nullptr when the pool is empty.
  [[nodiscard]] Packet* alloc() noexcept;
  /// As many as `room` has places, or none: false when there are fewer. Their meta is not reset, so they are for what
  /// is only sent.
  [[nodiscard]] bool alloc_bulk(std::span<Packet*> room) noexcept;
  /// An indirect packet over [offset, offset+length) of `target`'s buffer (offset counts from the buffer start). Takes
  /// a reference on target's buffer. nullptr when the pool is empty.
  [[nodiscard]] Packet* alloc_indirect(Packet& target, std::uint16_t offset, std::uint16_t length) noexcept;

  /// Free packets, caches included; a scan over cores, so once a turn at most.
  [[nodiscard]] std::uint32_t available() const noexcept;
  /// available() >= n; scans only if the part that all cores share does not say it already.
  [[nodiscard]] bool has_available(std::uint32_t n) const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept;
  /// What one packet of this pool costs its holder (see Packet::truesize).
  [[nodiscard]] std::uint32_t packet_truesize() const noexcept {
    return static_cast<std::uint32_t>(rte_pktmbuf_data_room_size(pool_) + sizeof(rte_mbuf) + kPrivateSize);
  }
  [[nodiscard]] rte_mempool* mempool() noexcept { return pool_; }

 private:
  rte_mempool* pool_;
  PoolMemory memory_;
};

/// Resets a just received or allocated packet's meta to its defaults.
void reset_meta(Packet& packet) noexcept;

/// Gives one reference of each back, as Packet::free() does.
void free_bulk(std::span<Packet* const> packets) noexcept;

/// Appends `tail` (a chain) to the chain that starts at `head`; lengths and counts follow.
void chain(Packet& head, Packet& tail) noexcept;

}  // namespace millrace::pkt
