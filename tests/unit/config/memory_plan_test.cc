#include "stack/memory_plan.h"

#include <gtest/gtest.h>

namespace millrace::stack {
namespace {

RuntimeSettings settings(std::uint32_t connections, std::vector<std::uint16_t> queues) {
  RuntimeSettings s;
  s.connections = connections;
  s.time_waits = 10;
  s.half_open = 20;
  for (const std::uint16_t n : queues) s.ports.emplace_back().queues = n;
  return s;
}

TEST(MemoryPlan, CountsRingsCachesAndTraffic) {
  RuntimeSettings s = settings(100'000, {1, 2});
  s.workers = 2;
  const MemoryPlan plan = plan_memory(s);
  EXPECT_EQ(plan.data_packets, 3u * 2048 + 2 * 512 + 25'000);
  EXPECT_EQ(plan.control_packets, 3u * 2048 + 2 * 512 + 8192);
  EXPECT_EQ(plan.pool_bytes, plan.data_packets * 4096ull + plan.control_packets * 832ull);
  EXPECT_EQ(plan.table_bytes, 100'000u * 1056ull + 10 * 72 + 20 * 128 + 2 * 4096 * 90 + plan.data_packets * 64ull);
}

TEST(MemoryPlan, TrafficHasBounds) {
  const auto traffic = [](std::uint32_t connections) {
    return plan_memory(settings(connections, {})).data_packets - 512;
  };
  EXPECT_EQ(traffic(0), 8192u);
  EXPECT_EQ(traffic(4 * 8192 + 3), 8192u);
  EXPECT_EQ(traffic(4 * 8192 + 4), 8193u);
  EXPECT_EQ(traffic(4 * 262'144 - 1), 262'143u);
  EXPECT_EQ(traffic(4 * 262'144), 262'144u);
  EXPECT_EQ(traffic(50'000'000), 262'144u);
}

TEST(MemoryPlan, PacketsMayBeGiven) {
  RuntimeSettings s = settings(100'000, {1});
  s.packets = 4096;
  EXPECT_EQ(plan_memory(s).data_packets, 4096u);
}

TEST(MemoryPlan, PacketsMustLeaveAQuarterFree) {
  RuntimeSettings s = settings(100'000, {1, 3});
  s.workers = 3;
  const std::uint32_t held = 4 * 1024 + 3 * 512;
  const std::uint32_t least = least_packets(s);
  EXPECT_GE(least - held, least / 4);
  EXPECT_LT(least - 1 - held, (least - 1 + 3) / 4);
  EXPECT_EQ(least, 7510u);
}

TEST(MemoryPlan, LargeTablesDoNotWrap) {
  RuntimeSettings s = settings(100'000'000, {});
  EXPECT_EQ(plan_memory(s).table_bytes,
            100'000'000ull * 1056 + 10 * 72 + 20 * 128 + 4096 * 90 + plan_memory(s).data_packets * 64ull);
}

TEST(MemoryPlan, EalWantsWholeMebibytes) {
  MemoryPlan plan;
  EXPECT_EQ(plan.eal_megabytes(), 64u);
  plan.pool_bytes = 1;
  EXPECT_EQ(plan.eal_megabytes(), 65u);
  plan.pool_bytes = 1u << 20;
  EXPECT_EQ(plan.eal_megabytes(), 65u);
  plan.pool_bytes = (1u << 20) + 1;
  EXPECT_EQ(plan.eal_megabytes(), 66u);
}

constexpr std::uint64_t kMiB = 1u << 20;

MemoryPlan plan_of(std::uint64_t pool_mib, std::uint64_t table_mib) {
  MemoryPlan plan;
  plan.pool_bytes = pool_mib * kMiB;
  plan.table_bytes = table_mib * kMiB;
  return plan;
}

TEST(MemoryPlan, AutoTakesHugepagesWhenTheySuffice) {
  const MemoryPlan plan = plan_of(36, 10);  // 100 MiB for EAL
  EXPECT_TRUE(use_hugepages(Hugepages::Auto, plan, {100 * kMiB, 0}));
  EXPECT_FALSE(use_hugepages(Hugepages::Auto, plan, {100 * kMiB - 1, 0}));
  EXPECT_TRUE(use_hugepages(Hugepages::On, plan, {0, 0}));
  EXPECT_FALSE(use_hugepages(Hugepages::Off, plan, {1000 * kMiB, 0}));
}

TEST(MemoryPlan, FindsWhatIsShort) {
  const MemoryPlan plan = plan_of(36, 10);
  EXPECT_FALSE(find_shortage(Hugepages::On, plan, {100 * kMiB, 10 * kMiB}));
  const auto huge = find_shortage(Hugepages::On, plan, {100 * kMiB - 1, 1000 * kMiB});
  ASSERT_TRUE(huge);
  EXPECT_TRUE(huge->hugepages);
  EXPECT_EQ(huge->needed_bytes, 100 * kMiB);
  EXPECT_EQ(huge->free_bytes, 100 * kMiB - 1);
  const auto tables = find_shortage(Hugepages::On, plan, {100 * kMiB, 10 * kMiB - 1});
  ASSERT_TRUE(tables);
  EXPECT_FALSE(tables->hugepages);
  EXPECT_EQ(tables->needed_bytes, 10 * kMiB);
  EXPECT_EQ(tables->free_bytes, 10 * kMiB - 1);
  EXPECT_FALSE(find_shortage(Hugepages::Off, plan, {0, 110 * kMiB}));
  EXPECT_EQ(find_shortage(Hugepages::Off, plan, {0, 110 * kMiB - 1})->needed_bytes, 110 * kMiB);
  EXPECT_FALSE(find_shortage(Hugepages::Auto, plan, {0, 110 * kMiB}));
  EXPECT_FALSE(find_shortage(Hugepages::Auto, plan, {100 * kMiB, 10 * kMiB}));
  EXPECT_FALSE(find_table_shortage(plan, {0, 10 * kMiB}));
  EXPECT_EQ(find_table_shortage(plan, {0, 10 * kMiB - 1})->needed_bytes, 10 * kMiB);
}

}  // namespace
}  // namespace millrace::stack
