#include "ip/ingress.h"

#include "unit/ip/ingress_fixture.h"

namespace millrace::ip::test {
namespace {

TcpFrame with_text(const char* text) {
  TcpFrame f;
  f.text = hex(text);
  return f;
}

/// The frame with one byte of its IP header changed and the header checksum made right again.
Bytes patched_ip(std::size_t at, unsigned value, TcpFrame f = {}) {
  auto frame = tcp_frame(f);
  frame[14 + at] = static_cast<std::byte>(value);
  wire::store_be16(&frame[24], 0);
  wire::store_be16(&frame[24], wire::checksum(std::span{frame}.subspan(14, 20)));
  return frame;
}

TEST_F(IngressTest, ASegmentWithEveryField) {
  TcpFrame f = with_text("68656c6c6f");
  f.tos = 0xb9;
  f.header.seq = wire::SeqNum{0x01020304};
  f.header.ack = wire::SeqNum{0x0a0b0c0d};
  f.header.ctl.bits = wire::Ctl::kAck | wire::Ctl::kPsh;
  f.header.window = 0xfedc;
  f.header.urgent_pointer = 3;
  f.header.options.has_timestamps = true;
  f.header.options.ts_val = 77;
  receive(tcp_frame(f));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  auto& seg = ingress_.segments()[0];
  EXPECT_EQ(seg.key, (flow::FlowKey{ip("10.0.0.9").bytes, 0, 0, 5555, 80}));
  EXPECT_EQ(seg.seq, wire::SeqNum{0x01020304});
  EXPECT_EQ(seg.ack, wire::SeqNum{0x0a0b0c0d});
  EXPECT_EQ(seg.wnd, 0xfedcu);
  EXPECT_EQ(seg.len, 5u);
  EXPECT_EQ(seg.ctl.bits, wire::Ctl::kAck | wire::Ctl::kPsh);
  EXPECT_EQ(seg.up, 3);
  EXPECT_EQ(seg.ecn, 1);
  EXPECT_EQ(seg.dscp, 46);
  EXPECT_TRUE(seg.options.has_timestamps);
  EXPECT_EQ(seg.options.ts_val, 77u);
  EXPECT_EQ(bytes_of_packet(*seg.packet), hex("68656c6c6f"));
  EXPECT_EQ(count_.tcp_segments.get(), 1u);
  EXPECT_EQ(count_.received.get(), 1u);
}

TEST_F(IngressTest, TheLocalIndexFollowsTheDestination) {
  TcpFrame f;
  f.destination = "10.0.0.2";
  receive(tcp_frame(f));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(ingress_.segments()[0].key.local_index, 2);
}

TEST_F(IngressTest, EthernetPaddingIsCut) {
  receive(tcp_frame(with_text("aa")) + Bytes(5, std::byte{0xff}));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(ingress_.segments()[0].len, 1u);
  EXPECT_EQ(bytes_of_packet(*ingress_.segments()[0].packet), hex("aa"));
  receive(tcp_frame() + Bytes(6, std::byte{0xff}));
  EXPECT_EQ(ingress_.segments()[0].len, 0u);
}

TEST_F(IngressTest, ABurstKeepsItsOrder) {
  std::vector<pkt::Packet*> burst;
  for (unsigned i = 0; i < 100; ++i) {
    TcpFrame f;
    f.header.seq = wire::SeqNum{i};
    burst.push_back(packet(i % 10 == 9 ? Bytes(3) : tcp_frame(f)));
  }
  ingress_.receive(burst, {});
  ASSERT_EQ(ingress_.segments().size(), 90u);
  EXPECT_EQ(ingress_.segments()[0].seq, wire::SeqNum{0});
  EXPECT_EQ(ingress_.segments()[9].seq, wire::SeqNum{10});
  EXPECT_EQ(ingress_.segments()[89].seq, wire::SeqNum{98});
  EXPECT_EQ(dropped(DropReason::Truncated), 10u);
  EXPECT_EQ(count_.received.get(), 100u);
  free_segments();
  ingress_.receive({}, {});
  EXPECT_TRUE(ingress_.segments().empty());
}

TEST_F(IngressTest, ShortFrames) {
  const auto frame = tcp_frame();
  const std::span<const std::byte> all{frame};
  for (std::size_t n = 0; n < all.size(); ++n) {
    receive(Bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)));
    ASSERT_TRUE(ingress_.segments().empty()) << n;
  }
  EXPECT_EQ(dropped(DropReason::BadIpHeader), 20u);
  EXPECT_EQ(dropped(DropReason::Truncated), 14u + 20);
}

