// How much memory a configuration needs, computed before a port is touched: packets, pool bytes (EAL's -m) and table
// bytes. Pure arithmetic; what is free is the caller's to find out.
//
//   data packets    = sum over ports of queues * (kRxDescriptors + kTxDescriptors)  the NIC may hold all of them
//                   + workers * kPoolCachePackets                                   free, but in another core's cache
//                   + clamp(connections / 4, kMinTraffic, kMaxTraffic)              queued in connections
//   control packets = sum over ports of 2 * queues * kTxDescriptors                 header and indirect per descriptor
//                   + workers * kPoolCachePackets + kMinTraffic
//   pool bytes      = data packets * kDataPacketBytes + control packets * kControlPacketBytes
//   table bytes     = connections * kConnectionBytes + time_waits * kTimeWaitBytes + half_open * kHalfOpenBytes
//                   + workers * closed_ring * kClosedBytes + data packets * kSentSegmentBytes
//
// An idle connection holds no buffer, so the traffic term is a share, not a window per connection: when it is too small
// windows stop opening and throughput falls; nothing breaks. `packets` in the settings replaces the first formula; it
// must be least_packets() or more.
#pragma once

#include <cstdint>
#include <optional>

#include "stack/config.h"

namespace millrace::stack {

inline constexpr std::uint32_t kRxDescriptors = 1024;  ///< per queue
inline constexpr std::uint32_t kTxDescriptors = 1024;  ///< per queue
/// Per worker and pool: a cache of 256 that is flushed at 1.5 times its size, rounded up.
inline constexpr std::uint32_t kPoolCachePackets = 512;
inline constexpr std::uint32_t kMinTraffic = 8'192;
inline constexpr std::uint32_t kMaxTraffic = 262'144;

/// A page: mbuf 128, private area 128, headroom 128, data 2048 and pool header 64 make 2496 bytes, but DPDK lets no
/// packet cross a page, so with ordinary pages of 4 KiB each takes one. With hugepages the plan is 1.6 times what is
/// needed.
inline constexpr std::uint64_t kDataPacketBytes = 4096;
/// The same with 256 bytes of data: 704 bytes, five to a page.
inline constexpr std::uint64_t kControlPacketBytes = 832;
/// TCB with its timer node, generation, hash slot and places in two rings, sending part, port ledger, and a share of
/// the rare parts.
inline constexpr std::uint64_t kConnectionBytes = 1056;
/// The record of a segment that is outstanding: as many as packets, for each holds one at least as a rule.
inline constexpr std::uint64_t kSentSegmentBytes = 64;
/// The entry, its place in the list of those that may be used again, hash slot.
inline constexpr std::uint64_t kTimeWaitBytes = 72;
inline constexpr std::uint64_t kHalfOpenBytes = 128;
/// An entry for an ended connection, and its share of the ring for half-open ones.
inline constexpr std::uint64_t kClosedBytes = 90;
/// What EAL and the drivers take for themselves: rings, queues, descriptors.
inline constexpr std::uint64_t kEalOwnBytes = std::uint64_t{64} << 20;

/// Records of outstanding segments that one shard can have, out of a pool of so many data packets. When small segments
/// share buffers and there are more of them, the others are sent later.
[[nodiscard]] constexpr std::uint32_t sent_segments_for(std::uint32_t data_packets) noexcept { return data_packets; }

struct MemoryPlan {
  std::uint32_t data_packets = 0;
  std::uint32_t control_packets = 0;
  std::uint64_t pool_bytes = 0;
  std::uint64_t table_bytes = 0;

  /// pool_bytes and EAL's own, in whole MiB: the argument of -m.
  [[nodiscard]] std::uint32_t eal_megabytes() const noexcept;
};
[[nodiscard]] MemoryPlan plan_memory(const RuntimeSettings& settings) noexcept;

/// The smallest `packets` that serve: with full RX rings and caches a quarter is still free. With less the shard's
/// pressure never ends, and then windows stay shut or every SYN is dropped.
[[nodiscard]] std::uint32_t least_packets(const RuntimeSettings& settings) noexcept;

struct FreeMemory {
  std::uint64_t hugepage_bytes = 0;
  std::uint64_t ordinary_bytes = 0;
};

/// What is missing: of hugepages, or of ordinary memory.
struct MemoryShortage {
  bool hugepages = false;
  std::uint64_t needed_bytes = 0;
  std::uint64_t free_bytes = 0;
};

/// True when the pools go to hugepages: asked for, or Auto and enough of them are free.
[[nodiscard]] bool use_hugepages(Hugepages wish, const MemoryPlan& plan, const FreeMemory& free) noexcept;
/// nullopt when the plan fits.
[[nodiscard]] std::optional<MemoryShortage> find_shortage(Hugepages wish, const MemoryPlan& plan,
                                                          const FreeMemory& free) noexcept;
/// The same for the tables alone, which are always in ordinary memory.
[[nodiscard]] std::optional<MemoryShortage> find_table_shortage(const MemoryPlan& plan,
                                                                const FreeMemory& free) noexcept;

}  // namespace millrace::stack
