// A mempool of mbufs on the process's own heap, for stacks that run without DPDK's environment (EAL).
//
// rte_mempool_create() wants EAL's memory and its lists of zones. What a packet needs of its pool is less: the layout
// of its objects, and a place to take them from and give them back to. That place is a stack of free objects behind
// mempool operations of our own, so every rte_pktmbuf_* call works as ever. One thread at a time; no per-core caches;
// no NIC can reach this memory.
#pragma once

#include <rte_mempool.h>

#include "pkt/packet_pool.h"

namespace millrace::pkt {

/// A pool as `config` says (name, packets, data_size; the rest does not apply), filled. Throws std::bad_alloc. nullptr,
/// with rte_errno set, when no packet is asked for or DPDK has no room for the operations.
[[nodiscard]] rte_mempool* make_heap_mempool(const PoolConfig& config);
/// Packets that are still out must not be touched afterwards.
void free_heap_mempool(rte_mempool* pool) noexcept;

}  // namespace millrace::pkt