TEST_F(IngressTest, MacAddresses) {
  TcpFrame f;
  f.to = mac(0x55);
  expect_drop(tcp_frame(f), DropReason::NotOurMac);
  f.to = kPort1Mac;
  expect_drop(tcp_frame(f), DropReason::NotOurMac);
  f.to = wire::MacAddress::broadcast();
  expect_drop(tcp_frame(f), DropReason::LinkBroadcast);
  f.to = {{0x01, 0, 0x5e, 0, 0, 1}};
  expect_drop(tcp_frame(f), DropReason::LinkBroadcast);
}

TEST_F(IngressTest, Vlans) {
  TcpFrame f;
  f.vlan = kVlan;
  expect_drop(tcp_frame(f), DropReason::VlanMismatch);
  f.to = kPort1Mac;
  expect_segment(tcp_frame(f), 1);
  f.vlan = 8;
  expect_drop(tcp_frame(f), DropReason::VlanMismatch, 1);
  f.vlan = 0;
  expect_drop(tcp_frame(f), DropReason::VlanMismatch, 1);
  auto* stripped = packet(tcp_frame(f), 1);
  stripped->meta().vlan = kVlan;
  receive(stripped);
  EXPECT_EQ(ingress_.segments().size(), 1u) << "the port took the tag off";
}

TEST_F(IngressTest, PriorityTaggedIsUntagged) {
  auto frame = tcp_frame();
  const auto tag = hex("8100 e000");
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  expect_segment(frame);
}

TEST_F(IngressTest, EtherTypes) {
  expect_drop(ethernet_frame({}, 0x88cc, Bytes(46)), DropReason::BadEtherType);
  expect_drop(ethernet_frame({}, 46, Bytes(46)), DropReason::BadEtherType);
  expect_drop(ethernet_frame({}, wire::kEtherTypeIpv6, Bytes(46)), DropReason::BadIpHeader);
}

TEST_F(IngressTest, ArpIsHandedOverAsAValue) {
  TcpFrame f;
  f.to = wire::MacAddress::broadcast();
  const auto arp = hex("0001 0800 06 04 0001 020000000009 0a000009 000000000000 0a000001");
  receive(ethernet_frame(f, wire::kEtherTypeArp, arp + Bytes(18)));
  ASSERT_EQ(ingress_.arp_arrivals().size(), 1u);
  EXPECT_EQ(ingress_.arp_arrivals()[0].port, 0);
  EXPECT_EQ(ingress_.arp_arrivals()[0].packet.sender_ip, ip("10.0.0.9"));
  EXPECT_EQ(count_.arp_packets.get(), 1u);
  f.vlan = kVlan;
  receive(ethernet_frame(f, wire::kEtherTypeArp, arp), 1);
  ASSERT_EQ(ingress_.arp_arrivals().size(), 1u);
  EXPECT_EQ(ingress_.arp_arrivals()[0].port, 1);
  expect_drop(ethernet_frame({}, wire::kEtherTypeArp, Bytes(28)), DropReason::BadArp);
  EXPECT_TRUE(ingress_.arp_arrivals().empty());
}

TEST_F(IngressTest, IpHeaders) {
  expect_drop(patched_ip(0, 0x44), DropReason::BadIpHeader);
  expect_drop(patched_ip(0, 0x65), DropReason::BadIpHeader);
  auto frame = tcp_frame();
  frame[24] ^= std::byte{1};
  expect_drop(frame, DropReason::BadIpChecksum);
  expect_drop(patched_ip(3, 41), DropReason::Truncated);
  expect_drop(patched_ip(6, 0x20), DropReason::Fragment);
  expect_drop(patched_ip(7, 1), DropReason::Fragment);
  expect_segment(patched_ip(6, 0x40));
  expect_segment(patched_ip(8, 0));  // RFC 1122 3.2.1.7: a host does not look at the TTL of what is addressed to it
  expect_drop(patched_ip(9, 17), DropReason::UnknownProtocol);
}

// Proves MUST-50.
TEST_F(IngressTest, IpOptionsAreSkipped) {
  TcpFrame f = with_text("aabb");
  f.ip_options = hex("94040000 01010101");
  receive(tcp_frame(f));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(bytes_of_packet(*ingress_.segments()[0].packet), hex("aabb"));
}

