// SYN cookies: what they carry, how long they are good, and that nothing about them can be changed.
#include "tcp/syn_cookie.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace millrace::tcp {
namespace {

using wire::SeqNum;
using wire::TcpOptions;

const base::SipKey kSecret{1, 2};
const SeqNum kIrs{0xffff'fff0};
constexpr Time kStart = time_from_ns(1'000'000'000'000);  // 40 s into a period

flow::FlowKey client() {
  flow::FlowKey key;
  key.remote_address[15] = 7;
  key.local_index = 1;
  key.remote_port = 1000;
  key.local_port = 80;
  return key;
}

TcpOptions offer(std::uint16_t mss, int scale, bool sack, bool timestamps) {
  TcpOptions syn;
  syn.mss = mss;
  syn.has_window_scale = scale >= 0;
  syn.window_scale = scale >= 0 ? static_cast<std::uint8_t>(scale) : 0;
  syn.sack_permitted = sack;
  syn.has_timestamps = timestamps;
  syn.ts_val = timestamps ? 55 : 0;
  return syn;
}

/// The options of the ACK of a peer that got the SYN,ACK at `now`.
TcpOptions ack_of(const TcpOptions& kept, std::uint32_t ts_now = 123'456) {
  TcpOptions ack;
  ack.has_timestamps = kept.has_timestamps;
  ack.ts_val = kept.has_timestamps ? 77 : 0;
  ack.ts_ecr = kept.has_timestamps ? cookie_timestamp(ts_now, kept) : 0;
  return ack;
}

/// A connection request and its cookie; tests change one thing and read it.
struct Case {
  flow::FlowKey key = client();
  SeqNum irs = kIrs;
  TcpOptions kept = kept_by_cookie(offer(1460, 7, true, true), true);
  Time made = kStart;
  SeqNum cookie = make_cookie(key, irs, kept, made, kSecret);
  TcpOptions ack = ack_of(kept);
  Time now = kStart;
  base::SipKey secret = kSecret;

  [[nodiscard]] bool good() const { return read_cookie(key, irs, cookie, ack, now, secret).has_value(); }
};

void expect_same(const TcpOptions& a, const TcpOptions& b) {
  EXPECT_EQ(a.mss, b.mss);
  EXPECT_EQ(a.has_window_scale, b.has_window_scale);
  EXPECT_EQ(a.window_scale, b.window_scale);
  EXPECT_EQ(a.sack_permitted, b.sack_permitted);
  EXPECT_EQ(a.has_timestamps, b.has_timestamps);
}

TEST(SynCookie, CarriesEveryOptionBesideTimestamps) {
  for (const std::uint16_t mss : {64, 536, 1220, 1360, 1400, 1440, 1460, 8940}) {
    for (int scale = -1; scale <= 14; ++scale) {
      for (const bool sack : {false, true}) {
        const TcpOptions syn = offer(mss, scale, sack, true);
        const TcpOptions kept = kept_by_cookie(syn, true);
        expect_same(kept, syn);
        EXPECT_EQ(kept.ts_val, 55u);
        const SeqNum cookie = make_cookie(client(), kIrs, kept, kStart, kSecret);
        const auto read = read_cookie(client(), kIrs, cookie, ack_of(kept), kStart, kSecret);
        ASSERT_TRUE(read.has_value());
        expect_same(*read, syn);
        EXPECT_EQ(read->ts_val, 77u) << "TS.Recent is the ACK's";
      }
    }
  }
}

TEST(SynCookie, CarriesTheMssAloneWithoutTimestamps) {
  for (const std::uint16_t mss : {64, 536, 1220, 1360, 1400, 1440, 1460, 8940}) {
    const TcpOptions kept = kept_by_cookie(offer(mss, 7, true, false), true);
    expect_same(kept, offer(mss, -1, false, false));
    const SeqNum cookie = make_cookie(client(), kIrs, kept, kStart, kSecret);
    const auto read = read_cookie(client(), kIrs, cookie, ack_of(kept), kStart, kSecret);
    ASSERT_TRUE(read.has_value());
    expect_same(*read, kept);
  }
}

TEST(SynCookie, RoundsTheMssDown) {
  const auto kept = [](std::uint16_t mss) { return kept_by_cookie(offer(mss, -1, false, false), true).mss; };
  EXPECT_EQ(kept(1), 64) << "the floor of lib/tcp/handshake.cc";
  EXPECT_EQ(kept(64), 64);
  EXPECT_EQ(kept(535), 64);
  EXPECT_EQ(kept(536), 536);
  EXPECT_EQ(kept(1219), 536);
  EXPECT_EQ(kept(1220), 1220);
  EXPECT_EQ(kept(1359), 1220);
  EXPECT_EQ(kept(1380), 1360);
  EXPECT_EQ(kept(1452), 1440);
  EXPECT_EQ(kept(1459), 1440);
  EXPECT_EQ(kept(1461), 1460);
  EXPECT_EQ(kept(8939), 1460);
  EXPECT_EQ(kept(8940), 8940);
  EXPECT_EQ(kept(65535), 8940);
}

TEST(SynCookie, S11_AbsentMssIsTheDefaultOfTheFamily) {
  EXPECT_EQ(kept_by_cookie(offer(0, -1, false, false), true).mss, 536);
  EXPECT_EQ(kept_by_cookie(offer(0, -1, false, false), false).mss, 1220);
}

TEST(SynCookie, NoBitOfItCanBeChanged) {
  EXPECT_TRUE(Case{}.good());
  for (int bit = 0; bit < 32; ++bit) {
    Case changed;
    changed.cookie = SeqNum{changed.cookie.raw() ^ (1u << bit)};
    EXPECT_FALSE(changed.good()) << bit;
    changed = {};
    changed.irs = SeqNum{changed.irs.raw() ^ (1u << bit)};
    EXPECT_FALSE(changed.good()) << bit;
  }
}

TEST(SynCookie, BelongsToOneConnection) {
  for (std::size_t byte = 0; byte < sizeof(flow::FlowKey); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      Case other;
      reinterpret_cast<std::uint8_t*>(&other.key)[byte] ^= static_cast<std::uint8_t>(1 << bit);
      EXPECT_FALSE(other.good()) << byte << ' ' << bit;
    }
  }
}

TEST(SynCookie, OptionsInTheTimestampCanNotBeChanged) {
  for (int bit = 0; bit < 5; ++bit) {
    Case changed;
    changed.ack.ts_ecr ^= 1u << bit;
    EXPECT_FALSE(changed.good()) << bit;
  }
  Case later;  // the rest is the clock's
  later.ack.ts_ecr += 32;
  EXPECT_TRUE(later.good());
  Case without;
  without.ack = {};
  EXPECT_FALSE(without.good());
  Case added;
  added.kept = kept_by_cookie(offer(1460, -1, false, false), true);
  added.cookie = make_cookie(added.key, added.irs, added.kept, added.made, kSecret);
  added.ack = {};
  EXPECT_TRUE(added.good());
  added.ack.has_timestamps = true;
  EXPECT_FALSE(added.good());
}

TEST(SynCookie, NeedsTheSecret) {
  Case other;
  other.secret.k0 ^= 1;
  EXPECT_FALSE(other.good());
  other.secret = {kSecret.k1, kSecret.k0};
  EXPECT_FALSE(other.good());
  EXPECT_NE(make_cookie(client(), kIrs, other.kept, kStart, other.secret), other.cookie);
}

TEST(SynCookie, IsGoodInItsPeriodAndTheNext) {
  for (const std::int64_t period : {15, 16}) {  // of either generation bit
    const Time begin = Time{} + period * kCookiePeriod, end = begin + kCookiePeriod;
    for (const Time made : {begin, end - nanoseconds{1}}) {
      Case c;
      c.cookie = make_cookie(c.key, c.irs, c.kept, made, kSecret);
      const auto good_at = [&](Time now) { return c.now = now, c.good(); };
      EXPECT_TRUE(good_at(made));
      EXPECT_TRUE(good_at(end));
      EXPECT_TRUE(good_at(end + kCookiePeriod - nanoseconds{1}));
      EXPECT_FALSE(good_at(end + kCookiePeriod));
      EXPECT_FALSE(good_at(end + 3 * kCookiePeriod - nanoseconds{1})) << "the same generation bit, later";
      EXPECT_FALSE(good_at(begin - nanoseconds{1}));
    }
  }
}

TEST(SynCookie, IsTheSameWithinAPeriodOnly) {
  const Case c;
  EXPECT_EQ(make_cookie(c.key, c.irs, c.kept, kStart + seconds{20}, kSecret), c.cookie);
  EXPECT_NE(make_cookie(c.key, c.irs, c.kept, kStart + kCookiePeriod, kSecret), c.cookie);
  EXPECT_NE(make_cookie(c.key, c.irs, c.kept, kStart + 2 * kCookiePeriod, kSecret), c.cookie);
}

TEST(SynCookie, IsNotGuessed) {
  // 16 of 2^32 numbers are good: among a million, none with a probability of 0.996.
  base::Random random(5);
  Case c;
  for (int i = 0; i < 1'000'000; ++i) {
    c.cookie = SeqNum{static_cast<std::uint32_t>(random.next())};
    ASSERT_FALSE(c.good()) << i;
  }
}

TEST(SynCookie, TimestampIsNowOrALittleEarlier) {
  for (int scale = -1; scale <= 14; ++scale) {
    for (const bool sack : {false, true}) {
      const TcpOptions kept = kept_by_cookie(offer(1460, scale, sack, true), true);
      const std::uint32_t bits = (scale < 0 ? 15u : static_cast<std::uint32_t>(scale)) | (sack ? 16u : 0u);
      for (std::uint32_t now = 0xffff'ff00; now != 0x100; ++now) {  // over the wrap
        const std::uint32_t ts = cookie_timestamp(now, kept);
        ASSERT_EQ(ts & 31, bits);
        ASSERT_LT(now - ts, 32u);
      }
    }
  }
}

}  // namespace
}  // namespace millrace::tcp
