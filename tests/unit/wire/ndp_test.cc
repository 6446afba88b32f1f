#include "wire/ndp.h"

#include <gtest/gtest.h>

#include "unit/wire/bytes_of.h"

namespace millrace::wire {
namespace {

using test::Bytes;
using test::hex;
using test::operator+;

const IpAddress kTarget = IpAddress::parse("2001:db8::a:b:c").value();
const char* const kTargetHex = "20010db800000000 0000000a000b000c";
const MacAddress kMac{{0x02, 0, 0, 0, 0, 0x09}};

template <class Message>
Bytes built(const Message& message) {
  Bytes out(kMaxNdpSize, std::byte{0xee});
  out.resize(build_ndp(message, out));
  return out;
}

template <class Message>
Message parsed(const Bytes& bytes) {
  const auto any = parse_ndp(bytes);
  EXPECT_TRUE(any && std::holds_alternative<Message>(*any));
  return any && std::holds_alternative<Message>(*any) ? std::get<Message>(*any) : Message{};
}

TEST(NdpAddresses, SolicitedNodeGroup) {
  EXPECT_EQ(solicited_node(IpAddress::parse("2001:db8::1:2:3456:789a").value()).to_string(), "ff02::1:ff56:789a");
  EXPECT_EQ(multicast_mac(IpAddress::parse("ff02::1:ff56:789a").value()).to_string(), "33:33:ff:56:78:9a");
  EXPECT_EQ(kAllNodes.to_string(), "ff02::1");
  EXPECT_EQ(kAllRouters.to_string(), "ff02::2");
  EXPECT_EQ(multicast_mac(kAllNodes).to_string(), "33:33:00:00:00:01");
}

TEST(NdpAddresses, LinkLocalOfAMac) {
  EXPECT_EQ(link_local_address(MacAddress::parse("02:4d:52:12:34:56").value()).to_string(), "fe80::4d:52ff:fe12:3456");
  EXPECT_EQ(link_local_address(MacAddress::parse("34:56:78:9a:bc:de").value()).to_string(),
            "fe80::3656:78ff:fe9a:bcde");
  EXPECT_TRUE(IpAddress::parse("fe80::1")->is_link_local_v6());
  EXPECT_TRUE(IpAddress::parse("febf::1")->is_link_local_v6());
  EXPECT_FALSE(IpAddress::parse("fec0::1")->is_link_local_v6());
  EXPECT_FALSE(IpAddress::parse("fd80::1")->is_link_local_v6());
  EXPECT_FALSE(IpAddress::parse("169.254.0.1")->is_link_local_v6());
}

TEST(NdpSolicitation, ExactBytes) {
  const auto without = hex("87 00 0000 00000000") + hex(kTargetHex);
  const auto with = without + hex("01 01 020000000009");
  EXPECT_EQ(built(NeighborSolicitation{kTarget, std::nullopt}), without);
  EXPECT_EQ(built(NeighborSolicitation{kTarget, kMac}), with);
  EXPECT_EQ(parsed<NeighborSolicitation>(without), (NeighborSolicitation{kTarget, std::nullopt}));
  EXPECT_EQ(parsed<NeighborSolicitation>(with), (NeighborSolicitation{kTarget, kMac}));
}

TEST(NdpAdvertisement, ExactBytes) {
  const auto bytes = [](const char* flags) { return hex("88 00 0000") + hex(flags) + hex("000000") + hex(kTargetHex); };
  const auto option = hex("02 01 020000000009");
  const NeighborAdvertisement answer{kTarget, false, true, true, kMac};
  EXPECT_EQ(built(answer), bytes("60") + option);
  EXPECT_EQ(parsed<NeighborAdvertisement>(bytes("60") + option), answer);
  const NeighborAdvertisement router{kTarget, true, false, false, std::nullopt};
  EXPECT_EQ(built(router), bytes("80"));
  EXPECT_EQ(parsed<NeighborAdvertisement>(bytes("80")), router);
  EXPECT_EQ(parsed<NeighborAdvertisement>(bytes("1f")), (NeighborAdvertisement{kTarget, false, false, false, {}}));
}

TEST(NdpRouter, SolicitationExactBytes) {
  EXPECT_EQ(built(RouterSolicitation{kMac}), hex("85 00 0000 00000000 01 01 020000000009"));
  EXPECT_EQ(built(RouterSolicitation{}), hex("85 00 0000 00000000"));
  EXPECT_EQ(parsed<RouterSolicitation>(hex("85 00 0000 00000000 01 01 020000000009")).source_mac, kMac);
}

const char* const kPrefixHex = "03 04 40 c0 00015180 00003840 00000000 20010db8000000010000000000000000";

TEST(NdpRouter, AdvertisementWithItsOptions) {
  const auto router =
      parsed<RouterAdvertisement>(hex("86 00 0000 40 00 0708 00000000 00000000") + hex("01 01 020000000009") +
                                  hex("05 01 0000 000005c8") + hex(kPrefixHex));
  EXPECT_EQ(router.hop_limit, 64);
  EXPECT_EQ(router.lifetime_s, 1800);
  EXPECT_EQ(router.mtu, 1480u);
  EXPECT_EQ(router.source_mac, kMac);
  ASSERT_EQ(router.prefix_count, 1);
  EXPECT_EQ(router.prefixes[0],
            (PrefixInformation{IpPrefix::parse("2001:db8:0:1::/64").value(), true, true, 86400, 14400}));
}

TEST(NdpRouter, PrefixesAreBoundedAndChecked) {
  Bytes bytes = hex("86 00 0000 40 00 0708 00000000 00000000");
  for (std::size_t i = 0; i <= RouterAdvertisement::kMostPrefixes; ++i) bytes = bytes + hex(kPrefixHex);
  EXPECT_EQ(parsed<RouterAdvertisement>(bytes).prefix_count, RouterAdvertisement::kMostPrefixes);
  auto prefix = hex(kPrefixHex);
  prefix[2] = std::byte{128};
  EXPECT_EQ(parsed<RouterAdvertisement>(hex("86 00 0000 40 00 0708 00000000 00000000") + prefix).prefix_count, 1);
  prefix[2] = std::byte{129};
  EXPECT_EQ(parsed<RouterAdvertisement>(hex("86 00 0000 40 00 0708 00000000 00000000") + prefix).prefix_count, 0);
}

TEST(NdpOptions, TheFirstCountsAndUnknownOnesAreSkipped) {
  const auto head = hex("87 00 0000 00000000") + hex(kTargetHex);
  const auto mac = parsed<NeighborSolicitation>(head + hex("0e 02 000000000000 0000000000000000") +
                                                hex("01 01 020000000009 01 01 020000000008"))
                       .source_mac;
  EXPECT_EQ(mac, kMac);
  EXPECT_FALSE(parsed<NeighborSolicitation>(head + hex("02 01 020000000009")).source_mac) << "of the other kind";
  EXPECT_FALSE(parsed<NeighborSolicitation>(head + hex("01 02 020000000009 0000000000000000")).source_mac)
      << "too long";
}

TEST(NdpOptions, BadLengthsSpoilTheMessage) {
  const auto head = hex("87 00 0000 00000000") + hex(kTargetHex);
  EXPECT_FALSE(parse_ndp(head + hex("01 00 020000000009"))) << "length 0";
  EXPECT_FALSE(parse_ndp(head + hex("01 02 020000000009"))) << "beyond the message";
  const auto option = hex("01 01 020000000009");
  for (std::size_t n = 1; n < 8; ++n)
    EXPECT_FALSE(parse_ndp(head + Bytes(option.begin(), option.begin() + static_cast<std::ptrdiff_t>(n)))) << n;
}

TEST(Ndp, ShortMessagesAndOtherTypesAreRefused) {
  for (const auto& [type, least] : {std::pair{"87", 24u}, {"88", 24u}, {"86", 16u}, {"85", 8u}}) {
    const auto bytes = hex(type) + hex("00 0000 00000000") + hex(kTargetHex);
    for (std::size_t n = 0; n < least; ++n) EXPECT_FALSE(parse_ndp(std::span{bytes}.first(n))) << type << " " << n;
    EXPECT_TRUE(parse_ndp(std::span{bytes}.first(least))) << type;
    auto coded = bytes;
    coded[1] = std::byte{1};
    EXPECT_FALSE(parse_ndp(std::span{coded}.first(least))) << type;
  }
  EXPECT_FALSE(parse_ndp(hex("89 00 0000 00000000") + Bytes(32))) << "redirect";
  EXPECT_FALSE(parse_ndp(hex("80 00 0000 00000000")));
}

TEST(Ndp, TargetsThatNameNoHost) {
  for (const char* type : {"87", "88"}) {
    const auto head = hex(type) + hex("00 0000 00000000");
    EXPECT_FALSE(parse_ndp(head + hex("ff020000000000000000000000000001")));
    EXPECT_FALSE(parse_ndp(head + hex("00000000000000000000ffff0a000001"))) << "would be taken for 10.0.0.1";
    EXPECT_FALSE(parse_ndp(head + Bytes(16)));
  }
}

}  // namespace
}  // namespace millrace::wire