// Proves MUST-57.
TEST_F(IngressTest, Destinations) {
  const auto to = [](const char* destination) {
    TcpFrame f;
    f.destination = destination;
    return tcp_frame(f);
  };
  expect_drop(to("10.0.0.255"), DropReason::DestinationBroadcast);
  expect_drop(to("255.255.255.255"), DropReason::DestinationBroadcast);
  expect_drop(to("224.0.0.1"), DropReason::DestinationBroadcast);
  expect_drop(to("10.0.0.3"), DropReason::NotOurAddress);
  expect_drop(to("0.0.0.0"), DropReason::NotOurAddress);
  expect_segment(to("10.0.1.1"));  // an address of the other port
}

// Proves MUST-63.
TEST_F(IngressTest, Sources) {
  const std::pair<const char*, DropReason> bad[] = {
      {"0.0.0.0", DropReason::SourceUnspecified},       {"0.255.255.255", DropReason::SourceUnspecified},
      {"224.0.0.1", DropReason::SourceMulticast},       {"239.1.2.3", DropReason::SourceMulticast},
      {"255.255.255.255", DropReason::SourceMulticast}, {"10.0.0.255", DropReason::SourceMulticast},
      {"127.0.0.1", DropReason::SourceLoopback},        {"10.0.0.1", DropReason::SourceIsOurs},
      {"10.0.0.2", DropReason::SourceIsOurs},           {"10.0.1.1", DropReason::SourceIsOurs}};
  for (int round = 0; round < 2; ++round) {  // what has passed, and what has not, stays so
    for (const auto& [source, reason] : bad) {
      TcpFrame f;
      f.source = source;
      expect_drop(tcp_frame(f), reason);
    }
    for (const char* source : {"1.0.0.0", "10.0.0.254", "223.255.255.255", "203.0.113.1"}) {
      TcpFrame f;
      f.source = source;
      expect_segment(tcp_frame(f));
    }
  }
}

TEST_F(IngressTest, TcpHeaders) {
  const TcpFrame f;
  const auto frame_of = [&](const Bytes& segment) {
    return ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, wire::kProtocolTcp, segment));
  };
  const auto with_checksum = [&](Bytes segment) {
    wire::store_be16(&segment[16], 0);
    wire::store_be16(&segment[16], wire::tcp_checksum(ip(f.source), ip(f.destination), segment));
    return segment;
  };
  expect_drop(frame_of(Bytes(19)), DropReason::BadTcpHeader);
  expect_drop(frame_of({}), DropReason::BadTcpHeader);
  auto segment = tcp_segment(f);
  segment[12] = std::byte{0x40};
  expect_drop(frame_of(with_checksum(segment)), DropReason::BadTcpHeader);
  segment[12] = std::byte{0x60};
  expect_drop(frame_of(with_checksum(segment)), DropReason::BadTcpHeader);
  segment[12] = std::byte{0x50};
  expect_segment(frame_of(with_checksum(segment)));
}

struct ChecksumCase {
  std::uint64_t flags;
  bool right;
  bool accepted;
};

// Proves MUST-3.
TEST_F(IngressTest, TcpChecksumPolicy) {
  const ChecksumCase cases[] = {
      {RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, true, true}, {RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN, false, false},
      {RTE_MBUF_F_RX_L4_CKSUM_GOOD, false, true},   {RTE_MBUF_F_RX_L4_CKSUM_NONE, false, true},
      {RTE_MBUF_F_RX_L4_CKSUM_BAD, true, false},
  };
  for (const auto& c : cases) {
    auto frame = tcp_frame(with_text("aabbcc"));
    if (!c.right) frame.back() ^= std::byte{1};
    auto* p = packet(frame);
    p->mbuf()->ol_flags |= c.flags;
    const auto before = dropped(DropReason::BadTcpChecksum);
    receive(p);
    EXPECT_EQ(ingress_.segments().size(), c.accepted ? 1u : 0u) << c.flags << c.right;
    EXPECT_EQ(dropped(DropReason::BadTcpChecksum), before + (c.accepted ? 0 : 1));
  }
}

/// The frame as a chain whose first buffer holds `head` bytes.
pkt::Packet* chained(const Bytes& frame, std::size_t head, std::size_t tail = 0) {
  const std::span<const std::byte> all{frame};
  auto* p = millrace::test::make_heap_packet(pool(), all.first(head), {});
  p->meta().port = 0;
  if (tail != 0) {
    pkt::chain(*p, *millrace::test::make_heap_packet(pool(), all.subspan(head, all.size() - head - tail), {}));
    pkt::chain(*p, *millrace::test::make_heap_packet(pool(), all.last(tail), {}));
  } else {
    pkt::chain(*p, *millrace::test::make_heap_packet(pool(), all.subspan(head), {}));
  }
  return p;
}

