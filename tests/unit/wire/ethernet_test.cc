#include "wire/ethernet.h"

#include <gtest/gtest.h>

#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

const MacAddress kDestination{{1, 2, 3, 4, 5, 6}};
const MacAddress kSource{{7, 8, 9, 10, 11, 12}};

TEST(Ethernet, ParsesUntagged) {
  const auto h = parse_ethernet(hex("010203040506 0708090a0b0c 0800"));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->destination, kDestination);
  EXPECT_EQ(h->source, kSource);
  EXPECT_EQ(h->type, kEtherTypeIpv4);
  EXPECT_EQ(h->vlan, 0);
  EXPECT_EQ(h->header_length, 14);
}

TEST(Ethernet, ParsesOneTag) {
  const auto h = parse_ethernet(hex("010203040506 0708090a0b0c 8100 ffff 86dd"));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->type, kEtherTypeIpv6);
  EXPECT_EQ(h->vlan, 4095) << "priority bits are not part of the id";
  EXPECT_EQ(h->header_length, 18);
}

TEST(Ethernet, PriorityTagMeansNoVlan) {
  const auto h = parse_ethernet(hex("010203040506 0708090a0b0c 8100 e000 0806"));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->vlan, 0);
  EXPECT_EQ(h->type, kEtherTypeArp);
  EXPECT_EQ(h->header_length, 18);
}

TEST(Ethernet, SecondTagIsNotFollowed) {
  const auto h = parse_ethernet(hex("010203040506 0708090a0b0c 8100 0001 8100 0002 0800"));
  ASSERT_TRUE(h);
  EXPECT_EQ(h->type, kEtherTypeVlan);
}

TEST(Ethernet, RefusesWhatIsCutShort) {
  const auto plain = hex("010203040506 0708090a0b0c 0800");
  const auto tagged = hex("010203040506 0708090a0b0c 8100 0001 0800");
  for (std::size_t n = 0; n < 14; ++n) EXPECT_FALSE(parse_ethernet(std::span{plain}.first(n))) << n;
  for (std::size_t n = 0; n < 18; ++n) EXPECT_FALSE(parse_ethernet(std::span{tagged}.first(n))) << n;
  EXPECT_TRUE(parse_ethernet(plain));
  EXPECT_TRUE(parse_ethernet(tagged));
}

TEST(Ethernet, BuildsWhatItParses) {
  Bytes out(18, std::byte{0xee});
  EXPECT_EQ(build_ethernet({kDestination, kSource, kEtherTypeIpv4, 0, 0}, out), 14u);
  EXPECT_EQ(out, hex("010203040506 0708090a0b0c 0800 eeeeeeee"));
  EXPECT_EQ(build_ethernet({kDestination, kSource, kEtherTypeIpv4, 0x0123, 0}, out), 18u);
  EXPECT_EQ(out, hex("010203040506 0708090a0b0c 8100 0123 0800"));
  EXPECT_EQ(build_ethernet({kDestination, kSource, kEtherTypeIpv4, 0xf001, 0}, out), 18u);
  EXPECT_EQ(out, hex("010203040506 0708090a0b0c 8100 0001 0800"));
  EXPECT_EQ(ethernet_header_size(0), 14u);
  EXPECT_EQ(ethernet_header_size(1), 18u);
}

}  // namespace
}  // namespace millrace::wire
