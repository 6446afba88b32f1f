#include "wire/ipv6.h"

#include <gtest/gtest.h>

#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

const char* const kIpv6Header =
    "6b9a bcde 1234 06 40 20010db8000000000000000000000001 20010db8000000000000000000000002";

TEST(Ipv6, ParsesEveryField) {
  const auto h = parse_ipv6(hex(kIpv6Header));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->dscp, 0xb9 >> 2);
  EXPECT_EQ(h->ecn, 1);
  EXPECT_EQ(h->flow_label, 0xabcdeu);
  EXPECT_EQ(h->payload_length, 0x1234);
  EXPECT_EQ(h->next_header, 6);
  EXPECT_EQ(h->hop_limit, 64);
  EXPECT_EQ(h->source, IpAddress::parse("2001:db8::1"));
  EXPECT_EQ(h->destination, IpAddress::parse("2001:db8::2"));
}

TEST(Ipv6, RefusesShortHeadersAndOtherVersions) {
  auto bytes = hex(kIpv6Header);
  for (std::size_t n = 0; n < 40; ++n) EXPECT_FALSE(parse_ipv6(std::span{bytes}.first(n))) << n;
  bytes[0] = std::byte{0x45};
  EXPECT_FALSE(parse_ipv6(bytes));
  bytes[0] = std::byte{0x70};
  EXPECT_FALSE(parse_ipv6(bytes));
}

TEST(Ipv6, BuildsWhatItParses) {
  Bytes out(40);
  build_ipv6(parse_ipv6(hex(kIpv6Header)).value(), out);
  EXPECT_EQ(out, hex(kIpv6Header));
  Ipv6Header wide;
  wide.dscp = 0xff;
  wide.ecn = 0xff;
  wide.flow_label = 0xffffffff;
  build_ipv6(wide, out);
  EXPECT_EQ(out, hex("6fffffff 0000 0000") + Bytes(32));
}

TEST(Ipv6Walk, UpperLayerAtOnce) {
  const auto u = find_upper_layer(6, {});
  ASSERT_TRUE(u);
  EXPECT_EQ(u->protocol, 6);
  EXPECT_EQ(u->offset, 0u);
  EXPECT_FALSE(u->fragment);
}

TEST(Ipv6Walk, EachExtensionIsPassed) {
  for (const std::uint8_t kind : {0, 43, 60}) {
    const auto u = find_upper_layer(kind, hex("06 01") + Bytes(14));  // Pad1 options; no segments left
    ASSERT_TRUE(u) << int{kind};
    EXPECT_EQ(u->protocol, 6);
    EXPECT_EQ(u->offset, 16u);
    EXPECT_FALSE(u->fragment);
    EXPECT_FALSE(find_upper_layer(kind, hex("06 01") + Bytes(13))) << "one byte short";
  }
  const auto two = find_upper_layer(0, hex("3c 00 000000000000 06 00 000000000000"));
  ASSERT_TRUE(two);
  EXPECT_EQ(two->protocol, 6);
  EXPECT_EQ(two->offset, 16u);
}

TEST(Ipv6Walk, NeedsEightBytesOfAnExtension) {
  const auto bytes = hex("06 00 000000000000");
  EXPECT_TRUE(find_upper_layer(0, bytes));
  for (std::size_t n = 0; n < 8; ++n) EXPECT_FALSE(find_upper_layer(0, std::span{bytes}.first(n))) << n;
}

TEST(Ipv6Walk, Fragments) {
  const auto walk = [](const char* bytes) { return find_upper_layer(44, hex(bytes)).value(); };
  EXPECT_FALSE(walk("06 ff 0000 12345678").fragment) << "atomic fragment; the reserved byte is no length";
  EXPECT_EQ(walk("06 ff 0000 12345678").offset, 8u);
  EXPECT_TRUE(walk("06 00 0001 12345678").fragment);
  EXPECT_TRUE(walk("06 00 0008 12345678").fragment);
  EXPECT_TRUE(walk("06 00 fff8 12345678").fragment);
  EXPECT_FALSE(walk("06 00 0006 12345678").fragment) << "reserved bits";
  const auto later = walk("00 00 0008 12345678");
  EXPECT_EQ(later.protocol, 0) << "what follows a later fragment's header is not walked";
  EXPECT_EQ(later.offset, 8u);
  EXPECT_TRUE(later.later_fragment);
  const auto first = walk("3c 00 0001 12345678 06 00 000000000000");
  EXPECT_EQ(first.protocol, 6);
  EXPECT_EQ(first.offset, 16u);
  EXPECT_TRUE(first.fragment);
  EXPECT_FALSE(first.later_fragment);
}

TEST(Ipv6Walk, HopByHopOptionsStandFirstOrNowhere) {
  EXPECT_EQ(find_upper_layer(0, hex("06 00 010400000000")).value().protocol, 6);
  const auto second = find_upper_layer(60, hex("00 00 010400000000 06 00 010400000000"));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->protocol, 0) << "an upper layer that nobody knows";
  EXPECT_EQ(second->offset, 8u);
}

TEST(Ipv6Walk, ARoutingHeaderMustBeUsedUp) {
  EXPECT_TRUE(find_upper_layer(43, hex("06 00 00 00 00000000")));
  EXPECT_FALSE(find_upper_layer(43, hex("06 00 00 01 00000000")));
  EXPECT_FALSE(find_upper_layer(43, hex("06 00 04 ff 00000000")));
}

TEST(Ipv6Walk, UnknownOptionsSayWhetherTheyMayBeSkipped) {
  const auto allowed = [](const char* options) {
    return find_upper_layer(60, hex("06 00") + hex(options)).has_value();
  };
  EXPECT_TRUE(allowed("010400000000")) << "PadN";
  EXPECT_TRUE(allowed("000000000000")) << "Pad1";
  EXPECT_TRUE(allowed("3f02beef0100")) << "00: skip";
  EXPECT_FALSE(allowed("4002beef0100")) << "01: discard";
  EXPECT_FALSE(allowed("8002beef0100")) << "10: discard and report";
  EXPECT_FALSE(allowed("c202beef0100")) << "11: discard and report, a jumbogram for one";
  EXPECT_TRUE(allowed("3e04beef0100")) << "ends with the header";
  EXPECT_FALSE(allowed("3e05beef0100")) << "one byte beyond it";
  EXPECT_FALSE(allowed("01020000003e")) << "a type without a length";
}

TEST(Ipv6Walk, OptionsAreBounded) {
  Bytes eight = hex("06 02");
  for (unsigned i = 0; i < kMaxExtensionOptions; ++i) eight = eight + hex("3e00");
  EXPECT_TRUE(find_upper_layer(60, eight + hex("0100 00000000")));
  EXPECT_FALSE(find_upper_layer(60, eight + hex("3e00 00000000")));
}

TEST(Ipv6Walk, IsBounded) {
  Bytes chain;
  for (unsigned i = 0; i + 1 < kMaxExtensionHeaders; ++i) chain = chain + hex("3c00000000000000");
  EXPECT_EQ(find_upper_layer(60, chain + hex("0600000000000000")).value().offset, 64u);
  EXPECT_FALSE(find_upper_layer(60, chain + hex("3c00000000000000 0600000000000000")));
}

}  // namespace
}  // namespace millrace::wire