TEST_F(IngressTest, KeepsTheSumOfTextThatSoftwareHasSummed) {
  for (const std::size_t length : {128u, 129u, 1001u, 1460u}) {
    for (const int fill : {0x00, 0xff, 0x5a}) {
      TcpFrame f;
      f.text = Bytes(length, static_cast<std::byte>(fill));
      expect_segment(tcp_frame(f));
      const pkt::Packet& p = *ingress_.segments()[0].packet;
      ASSERT_EQ(p.summed_tail(), length);
      wire::Checksum sum;
      sum.add(p.bytes());
      EXPECT_EQ(p.meta().sum % 0xffff, sum.sum() % 0xffff) << length << ' ' << fill;  // zero has two forms
    }
  }
}

TEST_F(IngressTest, PaddingIsNotInTheSumOfTheText) {
  TcpFrame f;
  f.text = Bytes(200, std::byte{0x11});
  auto frame = tcp_frame(f);
  frame.resize(frame.size() + 6, std::byte{0x55});
  expect_segment(frame);
  EXPECT_EQ(ingress_.segments()[0].packet->summed_tail(), 200);
}

TEST_F(IngressTest, KeepsNoSumThatItHasNotSeen) {
  TcpFrame f;
  f.text = Bytes(200, std::byte{0x11});
  for (const std::uint64_t flags : {RTE_MBUF_F_RX_L4_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_NONE}) {
    auto* p = packet(tcp_frame(f));
    p->mbuf()->ol_flags |= flags;
    receive(p);
    ASSERT_EQ(ingress_.segments().size(), 1u);
    EXPECT_EQ(ingress_.segments()[0].packet->summed_tail(), 0);
  }
  receive(chained(tcp_frame(f), 14 + 40 + 50));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(ingress_.segments()[0].packet->summed_tail(), 0);
}

TEST_F(IngressTest, IpChecksumPolicy) {
  const ChecksumCase cases[] = {
      {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, true, true}, {RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN, false, false},
      {RTE_MBUF_F_RX_IP_CKSUM_GOOD, false, true},   {RTE_MBUF_F_RX_IP_CKSUM_NONE, false, true},
      {RTE_MBUF_F_RX_IP_CKSUM_BAD, true, false},
  };
  for (const auto& c : cases) {
    auto frame = tcp_frame();
    if (!c.right) frame[24] ^= std::byte{1};
    auto* p = packet(frame);
    p->mbuf()->ol_flags |= c.flags;
    receive(p);
    EXPECT_EQ(ingress_.segments().size(), c.accepted ? 1u : 0u) << c.flags << c.right;
  }
  EXPECT_EQ(dropped(DropReason::BadIpChecksum), 2u);
}

TEST_F(IngressTest, ChainsCarryText) {
  const auto frame = tcp_frame(with_text("0102030405"));
  receive(chained(frame, 14 + 40 + 1, 1));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(ingress_.segments()[0].len, 5u);
  EXPECT_EQ(bytes_of_packet(*ingress_.segments()[0].packet), hex("0102030405"));
  receive(chained(frame, 14 + 40));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(bytes_of_packet(*ingress_.segments()[0].packet), hex("0102030405"));
}

// Proves MUST-3.
TEST_F(IngressTest, ADamagedChainIsNoticed) {
  auto frame = tcp_frame(with_text("0102030405"));
  frame.back() ^= std::byte{1};
  receive(chained(frame, 14 + 40 + 1, 1));
  EXPECT_EQ(dropped(DropReason::BadTcpChecksum), 1u);
}

TEST_F(IngressTest, HeadersLieInTheFirstBuffer) {
  const auto frame = tcp_frame(with_text("0102030405"));
  for (std::size_t head = 1; head < 14 + 40; ++head) receive(chained(frame, head));
  EXPECT_EQ(dropped(DropReason::HeaderNotContiguous), 53u);
}

TEST_F(IngressTest, PaddingIsCutFromTheLastBufferOnly) {
  const auto frame = tcp_frame(with_text("0102030405"));
  receive(chained(frame + Bytes(3), 14 + 40 + 2, 4));
  ASSERT_EQ(ingress_.segments().size(), 1u);
  EXPECT_EQ(bytes_of_packet(*ingress_.segments()[0].packet), hex("0102030405"));
  receive(chained(frame + Bytes(3), 14 + 40 + 2, 2));
  EXPECT_TRUE(ingress_.segments().empty());
  EXPECT_EQ(dropped(DropReason::HeaderNotContiguous), 1u);
}

}  // namespace
}  // namespace millrace::ip::test
