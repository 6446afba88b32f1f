// RFC 6528: the clock, the hash, and what they depend on.
#include "tcp/isn.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

const base::SipKey kSecret{1, 2};

flow::FlowKey some_key() {
  flow::FlowKey key;
  key.remote_address[15] = 7;
  key.local_index = 1;
  key.remote_port = 1000;
  key.local_port = 80;
  return key;
}

std::uint32_t isn(const flow::FlowKey& key, std::int64_t ns, const base::SipKey& secret = kSecret) {
  return initial_sequence_number(key, time_from_ns(ns), secret).raw();
}

// Proves MUST-8.
TEST(Isn, TicksEvery4Microseconds) {
  const flow::FlowKey key = some_key();
  const std::uint32_t start = isn(key, 0);
  EXPECT_EQ(isn(key, 3999), start);
  EXPECT_EQ(isn(key, 4000), start + 1);
  EXPECT_EQ(isn(key, 4'000'000), start + 1000);
  EXPECT_EQ(isn(key, 4000ll << 32), start) << "wraps after 4.8 h";
}

// Proves SHLD-1.
TEST(Isn, IsTheHashAtTimeZero) {
  const flow::FlowKey key = some_key();
  EXPECT_EQ(isn(key, 0), static_cast<std::uint32_t>(base::siphash24(kSecret, std::as_bytes(std::span{&key, 1}))));
}

// Proves MUST-9.
TEST(Isn, DependsOnEveryPartAndTheSecret) {
  const std::uint32_t base = isn(some_key(), 0);
  flow::FlowKey key = some_key();
  key.remote_port ^= 1;
  EXPECT_NE(isn(key, 0), base);
  key = some_key();
  key.local_port ^= 1;
  EXPECT_NE(isn(key, 0), base);
  key = some_key();
  key.local_index ^= 1;
  EXPECT_NE(isn(key, 0), base);
  key = some_key();
  key.remote_address[0] ^= 1;
  EXPECT_NE(isn(key, 0), base);
  EXPECT_NE(isn(some_key(), 0, {1, 3}), base);
}

TEST(TimestampOffset, BelongsToThePairOfAddresses) {
  const std::uint32_t base = timestamp_offset(some_key(), kSecret);
  flow::FlowKey key = some_key();
  key.remote_port = 1;
  key.local_port = 2;
  EXPECT_EQ(timestamp_offset(key, kSecret), base);
  key.remote_address[3] = 1;
  EXPECT_NE(timestamp_offset(key, kSecret), base);
  key = some_key();
  key.local_index = 2;
  EXPECT_NE(timestamp_offset(key, kSecret), base);
  EXPECT_NE(timestamp_offset(some_key(), {1, 3}), base);
}

TEST(TimestampOffset, IsNotTheIsnHash) {
  flow::FlowKey key = some_key();
  key.remote_port = key.local_port = 0;
  EXPECT_NE(timestamp_offset(key, kSecret), isn(key, 0));
}

}  // namespace
}  // namespace millrace::tcp
