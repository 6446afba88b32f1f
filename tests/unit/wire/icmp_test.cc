#include "wire/icmp.h"

#include <gtest/gtest.h>

#include "unit/wire/bytes_of.h"
#include "wire/checksum.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

const char* const kQuote = "4500 0028 0000 4000 4006 0000 0a000001 0a000002 1f90 d431 01020304";

TEST(Icmp, ParsesHeaderAndQuote) {
  const auto bytes = hex("0b 00 abcd 1111 2222 99");
  const auto m = parse_icmp(bytes);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->type, icmp_type::kTimeExceeded);
  EXPECT_EQ(m->code, 0);
  EXPECT_EQ(m->next_hop_mtu, 0) << "only fragmentation needed has one";
  ASSERT_EQ(m->quote.size(), 1u);
  EXPECT_EQ(m->quote[0], std::byte{0x99});
}

TEST(Icmp, NextHopMtu) {
  EXPECT_EQ(parse_icmp(hex("03 04 0000 0000 05dc")).value().next_hop_mtu, 1500);
  EXPECT_EQ(parse_icmp(hex("03 03 0000 0000 05dc")).value().next_hop_mtu, 0);
  EXPECT_EQ(parse_icmp(hex("0b 04 0000 0000 05dc")).value().next_hop_mtu, 0);
  EXPECT_EQ(parse_icmp(hex("03 04 0000 0000 05dc")).value().code, icmp_code::kFragmentationNeeded);
}

TEST(Icmp, NeedsEightBytes) {
  const auto bytes = hex("08 00 0000 0000 0000");
  for (std::size_t n = 0; n < 8; ++n) EXPECT_FALSE(parse_icmp(std::span{bytes}.first(n))) << n;
  EXPECT_TRUE(parse_icmp(bytes).value().quote.empty());
}

TEST(Icmp, OnlyThreeTypesAreErrors) {
  for (unsigned type = 0; type < 256; ++type)
    EXPECT_EQ(is_icmp_error(static_cast<std::uint8_t>(type)), type == 3 || type == 11 || type == 12) << type;
}

TEST(IcmpQuote, ParsesTheFourTuple) {
  const auto q = parse_quoted_tcp(hex(kQuote));
  ASSERT_TRUE(q);
  EXPECT_EQ(q->source, IpAddress::v4(0x0a000001));
  EXPECT_EQ(q->destination, IpAddress::v4(0x0a000002));
  EXPECT_EQ(q->source_port, 8080);
  EXPECT_EQ(q->destination_port, 54321);
  EXPECT_EQ(q->seq, SeqNum{0x01020304});
}

TEST(IcmpQuote, BehindIpOptions) {
  const auto q = parse_quoted_tcp(hex("4600 002c 0000 4000 4006 0000 0a000001 0a000002 01010101 1f90 d431 01020304"));
  ASSERT_TRUE(q);
  EXPECT_EQ(q->source_port, 8080);
}

TEST(IcmpQuote, RefusesEveryShorterQuote) {
  const auto bytes = hex(kQuote);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(parse_quoted_tcp(std::span{bytes}.first(n))) << n;
}

TEST(IcmpQuote, RefusesOtherProtocolsAndLaterFragments) {
  auto udp = hex(kQuote);
  udp[9] = std::byte{17};
  EXPECT_FALSE(parse_quoted_tcp(udp));
  auto later = hex(kQuote);
  later[7] = std::byte{1};
  EXPECT_FALSE(parse_quoted_tcp(later));
  auto first = hex(kQuote);
  first[6] = std::byte{0x20};
  EXPECT_TRUE(parse_quoted_tcp(first)) << "the first fragment holds the ports";
}

TEST(IcmpEcho, ReplyKeepsAllButTypeAndChecksum) {
  auto message = hex("08 00 0000 1234 0001 6162636465");
  const auto sum = checksum(message);
  message[2] = static_cast<std::byte>(sum >> 8);
  message[3] = static_cast<std::byte>(sum);
  make_echo_reply(message);
  EXPECT_EQ(message[0], std::byte{icmp_type::kEchoReply});
  EXPECT_EQ(message[1], std::byte{0});
  EXPECT_EQ(checksum(message), 0);
  EXPECT_EQ(Bytes(message.begin() + 4, message.end()), hex("1234 0001 6162636465"));
}

}  // namespace
}  // namespace millrace::wire
