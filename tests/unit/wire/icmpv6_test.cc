#include "wire/icmpv6.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/wire/bytes_of.h"
#include "wire/bytes.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

const char* const kFromHex = "20010db8000000000000000000000001";
const char* const kToHex = "20010db8000000000000000000000002";

Bytes quoted(const char* next_header, const Bytes& payload) {
  return hex("60000000 0014") + hex(next_header) + hex("40") + hex(kFromHex) + hex(kToHex) + payload;
}

TEST(Icmpv6, ParsesHeaderMtuAndQuote) {
  const auto bytes = hex("02 00 abcd 00010500 99");
  const auto m = parse_icmpv6(bytes);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->type, icmpv6_type::kPacketTooBig);
  EXPECT_EQ(m->code, 0);
  EXPECT_EQ(m->mtu, 0x10500u);
  ASSERT_EQ(m->quote.size(), 1u);
  EXPECT_EQ(m->quote[0], std::byte{0x99});
  const auto unreachable = hex("01 04 0000 00000500");
  EXPECT_EQ(parse_icmpv6(unreachable)->mtu, 0u) << "only packet too big has one";
  EXPECT_EQ(parse_icmpv6(unreachable)->code, icmpv6_code::kPortUnreachable);
  for (std::size_t n = 0; n < 8; ++n) EXPECT_FALSE(parse_icmpv6(std::span{unreachable}.first(n))) << n;
}

TEST(Icmpv6, KindsOfTypes) {
  for (unsigned type = 0; type < 256; ++type) {
    EXPECT_EQ(is_icmpv6_error(static_cast<std::uint8_t>(type)), type >= 1 && type <= 4) << type;
    EXPECT_EQ(is_ndp(static_cast<std::uint8_t>(type)), type >= 133 && type <= 137) << type;
  }
}

TEST(Icmpv6Quote, ParsesTheFourTuple) {
  const auto q = parse_quoted_tcp_v6(quoted("06", hex("1f90 d431 01020304")));
  ASSERT_TRUE(q);
  EXPECT_EQ(q->source, IpAddress::parse("2001:db8::1"));
  EXPECT_EQ(q->destination, IpAddress::parse("2001:db8::2"));
  EXPECT_EQ(q->source_port, 8080);
  EXPECT_EQ(q->destination_port, 54321);
  EXPECT_EQ(q->seq, SeqNum{0x01020304});
}

TEST(Icmpv6Quote, BehindExtensionHeaders) {
  const auto q = parse_quoted_tcp_v6(quoted("3c", hex("06 00 010400000000 1f90 d431 01020304")));
  ASSERT_TRUE(q);
  EXPECT_EQ(q->source_port, 8080);
  EXPECT_TRUE(parse_quoted_tcp_v6(quoted("2c", hex("06 00 0001 12345678 1f90 d431 01020304")))) << "first fragment";
  EXPECT_FALSE(parse_quoted_tcp_v6(quoted("2c", hex("06 00 0008 12345678 1f90 d431 01020304")))) << "a later one";
}

TEST(Icmpv6Quote, RefusesWhatIsShortOrOther) {
  const auto bytes = quoted("06", hex("1f90 d431 01020304"));
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(parse_quoted_tcp_v6(std::span{bytes}.first(n))) << n;
  EXPECT_FALSE(parse_quoted_tcp_v6(quoted("11", hex("1f90 d431 01020304"))));
  for (const std::size_t address : {8u, 24u}) {
    auto mapped = bytes;
    const auto mapping = hex("00000000000000000000ffff0a000001");
    std::copy(mapping.begin(), mapping.end(), mapped.begin() + static_cast<std::ptrdiff_t>(address));
    EXPECT_FALSE(parse_quoted_tcp_v6(mapped)) << address;
  }
}

TEST(Icmpv6, ChecksumCoversThePseudoHeader) {
  const auto source = IpAddress::parse("fe80::1").value(), destination = IpAddress::parse("fe80::2").value();
  auto message = hex("80 00 0000 1234 0001 6162");
  const std::uint16_t sum = icmpv6_checksum(source, destination, message);
  // fe80+1 + fe80+2 + length 10 + protocol 58 + 8000 + 1234 + 0001 + 6162, carries folded, complemented.
  EXPECT_EQ(sum, 0x0f1f);
  store_be16(&message[2], sum);
  EXPECT_EQ(icmpv6_checksum(source, destination, message), 0);
  EXPECT_NE(icmpv6_checksum(destination, IpAddress::parse("fe80::3").value(), message), 0);
}

TEST(Icmpv6Echo, ReplyKeepsAllButTypeAndChecksum) {
  const auto us = IpAddress::parse("2001:db8::1").value(), them = IpAddress::parse("2001:db8::2").value();
  auto message = hex("80 00 beef 1234 0001 6162636465");
  make_echo_reply_v6(message, us, them);
  EXPECT_EQ(message[0], std::byte{129});
  EXPECT_EQ(message[1], std::byte{0});
  EXPECT_EQ(icmpv6_checksum(us, them, message), 0);
  EXPECT_EQ(Bytes(message.begin() + 4, message.end()), hex("1234 0001 6162636465"));
}

}  // namespace
}  // namespace millrace::wire
