// The map of free ports against a vector of bools, at sizes around its words and blocks.
#include "flow/port_map.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/pages.h"
#include "base/random.h"

namespace millrace::flow {
namespace {

class Map {
 public:
  explicit Map(std::uint32_t size) : memory_(PortMap::bytes_for(size)), map(memory_.data(), size) { map.free_all(); }

 private:
  base::Pages memory_;

 public:
  PortMap map;
};

std::vector<std::uint32_t> taken_of(const PortMap& map) {
  std::vector<std::uint32_t> all;
  map.for_each_taken([&](std::uint32_t index) { all.push_back(index); });
  return all;
}

constexpr std::uint32_t kSizes[] = {1, 2, 63, 64, 65, 511, 512, 513, 1000, 28232, 65535};

TEST(PortMap, TakesWholeCacheLines) {
  EXPECT_EQ(PortMap::bytes_for(1), 128u);
  EXPECT_EQ(PortMap::bytes_for(512), 128u);
  EXPECT_EQ(PortMap::bytes_for(513), 192u);
  EXPECT_EQ(PortMap::bytes_for(28232), 56u * 64 + 128) << "56 blocks, 112 bytes of counts";
  EXPECT_EQ(PortMap::bytes_for(65535), 128u * 64 + 256);
}

TEST(PortMap, BeginsFree) {
  for (const std::uint32_t size : kSizes) {
    Map m{size};
    EXPECT_EQ(m.map.count_free(), size);
    EXPECT_TRUE(taken_of(m.map).empty());
    EXPECT_EQ(m.map.select(0), 0u);
    EXPECT_EQ(m.map.select(size - 1), size - 1);
    EXPECT_EQ(m.map.next_free(size - 1), size - 1);
  }
}

TEST(PortMap, TheLastFreePortIsFoundFromAnywhere) {
  for (const std::uint32_t size : kSizes) {
    for (const std::uint32_t last : {0u, size / 2, size - 1}) {
      Map m{size};
      for (std::uint32_t i = 0; i < size; ++i)
        if (i != last) m.map.take(i);
      EXPECT_EQ(m.map.count_free(), 1u);
      EXPECT_EQ(m.map.select(0), last);
      EXPECT_EQ(m.map.next_free(0), last);
      EXPECT_EQ(m.map.next_free(last), last);
      EXPECT_EQ(m.map.next_free(size - 1), last);
      EXPECT_EQ(taken_of(m.map).size(), size - 1);
      m.map.take(last);
      EXPECT_EQ(m.map.count_free(), 0u);
    }
  }
}

TEST(PortMap, AgainstAVector) {
  base::Random random{7};
  for (const std::uint32_t size : {65u, 513u, 3000u}) {
    Map m{size};
    std::vector<bool> free(size, true);
    std::uint32_t count = size;
    for (int step = 0; step < 20'000; ++step) {
      const auto i = static_cast<std::uint32_t>(random.below(size));
      ASSERT_EQ(m.map.is_free(i), free[i]);
      // Long stretches of taking and of giving back, so that the map is often nearly full and nearly empty.
      const bool want_free = step / 4000 % 2 == 1;
      if (free[i] && !want_free) {
        m.map.take(i);
        free[i] = false;
        --count;
      } else if (!free[i] && want_free) {
        m.map.give_back(i);
        free[i] = true;
        ++count;
      }
      ASSERT_EQ(m.map.count_free(), count);
      if (count == 0 || step % 50 != 0) continue;
      std::uint32_t rank = 0;
      for (std::uint32_t port = 0; port < size; ++port)
        if (free[port]) {
          EXPECT_EQ(m.map.select(rank++), port);
        }
      std::uint32_t next = i;
      while (!free[next]) next = (next + 1) % size;
      ASSERT_EQ(m.map.next_free(i), next);
      ASSERT_EQ(taken_of(m.map).size(), size - count);
    }
  }
}

}  // namespace
}  // namespace millrace::flow
