// The formulas of the header in 64-bit arithmetic, rounded up to whole MiB for EAL.
#include "stack/memory_plan.h"

#include <algorithm>

namespace millrace::stack {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

std::uint32_t all_queues(const RuntimeSettings& settings) noexcept {
  std::uint32_t queues = 0;
  for (const PortSettings& port : settings.ports) queues += port.queues;
  return queues;
}

std::uint64_t eal_bytes(const MemoryPlan& plan) noexcept { return plan.eal_megabytes() * kMiB; }

std::optional<MemoryShortage> ordinary_shortage(std::uint64_t needed, const FreeMemory& free) noexcept {
  if (free.ordinary_bytes >= needed) return std::nullopt;
  return MemoryShortage{false, needed, free.ordinary_bytes};
}

}  // namespace

std::uint32_t MemoryPlan::eal_megabytes() const noexcept {
  return static_cast<std::uint32_t>((pool_bytes + kEalOwnBytes + kMiB - 1) / kMiB);
}

MemoryPlan plan_memory(const RuntimeSettings& settings) noexcept {
  const std::uint32_t queues = all_queues(settings);
  const std::uint32_t caches = settings.workers * kPoolCachePackets;
  const std::uint32_t traffic = std::clamp(settings.connections / 4, kMinTraffic, kMaxTraffic);

  MemoryPlan plan;
  plan.data_packets =
      settings.packets != 0 ? settings.packets : queues * (kRxDescriptors + kTxDescriptors) + caches + traffic;
  plan.control_packets = 2 * queues * kTxDescriptors + caches + kMinTraffic;
  plan.pool_bytes = plan.data_packets * kDataPacketBytes + plan.control_packets * kControlPacketBytes;
  plan.table_bytes = settings.connections * kConnectionBytes + settings.time_waits * kTimeWaitBytes +
                     settings.half_open * kHalfOpenBytes +
                     std::uint64_t{settings.workers} * settings.closed_ring * kClosedBytes +
                     plan.data_packets * kSentSegmentBytes;
  return plan;
}

std::uint32_t least_packets(const RuntimeSettings& settings) noexcept {
  const std::uint32_t held = all_queues(settings) * kRxDescriptors + settings.workers * kPoolCachePackets;
  return held + (held + 2) / 3;
}

bool use_hugepages(Hugepages wish, const MemoryPlan& plan, const FreeMemory& free) noexcept {
  if (wish == Hugepages::Auto) return free.hugepage_bytes >= eal_bytes(plan);
  return wish == Hugepages::On;
}

std::optional<MemoryShortage> find_shortage(Hugepages wish, const MemoryPlan& plan, const FreeMemory& free) noexcept {
  if (!use_hugepages(wish, plan, free)) return ordinary_shortage(plan.table_bytes + eal_bytes(plan), free);
  if (free.hugepage_bytes < eal_bytes(plan)) return MemoryShortage{true, eal_bytes(plan), free.hugepage_bytes};
  return find_table_shortage(plan, free);
}

std::optional<MemoryShortage> find_table_shortage(const MemoryPlan& plan, const FreeMemory& free) noexcept {
  return ordinary_shortage(plan.table_bytes, free);
}

}  // namespace millrace::stack
