#include "tcp/fast_open_cookie.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

constexpr base::SipKey kSecret{1, 2};
constexpr std::array<std::uint8_t, 16> kClient = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
constexpr Time kNow = Time{} + kFastOpenPeriod * 10;

CookieAge age_at(Time now, const wire::FastOpenCookie& cookie) {
  return judge_fast_open_cookie(cookie, kClient, now, kSecret);
}

TEST(FastOpenCookie, GoodInItsPeriodAndTheNext) {
  const auto cookie = make_fast_open_cookie(kClient, kNow, kSecret);
  EXPECT_EQ(cookie.length, 8);
  EXPECT_EQ(age_at(kNow, cookie), CookieAge::Current);
  EXPECT_EQ(age_at(kNow + kFastOpenPeriod - nanoseconds{1}, cookie), CookieAge::Current);
  EXPECT_EQ(age_at(kNow + kFastOpenPeriod, cookie), CookieAge::Previous);
  EXPECT_EQ(age_at(kNow + 2 * kFastOpenPeriod - nanoseconds{1}, cookie), CookieAge::Previous);
  EXPECT_EQ(age_at(kNow + 2 * kFastOpenPeriod, cookie), CookieAge::Wrong);
  EXPECT_EQ(age_at(kNow - nanoseconds{1}, cookie), CookieAge::Wrong);
}

TEST(FastOpenCookie, EveryBitCounts) {
  const auto cookie = make_fast_open_cookie(kClient, kNow, kSecret);
  for (std::size_t bit = 0; bit < 64; ++bit) {
    auto other = cookie;
    other.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_EQ(age_at(kNow, other), CookieAge::Wrong) << bit;
  }
  auto shorter = cookie;
  shorter.length = 6;
  EXPECT_EQ(age_at(kNow, shorter), CookieAge::Wrong);
  auto longer = cookie;
  longer.length = 10;
  EXPECT_EQ(age_at(kNow, longer), CookieAge::Wrong);
}

TEST(FastOpenCookie, OfOneAddressIpVersionAndSecret) {
  const auto cookie = make_fast_open_cookie(kClient, kNow, kSecret);
  auto neighbor = kClient;
  neighbor[15] = 2;
  EXPECT_NE(make_fast_open_cookie(neighbor, kNow, kSecret), cookie);
  auto v6 = kClient;  // the same four bytes, in an IPv6 address
  v6[10] = v6[11] = 0;
  EXPECT_NE(make_fast_open_cookie(v6, kNow, kSecret), cookie);
  EXPECT_NE(make_fast_open_cookie(kClient, kNow, base::SipKey{1, 3}), cookie);
}

}  // namespace
}  // namespace millrace::tcp
