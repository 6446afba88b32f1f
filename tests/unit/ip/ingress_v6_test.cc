#include "unit/ip/ingress_fixture.h"
#include "unit/ip/v6_frames.h"

namespace millrace::ip::test {
namespace {

using IngressV6Test = IngressTest;

const char* const kGroup = "ff02::1:ff00:1";  // of 2001:db8::1
const wire::MacAddress kGroupMac{{0x33, 0x33, 0xff, 0, 0, 1}};

/// A solicitation for 2001:db8::1 as a neighbor sends it.
V6Frame to_group() { return {.to = kGroupMac, .destination = kGroup, .hop_limit = 255}; }
Bytes solicitation(const V6Frame& f, std::optional<wire::MacAddress> source_mac = mac(9)) {
  return v6_icmp(f, ndp_bytes(wire::NeighborSolicitation{ip("2001:db8::1"), source_mac}));
}

TEST_F(IngressV6Test, ATcpSegmentWithAllItsFields) {
  wire::TcpHeader header = default_header();
  header.seq = wire::SeqNum{0x01020304};
  header.ctl.bits = wire::Ctl::kAck;
  header.window = 77;
  receive(v6_tcp({.traffic_class = 0xb9}, hex("616263"), header) + Bytes(3));  // and padding
  ASSERT_EQ(ingress_.segments().size(), 1u);
  const tcp::Segment& seg = ingress_.segments()[0];
  EXPECT_EQ(seg.key, (flow::FlowKey{ip("2001:db8::9").bytes, 3, 0, 5555, 80}));
  EXPECT_EQ(seg.seq, wire::SeqNum{0x01020304});
  EXPECT_EQ(seg.wnd, 77);
  EXPECT_EQ(seg.len, 3u);
  EXPECT_EQ(seg.dscp, 0xb9 >> 2);
  EXPECT_EQ(seg.ecn, 1);
  EXPECT_EQ(bytes_of_packet(*seg.packet), hex("616263"));
  EXPECT_EQ(count_.tcp_segments.get(), 1u);
}

TEST_F(IngressV6Test, EveryAddressOfOursAndLinkLocal) {
  expect_segment(v6_tcp({.source = "fe80::9", .destination = "fe80::1"}));
  EXPECT_EQ(ingress_.segments()[0].key.local_index, 4);
  expect_segment(v6_tcp({.to = kPort1Mac, .vlan = kVlan, .destination = "2001:db8:1::1"}), 1);
  EXPECT_EQ(ingress_.segments()[0].key.local_index, 5);
}

TEST_F(IngressV6Test, LengthsAreBounded) {
  auto frame = v6_tcp({}, hex("6162"));
  expect_drop(Bytes(frame.begin(), frame.end() - 1), DropReason::Truncated);
  expect_drop(Bytes(frame.begin(), frame.begin() + 14 + 39), DropReason::BadIpHeader);
  frame[14] = std::byte{0x50};
  expect_drop(frame, DropReason::BadIpHeader);
  expect_drop(v6_frame({}, wire::kProtocolTcp, Bytes(19)), DropReason::BadTcpHeader);
}

TEST_F(IngressV6Test, TheTcpChecksumIsVerified) {
  auto frame = v6_tcp({}, hex("6162"));
  frame.back() ^= std::byte{1};
  expect_drop(frame, DropReason::BadTcpChecksum);
  auto moved = v6_tcp();
  moved[14 + 8 + 15] ^= std::byte{4};  // the source address, which only the pseudo-header protects
  expect_drop(moved, DropReason::BadTcpChecksum);
}

TEST_F(IngressV6Test, Destinations) {
  expect_drop(v6_tcp({.destination = "2001:db8::2"}), DropReason::NotOurAddress);
  expect_drop(v6_tcp({.destination = "ff02::1"}), DropReason::DestinationBroadcast);
  expect_drop(v6_tcp({.destination = kGroup}), DropReason::DestinationBroadcast);
  expect_drop(v6_tcp({.destination = "ff02::1:ff00:99"}), DropReason::DestinationBroadcast);
  expect_drop(v6_tcp({.to = kGroupMac}), DropReason::LinkBroadcast);
}

TEST_F(IngressV6Test, Sources) {
  expect_drop(v6_tcp({.source = "::"}), DropReason::SourceUnspecified);
  expect_drop(v6_tcp({.source = "ff02::1"}), DropReason::SourceMulticast);
  expect_drop(v6_tcp({.source = "::1"}), DropReason::SourceLoopback);
  expect_drop(v6_tcp({.source = "2001:db8::1"}), DropReason::SourceIsOurs);
  expect_drop(v6_tcp({.source = "fe80::1"}), DropReason::SourceIsOurs);
  expect_segment(v6_tcp({.source = "2001:db9::1"}));
}

TEST_F(IngressV6Test, MappedAddressesCannotForgeAnIpv4Flow) {
  expect_drop(v6_tcp({.source = "::ffff:10.0.0.9"}), DropReason::MappedAddress);
  expect_drop(v6_tcp({.destination = "::ffff:10.0.0.1"}), DropReason::MappedAddress);
}

TEST_F(IngressV6Test, TentativeAndRefusedAddressesTakeNothing) {
  for (const auto state : {AddressState::Tentative, AddressState::Duplicate}) {
    config_.states->set(3, state);
    expect_drop(v6_tcp(), DropReason::UnusableAddress);
    expect_segment(v6_tcp({.source = "fe80::9", .destination = "fe80::1"}));
  }
  config_.states->set(3, AddressState::Usable);
  expect_segment(v6_tcp());
}

TEST_F(IngressV6Test, ExtensionHeadersAreSkipped) {
  receive(v6_tcp({.next_header = 60, .extensions = hex("06 00 010400000000")}, hex("61")));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(ingress_.segments()[0].len, 1u);
  expect_segment(v6_tcp({.next_header = 44, .extensions = hex("06 00 0000 12345678")}));  // atomic fragment
}

TEST_F(IngressV6Test, BadExtensionHeadersAndFragments) {
  expect_drop(v6_tcp({.next_header = 60, .extensions = hex("06 00 c20400000000")}), DropReason::BadExtensionHeaders);
  expect_drop(v6_tcp({.next_header = 43, .extensions = hex("06 00 0001 00000000")}), DropReason::BadExtensionHeaders);
  expect_drop(v6_frame({.next_header = 60, .extensions = hex("06 01 010400000000")}, 6, {}),
              DropReason::BadExtensionHeaders);
  expect_drop(v6_tcp({.next_header = 44, .extensions = hex("06 00 0001 12345678")}), DropReason::Fragment);
  expect_drop(v6_tcp({.next_header = 44, .extensions = hex("06 00 0008 12345678")}), DropReason::Fragment);
  expect_drop(v6_frame({.next_header = 44, .extensions = hex("3a 00 0001 12345678")}, 58, Bytes(8)),
              DropReason::Fragment);
  expect_drop(v6_frame({}, 17, Bytes(8)), DropReason::UnknownProtocol);
  expect_drop(v6_frame({}, 59, {}), DropReason::UnknownProtocol);
}

TEST_F(IngressV6Test, ErrorsCarryTheFlowTheyQuote) {
  const auto quote = hex("60000000 0014 06 40 20010db8000000000000000000000001 20010db9000000000000000000000001") +
                     hex("0050 15b3 01020304");
  struct Case {
    const char* head;
    IcmpKind kind;
    std::uint16_t mtu;
  };
  const Case cases[] = {
      {"01 00 0000 00000000", IcmpKind::HostUnreachable, 0}, {"01 01 0000 00000000", IcmpKind::HostUnreachable, 0},
      {"01 03 0000 00000000", IcmpKind::HostUnreachable, 0}, {"01 04 0000 00000000", IcmpKind::PortUnreachable, 0},
      {"02 00 0000 00000500", IcmpKind::PacketTooBig, 1280}, {"02 00 0000 00010001", IcmpKind::PacketTooBig, 0xffff},
      {"03 00 0000 00000000", IcmpKind::TimeExceeded, 0},    {"04 01 0000 00000006", IcmpKind::ParameterProblem, 0},
  };
  for (const auto& c : cases) {
    receive(v6_icmp({}, hex(c.head) + quote));
    ASSERT_EQ(ingress_.icmp_errors().size(), 1u) << c.head;
    const auto& e = ingress_.icmp_errors()[0];
    EXPECT_EQ(e.key, (flow::FlowKey{ip("2001:db9::1").bytes, 3, 0, 5555, 80})) << c.head;
    EXPECT_EQ(e.kind, c.kind) << c.head;
    EXPECT_EQ(e.mtu, c.mtu) << c.head;
    EXPECT_EQ(e.type, std::to_integer<std::uint8_t>(hex(c.head)[0]));
    EXPECT_EQ(e.code, std::to_integer<std::uint8_t>(hex(c.head)[1]));
    EXPECT_EQ(e.seq, wire::SeqNum{0x01020304});
  }
  EXPECT_EQ(count_.icmp_errors.get(), std::size(cases));
  auto others = quote;
  others[8 + 15] = std::byte{2};
  expect_drop(v6_icmp({}, hex("01 04 0000 00000000") + others), DropReason::IcmpQuoteNotOurs);
  expect_drop(v6_icmp({}, hex("01 04 0000 00000000") + Bytes(quote.begin(), quote.end() - 1)),
              DropReason::IcmpQuoteNotOurs);
  expect_drop(v6_icmp({.destination = "ff02::1"}, hex("01 04 0000 00000000") + quote),
              DropReason::DestinationBroadcast);
}

TEST_F(IngressV6Test, EchoIsAnswered) {
  know(0, "2001:db8::9", 9);
  receive(v6_icmp({}, hex("80 00 0000 1234 0001 616263")));
  EXPECT_EQ(count_.echoes_answered.get(), 1u);
  const auto sent = take_frames();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(wire::parse_ethernet(sent[0])->destination, mac(9));
  const auto h = wire::parse_ipv6(std::span{sent[0]}.subspan(14)).value();
  EXPECT_EQ(h.source, ip("2001:db8::1"));
  EXPECT_EQ(h.destination, ip("2001:db8::9"));
  EXPECT_EQ(h.next_header, 58);
  EXPECT_EQ(h.payload_length, 11);
  const auto message = std::span<const std::byte>{sent[0]}.subspan(54);
  EXPECT_EQ(message[0], std::byte{129});
  EXPECT_EQ(wire::icmpv6_checksum(h.source, h.destination, message), 0);
}

TEST_F(IngressV6Test, OtherIcmpv6IsDropped) {
  expect_drop(v6_icmp({.to = kGroupMac, .destination = kGroup}, hex("80 00 0000 1234 0001")),
              DropReason::DestinationBroadcast);
  expect_drop(v6_icmp({}, hex("81 00 0000 1234 0001")), DropReason::IcmpNotHandled);
  expect_drop(v6_icmp({}, hex("82 00 0000 00000000") + Bytes(16)), DropReason::IcmpNotHandled);
  expect_drop(v6_frame({}, 58, Bytes(7)), DropReason::BadIcmpHeader);
  auto frame = v6_icmp({}, hex("80 00 0000 1234 0001"));
  frame.back() ^= std::byte{1};
  expect_drop(frame, DropReason::BadIcmpChecksum);
  expect_drop(v6_icmp({.source = "::1"}, hex("80 00 0000 1234 0001")), DropReason::SourceLoopback);
  expect_drop(v6_icmp({.source = "::"}, hex("80 00 0000 1234 0001")), DropReason::SourceUnspecified);
}

TEST_F(IngressV6Test, NeighborDiscoveryGoesToTheResolver) {
  receive(solicitation(to_group()));
  ASSERT_EQ(ingress_.ndp_arrivals().size(), 1u);
  const NdpArrival& a = ingress_.ndp_arrivals()[0];
  EXPECT_EQ(a.port, 0);
  EXPECT_EQ(a.from, mac(9));
  EXPECT_EQ(a.source, ip("2001:db8::9"));
  EXPECT_EQ(a.destination, ip(kGroup));
  EXPECT_EQ(std::get<wire::NeighborSolicitation>(a.message).source_mac, mac(9));
  EXPECT_EQ(count_.ndp_messages.get(), 1u);
  receive(solicitation({.hop_limit = 255}));
  EXPECT_EQ(ingress_.ndp_arrivals().size(), 1u) << "to our address alone";
  receive(solicitation({.to = {{0x33, 0x33, 0, 0, 0, 1}}, .destination = "ff02::1", .hop_limit = 255}));
  EXPECT_EQ(ingress_.ndp_arrivals().size(), 1u) << "to all nodes";
}

TEST_F(IngressV6Test, NeighborDiscoveryFromOffTheLinkIsRefused) {
  auto f = to_group();
  f.hop_limit = 254;
  expect_drop(solicitation(f), DropReason::BadNdp);
  EXPECT_TRUE(ingress_.ndp_arrivals().empty());
}

TEST_F(IngressV6Test, TheUnspecifiedSourceAsksForDuplicatesOnly) {
  auto f = to_group();
  f.source = "::";
  receive(solicitation(f, std::nullopt));
  EXPECT_EQ(ingress_.ndp_arrivals().size(), 1u);
  expect_drop(solicitation(f, mac(9)), DropReason::SourceUnspecified);
  f.destination = "2001:db8::1";
  f.to = kPort0Mac;
  expect_drop(solicitation(f, std::nullopt), DropReason::SourceUnspecified);
  const wire::NeighborAdvertisement news{ip("2001:db8::7"), false, false, true, mac(9)};
  expect_drop(v6_icmp({.to = kGroupMac, .source = "::", .destination = kGroup, .hop_limit = 255}, ndp_bytes(news)),
              DropReason::SourceUnspecified);
}

TEST_F(IngressV6Test, OurOwnAddressAsSourceIsAConflictForTheResolver) {
  auto f = to_group();
  f.source = "2001:db8::1";
  receive(solicitation(f));
  EXPECT_EQ(ingress_.ndp_arrivals().size(), 1u);
}

TEST_F(IngressV6Test, OtherNdpThatRfc4861Refuses) {
  auto f = to_group();
  const wire::NeighborAdvertisement solicited{ip("2001:db8::7"), false, true, true, mac(9)};
  expect_drop(v6_icmp(f, ndp_bytes(solicited)), DropReason::BadNdp);
  receive(v6_icmp({.hop_limit = 255}, ndp_bytes(solicited)));
  EXPECT_EQ(ingress_.ndp_arrivals().size(), 1u);
  const auto router = hex("86 00 0000 40 00 0708 00000000 00000000");
  expect_drop(v6_icmp(f, router), DropReason::BadNdp);
  f.source = "fe80::9";
  receive(v6_icmp(f, router));
  EXPECT_EQ(ingress_.ndp_arrivals().size(), 1u);
  expect_drop(v6_icmp(f, hex("89 00 0000 00000000") + Bytes(32)), DropReason::BadNdp);
  f.source = "::1";
  expect_drop(v6_icmp(f, router), DropReason::SourceLoopback);
}

}  // namespace
}  // namespace millrace::ip::test
