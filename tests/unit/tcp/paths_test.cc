// What is known of paths: bounded, aged, by destination.
#include "tcp/paths.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

constexpr Time kNow = time_from_ns(5'000'000'000);

Paths::Address address(std::uint32_t n) {
  return {0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0xff,
          0xff,
          static_cast<std::uint8_t>(n >> 24),
          static_cast<std::uint8_t>(n >> 16),
          static_cast<std::uint8_t>(n >> 8),
          static_cast<std::uint8_t>(n)};
}

TEST(PathsOfAShard, NothingKnownIsTheLimit) {
  Paths paths{{1, 2}};
  EXPECT_EQ(paths.mtu(address(1), 1500, kNow), 1500);
  paths.set_mtu(address(1), 1400, kNow);
  EXPECT_EQ(paths.mtu(address(2), 1500, kNow), 1500);
  EXPECT_EQ(paths.mtu(address(1), 1500, kNow), 1400);
  EXPECT_EQ(paths.mtu(address(1), 1300, kNow), 1300) << "our own link's counts too";
}

TEST(PathsOfAShard, TheLastWordCountsAndExpires) {
  Paths paths{{1, 2}};
  paths.set_mtu(address(1), 1400, kNow);
  paths.set_mtu(address(1), 1200, kNow + minutes{5});
  EXPECT_EQ(paths.mtu(address(1), 1500, kNow + minutes{15} - nanoseconds{1}), 1200);
  EXPECT_EQ(paths.mtu(address(1), 1500, kNow + minutes{15}), 1500);
  paths.set_mtu(address(2), 1000, kNow + minutes{15});
  EXPECT_EQ(paths.mtu(address(1), 1500, kNow + minutes{15}), 1500) << "expired for good";
}

TEST(PathsOfAShard, TheOldestMakesRoom) {
  Paths paths{{1, 2}};
  const std::uint32_t many = 4 * Paths::kSets * Paths::kWays;
  for (std::uint32_t i = 0; i < many; ++i) paths.set_mtu(address(i), 1400, kNow + nanoseconds{i});
  std::uint32_t known = 0, known_of_the_newest = 0;
  for (std::uint32_t i = 0; i < many; ++i) {
    if (paths.mtu(address(i), 1500, kNow) == 1500) continue;
    ++known;
    if (i >= many - 100) ++known_of_the_newest;
  }
  EXPECT_EQ(known, Paths::kSets * Paths::kWays);
  EXPECT_EQ(known_of_the_newest, 100u);
}

TEST(PathsOfAShard, DoubtsAreBounded) {
  Paths paths{{1, 2}};
  flow::FlowKey key;
  for (std::uint16_t i = 0; i < Paths::kMostDoubts + 5; ++i) {
    key.local_port = i;
    paths.doubt(key);
  }
  ASSERT_EQ(paths.doubts().size(), Paths::kMostDoubts);
  EXPECT_EQ(paths.doubts()[3].local_port, 3);
  paths.clear_doubts();
  EXPECT_TRUE(paths.doubts().empty());
}

}  // namespace
}  // namespace millrace::tcp
