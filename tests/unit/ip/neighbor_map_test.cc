#include "ip/neighbor_map.h"

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <random>

namespace millrace::ip {
namespace {

NeighborKey key(std::uint16_t port, std::uint32_t host) { return {port, wire::IpAddress::v4(host)}; }

TEST(NeighborMap, PortAndAddressMakeTheKey) {
  NeighborMap<int> map{4, {}};
  ASSERT_NE(map.insert(key(0, 1)), nullptr);
  *map.find(key(0, 1)) = 7;
  EXPECT_EQ(map.find(key(1, 1)), nullptr);
  EXPECT_EQ(map.find(key(0, 2)), nullptr);
  EXPECT_EQ(map.find(key(256, 1)), nullptr);
  ASSERT_NE(map.insert(key(1, 1)), nullptr);
  EXPECT_EQ(*map.find(key(0, 1)), 7);
  EXPECT_EQ(*map.find(key(1, 1)), 0) << "entries start fresh";
}

TEST(NeighborMap, IsBounded) {
  NeighborMap<int> map{2, {}};
  EXPECT_FALSE(map.full());
  ASSERT_NE(map.insert(key(0, 1)), nullptr);
  EXPECT_FALSE(map.full());
  ASSERT_NE(map.insert(key(0, 2)), nullptr);
  EXPECT_TRUE(map.full());
  EXPECT_EQ(map.insert(key(0, 3)), nullptr);
  EXPECT_EQ(map.size(), 2u);
  map.erase(key(0, 1));
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(map.find(key(0, 1)), nullptr);
  EXPECT_NE(map.insert(key(0, 3)), nullptr);
}

TEST(NeighborMap, OfNoCapacityIsAlwaysFull) {
  NeighborMap<int> map{0, {}};
  EXPECT_TRUE(map.full());
  EXPECT_EQ(map.find(key(0, 0)), nullptr);
  EXPECT_EQ(map.insert(key(0, 0)), nullptr);
}

TEST(NeighborMap, AgreesWithAnOracle) {
  NeighborMap<std::uint32_t> map{50, {3, 4}};
  std::map<std::uint32_t, std::uint32_t> oracle;
  std::mt19937 draw{5};
  for (std::uint32_t step = 0; step < 20000; ++step) {
    const std::uint32_t host = draw() % 80;
    auto* found = map.find(key(0, host * 64));  // one hint for all of them
    const auto expected = oracle.find(host);
    ASSERT_EQ(found != nullptr, expected != oracle.end());
    if (found != nullptr) {
      ASSERT_EQ(*found, expected->second);
      if (draw() % 2 == 0) {
        map.erase(key(0, host * 64));
        oracle.erase(host);
      }
    } else if (auto* fresh = map.insert(key(0, host * 64))) {
      ASSERT_LT(oracle.size(), 50u);
      *fresh = step;
      oracle[host] = step;
    } else {
      ASSERT_EQ(oracle.size(), 50u);
    }
    ASSERT_EQ(map.size(), oracle.size());
  }
}

TEST(NeighborMap, TheLongestIdleMakesRoom) {
  NeighborMap<int> map{3, {}};
  EXPECT_FALSE(map.evict_oldest());
  int* const first = map.insert(key(0, 1));
  int* const second = map.insert(key(0, 2));
  EXPECT_FALSE(map.evict_oldest()) << "a fresh entry is in use";
  map.set_idle(*first);
  map.set_idle(*second);
  map.set_idle(*first);  // anew: now the other one is older
  EXPECT_TRUE(map.evict_oldest());
  EXPECT_EQ(map.find(key(0, 2)), nullptr);
  EXPECT_EQ(map.find(key(0, 1)), first);
  map.set_busy(*first);
  EXPECT_FALSE(map.evict_oldest());
  EXPECT_EQ(map.size(), 1u);
}

TEST(NeighborMap, TheOrderOfTheIdleAgreesWithAnOracle) {
  NeighborMap<int> map{40, {3, 4}};
  std::list<std::uint32_t> idle;  // oldest first
  std::mt19937 draw{6};
  for (int step = 0; step < 20000; ++step) {
    const std::uint32_t host = draw() % 60;
    int* found = map.find(key(0, host));
    switch (draw() % 4) {
      case 0:
        if (found != nullptr) map.set_idle(*found);
        idle.remove(host);
        if (found != nullptr) idle.push_back(host);
        break;
      case 1:
        if (found != nullptr) map.set_busy(*found);
        idle.remove(host);
        break;
      case 2:
        if (found != nullptr) map.erase(key(0, host));
        idle.remove(host);
        break;
      default:
        if (found != nullptr) break;
        if (map.full()) {
          ASSERT_EQ(map.evict_oldest(), !idle.empty());
          if (idle.empty()) break;
          ASSERT_EQ(map.find(key(0, idle.front())), nullptr);
          idle.pop_front();
        }
        ASSERT_NE(map.insert(key(0, host)), nullptr);
    }
  }
  EXPECT_GT(idle.size(), 5u) << "the walk was worth something";
}

TEST(NeighborMap, AVisitMayEraseWhatItVisits) {
  NeighborMap<int> map{8, {}};
  for (std::uint32_t host = 0; host < 8; ++host) *map.insert(key(0, host)) = static_cast<int>(host);
  int visited = 0;
  map.for_each([&](const NeighborKey& k, int& value) {
    ++visited;
    if (value % 2 == 0) map.erase(k);
  });
  EXPECT_EQ(visited, 8);
  EXPECT_EQ(map.size(), 4u);
  for (std::uint32_t host = 0; host < 8; ++host) EXPECT_EQ(map.find(key(0, host)) != nullptr, host % 2 == 1);
}

}  // namespace
}  // namespace millrace::ip
