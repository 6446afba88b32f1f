#include "tcp/fast_open_cache.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

constexpr Time kNow = Time{} + hours{1};
constexpr wire::FastOpenCookie kCookie{4, {1, 2, 3, 4}};

flow::FlowKey key_of(std::uint32_t host, std::uint16_t port = 80, std::uint16_t local_index = 0) {
  flow::FlowKey key{};
  for (int i = 0; i < 4; ++i) key.remote_address[12 + i] = static_cast<std::uint8_t>(host >> (8 * (3 - i)));
  key.remote_port = port;
  key.local_index = local_index;
  key.local_port = static_cast<std::uint16_t>(host);
  return key;
}

TEST(FastOpenCache, KnowsNothingAtFirst) {
  const FastOpenCache cache{{}};
  const auto known = cache.find(key_of(1), kNow);
  EXPECT_FALSE(known.refused);
  EXPECT_EQ(known.cookie.length, 0);
  EXPECT_EQ(known.mss, 0);
}

TEST(FastOpenCache, ByServerPortAndOurAddressNotByOurPort) {
  FastOpenCache cache{{}};
  cache.learn(key_of(1), kCookie, 1400, kNow);
  auto key = key_of(1);
  key.local_port = 4711;
  EXPECT_EQ(cache.find(key, kNow).cookie, kCookie);
  EXPECT_EQ(cache.find(key, kNow).mss, 1400);
  EXPECT_EQ(cache.find(key_of(2), kNow).cookie.length, 0);
  EXPECT_EQ(cache.find(key_of(1, 81), kNow).cookie.length, 0);
  EXPECT_EQ(cache.find(key_of(1, 80, 1), kNow).cookie.length, 0);
}

TEST(FastOpenCache, RestsLongerAfterEachFailureAndForgetsThemAllBySuccess) {
  FastOpenCache cache{{}};
  cache.learn(key_of(1), kCookie, 1400, kNow);
  Time now = kNow;
  for (const int rest : {1, 2, 4, 8, 16, 32, 64, 64, 64}) {
    cache.failed(key_of(1), now);
    EXPECT_TRUE(cache.find(key_of(1), now + minutes{rest} - nanoseconds{1}).refused) << rest;
    EXPECT_FALSE(cache.find(key_of(1), now + minutes{rest}).refused) << rest;
    now += minutes{rest};
  }
  EXPECT_EQ(cache.find(key_of(1), now).cookie, kCookie);
  cache.worked(key_of(1), now);
  cache.failed(key_of(1), now);
  EXPECT_FALSE(cache.find(key_of(1), now + minutes{1}).refused);
}

TEST(FastOpenCache, FromTheFirstInstantOn) {
  FastOpenCache cache{{}};
  cache.learn(key_of(1), kCookie, 1400, Time{});
  EXPECT_EQ(cache.find(key_of(1), Time{}).cookie, kCookie);
}

TEST(FastOpenCache, ANewCookieEndsTheRest) {
  FastOpenCache cache{{}};
  cache.failed(key_of(1), kNow);
  cache.learn(key_of(1), kCookie, 1400, kNow);
  EXPECT_FALSE(cache.find(key_of(1), kNow).refused);
}

TEST(FastOpenCache, FullTheOneUsedLongestAgoMakesRoom) {
  FastOpenCache cache{{}};
  constexpr std::uint32_t kServers = 100'000;
  for (std::uint32_t i = 0; i < kServers; ++i) cache.learn(key_of(i), kCookie, 1400, kNow + milliseconds{i});
  std::uint32_t known = 0;
  const Time end = kNow + milliseconds{kServers};
  for (std::uint32_t i = 0; i < kServers; ++i) known += cache.find(key_of(i), end).cookie.length > 0 ? 1u : 0u;
  EXPECT_EQ(known, FastOpenCache::kSets * FastOpenCache::kWays);
  EXPECT_EQ(cache.find(key_of(kServers - 1), end).cookie, kCookie);
  EXPECT_EQ(cache.find(key_of(0), end).cookie.length, 0);
}

}  // namespace
}  // namespace millrace::tcp
