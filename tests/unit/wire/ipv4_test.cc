#include "wire/ipv4.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

// The well-known example header: checksum b861.
const char* const kIpv4Header = "4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7";

TEST(Ipv4, ParsesEveryField) {
  const auto h = parse_ipv4(hex("45 b9 0028 1234 a00b 3f 06 0000 0a000001 0a000002"));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->dscp, 46);
  EXPECT_EQ(h->ecn, 1);
  EXPECT_EQ(h->total_length, 40);
  EXPECT_EQ(h->id, 0x1234);
  EXPECT_FALSE(h->dont_fragment);
  EXPECT_TRUE(h->more_fragments);
  EXPECT_EQ(h->fragment_offset, 0x000b);
  EXPECT_EQ(h->ttl, 63);
  EXPECT_EQ(h->protocol, 6);
  EXPECT_EQ(h->source, IpAddress::v4(0x0a000001));
  EXPECT_EQ(h->destination, IpAddress::v4(0x0a000002));
  EXPECT_EQ(h->header_length, 20);
}

TEST(Ipv4, TellsFragments) {
  const auto fragment = [](const char* field) {
    return parse_ipv4(hex(std::string("4500 0028 0000 ") + field + " 4006 0000 0a000001 0a000002")).value();
  };
  EXPECT_FALSE(fragment("0000").is_fragment());
  EXPECT_FALSE(fragment("4000").is_fragment());
  EXPECT_TRUE(fragment("4000").dont_fragment);
  EXPECT_TRUE(fragment("2000").is_fragment());
  EXPECT_TRUE(fragment("0001").is_fragment());
  EXPECT_TRUE(fragment("1fff").is_fragment());
  EXPECT_EQ(fragment("ffff").fragment_offset, 0x1fff);
  EXPECT_FALSE(fragment("8000").is_fragment()) << "the reserved bit is ignored";
}

TEST(Ipv4, RefusesEveryShorterLength) {
  const auto bytes = hex(kIpv4Header);
  for (std::size_t n = 0; n < 20; ++n) EXPECT_FALSE(parse_ipv4(std::span{bytes}.first(n))) << n;
  EXPECT_TRUE(parse_ipv4(bytes));
}

TEST(Ipv4, RefusesOtherVersionsAndShortHeaderLengths) {
  const auto with_first = [](unsigned value) {
    auto bytes = hex(kIpv4Header) + Bytes(40);
    bytes[0] = static_cast<std::byte>(value);
    return parse_ipv4(bytes);
  };
  EXPECT_FALSE(with_first(0x35));
  EXPECT_FALSE(with_first(0x55));
  EXPECT_FALSE(with_first(0x65));
  EXPECT_FALSE(with_first(0x40));
  EXPECT_FALSE(with_first(0x44));
  EXPECT_EQ(with_first(0x45).value().header_length, 20);
  EXPECT_EQ(with_first(0x46).value().header_length, 24);
  EXPECT_EQ(with_first(0x4f).value().header_length, 60);
}

TEST(Ipv4, OptionsMustLieInTheSpan) {
  auto bytes = hex(kIpv4Header) + Bytes(40);
  bytes[0] = std::byte{0x4f};
  EXPECT_TRUE(parse_ipv4(bytes));
  EXPECT_FALSE(parse_ipv4(std::span{bytes}.first(59)));
}

TEST(Ipv4, TotalLengthCoversTheHeader) {
  auto bytes = hex(kIpv4Header) + Bytes(4);
  bytes[0] = std::byte{0x46};
  bytes[3] = std::byte{23};
  EXPECT_FALSE(parse_ipv4(bytes));
  bytes[3] = std::byte{24};
  EXPECT_TRUE(parse_ipv4(bytes));
}

TEST(Ipv4, TotalLengthBeyondTheSpanIsTheCallersQuestion) {
  const auto h = parse_ipv4(hex("4500 ffff 0000 0000 4006 0000 0a000001 0a000002"));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->total_length, 65535);
}

TEST(Ipv4, ChecksumOfTheHeader) {
  auto bytes = hex(kIpv4Header);
  EXPECT_TRUE(ipv4_checksum_ok(bytes));
  bytes[8] = std::byte{0x3f};
  EXPECT_FALSE(ipv4_checksum_ok(bytes));
}

TEST(Ipv4, BuildsTheExample) {
  Bytes out(24, std::byte{0xee});
  build_ipv4(parse_ipv4(hex(kIpv4Header)).value(), out, true);
  EXPECT_EQ(out, hex(kIpv4Header) + hex("eeeeeeee"));
  build_ipv4(parse_ipv4(hex(kIpv4Header)).value(), out, false);
  EXPECT_EQ(out, hex("4500 0073 0000 4000 4011 0000 c0a80001 c0a800c7 eeeeeeee"));
}

TEST(Ipv4, ChecksumFromFieldsAndTheRest) {
  base::Random random{1};
  for (int i = 0; i < 10'000; ++i) {
    Ipv4Header header;
    header.dont_fragment = random.chance(0.5);
    header.fragment_offset = static_cast<std::uint16_t>(random.below(0x2000));
    header.source = IpAddress::v4(static_cast<std::uint32_t>(random.next()));
    header.destination = IpAddress::v4(static_cast<std::uint32_t>(random.next()));
    Bytes rest(kIpv4MinHeader);
    build_ipv4(header, rest, false);
    Checksum of_rest;
    of_rest.add(rest);
    ASSERT_EQ(ipv4_unchanging_sum(header), of_rest.sum());

    header.dscp = static_cast<std::uint8_t>(random.below(64));
    header.ecn = static_cast<std::uint8_t>(random.below(4));
    header.total_length = static_cast<std::uint16_t>(random.next());
    header.id = static_cast<std::uint16_t>(random.next());
    header.ttl = static_cast<std::uint8_t>(random.next());
    header.protocol = static_cast<std::uint8_t>(random.next());
    Bytes whole(kIpv4MinHeader), updated = rest;
    build_ipv4(header, whole, true);
    update_ipv4(header, updated, ipv4_checksum(header, ipv4_unchanging_sum(header)));
    ASSERT_EQ(updated, whole);
  }
}

TEST(Ipv4, BuildsEveryField) {
  const auto bytes = hex("45 b9 0028 1234 3fff 3f 06 0000 0a000001 0a000002");
  Bytes out(20);
  build_ipv4(parse_ipv4(bytes).value(), out, false);
  EXPECT_EQ(out, bytes);
  Ipv4Header wide;
  wide.ecn = 0xff;
  wide.fragment_offset = 0xffff;
  build_ipv4(wide, out, false);
  EXPECT_EQ(out, hex("45 03 0000 0000 1fff 00 00 0000 00000000 00000000")) << "fields do not spill";
}

}  // namespace
}  // namespace millrace::wire
