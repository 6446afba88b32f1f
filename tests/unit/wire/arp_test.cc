#include "wire/arp.h"

#include <gtest/gtest.h>

#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

const char* const kRequest = "0001 0800 06 04 0001 0a0b0c0d0e0f 0a000001 000000000000 0a000002";

TEST(Arp, ParsesARequest) {
  const auto p = parse_arp(hex(kRequest));
  ASSERT_TRUE(p);
  EXPECT_EQ(p->operation, ArpOperation::Request);
  EXPECT_EQ(p->sender_mac, (MacAddress{{0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f}}));
  EXPECT_EQ(p->sender_ip, IpAddress::v4(0x0a000001));
  EXPECT_EQ(p->target_mac, MacAddress{});
  EXPECT_EQ(p->target_ip, IpAddress::v4(0x0a000002));
}

TEST(Arp, PaddingBehindIsIgnored) { EXPECT_TRUE(parse_arp(hex(kRequest) + Bytes(18))); }

TEST(Arp, RefusesEveryShorterLength) {
  const auto bytes = hex(kRequest);
  for (std::size_t n = 0; n < kArpSize; ++n) EXPECT_FALSE(parse_arp(std::span{bytes}.first(n))) << n;
}

TEST(Arp, RefusesOtherHardwareProtocolLengthsAndOperations) {
  const auto with = [](std::size_t at, unsigned value) {
    auto bytes = hex(kRequest);
    bytes[at] = static_cast<std::byte>(value);
    return parse_arp(bytes);
  };
  EXPECT_FALSE(with(1, 2));
  EXPECT_FALSE(with(0, 1));
  EXPECT_FALSE(with(2, 0x86));
  EXPECT_FALSE(with(4, 8));
  EXPECT_FALSE(with(5, 16));
  EXPECT_FALSE(with(7, 0));
  EXPECT_FALSE(with(7, 3));
  EXPECT_FALSE(with(6, 1));
  EXPECT_EQ(with(7, 2).value().operation, ArpOperation::Reply);
}

TEST(Arp, BuildsWhatItParses) {
  const auto reply = hex("0001 0800 06 04 0002 0a0b0c0d0e0f 0a000001 010203040506 0a000002");
  Bytes out(kArpSize);
  build_arp(parse_arp(reply).value(), out);
  EXPECT_EQ(out, reply);
}

}  // namespace
}  // namespace millrace::wire
