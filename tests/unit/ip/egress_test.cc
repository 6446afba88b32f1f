#include "ip/egress.h"

#include "unit/ip/ip_fixture.h"
#include "wire/ipv6.h"

namespace millrace::ip::test {
namespace {

constexpr std::uint64_t kTxFlags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_TCP_CKSUM;

class EgressTest : public IpTest {
 protected:
  EgressTest() {
    know(0, "10.0.0.9", 9);
    know(0, "10.0.0.254", 0xfe);
    know(1, "10.0.1.254", 0xee);
  }

  static wire::TcpHeader header() {
    wire::TcpHeader h;
    h.source_port = 80;
    h.destination_port = 5555;
    h.seq = wire::SeqNum{0x01020304};
    h.ctl.bits = wire::Ctl::kAck;
    h.window = 1000;
    h.options.has_timestamps = true;
    return h;
  }
  static pkt::Packet* segment(const Bytes& text = {}, std::uint16_t headroom = pkt::kHeadroom) {
    Bytes bytes(32);
    wire::build_tcp(header(), bytes);
    return millrace::test::make_heap_packet(pool(), bytes + text, {.headroom = headroom});
  }
  void send(pkt::Packet* p, const char* remote = "10.0.0.9", std::uint16_t local_index = 0) {
    egress_.send(p, ip(remote), local_index, 10, 2, 61, at_ms(0));
  }
  static void expect_valid(const Bytes& frame, std::size_t l2) {
    const std::span<const std::byte> all{frame};
    EXPECT_TRUE(wire::ipv4_checksum_ok(all.subspan(l2, 20)));
    const auto h = wire::parse_ipv4(all.subspan(l2)).value();
    EXPECT_EQ(h.total_length, frame.size() - l2);
    EXPECT_EQ(wire::tcp_checksum(h.source, h.destination, all.subspan(l2 + 20)), 0);
  }

  Egress egress_{config_, neighbors_, count_};
};

// Proves MUST-2.
TEST_F(EgressTest, WritesEveryField) {
  send(segment(hex("616263")));
  ASSERT_EQ(tx_.pending().size(), 1u);
  EXPECT_EQ(tx_.pending()[0]->meta().port, 0);
  EXPECT_EQ(tx_.pending()[0]->mbuf()->ol_flags & kTxFlags, 0u);
  const auto frame = take_frames().at(0);
  ASSERT_EQ(frame.size(), 14u + 20 + 32 + 3);
  const auto ethernet = wire::parse_ethernet(frame).value();
  EXPECT_EQ(ethernet.destination, mac(9));
  EXPECT_EQ(ethernet.source, kPort0Mac);
  EXPECT_EQ(ethernet.type, wire::kEtherTypeIpv4);
  const auto h = wire::parse_ipv4(std::span{frame}.subspan(14)).value();
  EXPECT_EQ(h.dscp, 10);
  EXPECT_EQ(h.ecn, 2);
  EXPECT_EQ(h.ttl, 61);
  EXPECT_EQ(h.protocol, wire::kProtocolTcp);
  EXPECT_EQ(h.id, 0);
  EXPECT_TRUE(h.dont_fragment);
  EXPECT_FALSE(h.is_fragment());
  EXPECT_EQ(h.source, ip("10.0.0.1"));
  EXPECT_EQ(h.destination, ip("10.0.0.9"));
  expect_valid(frame, 14);
  EXPECT_EQ(Bytes(frame.end() - 3, frame.end()), hex("616263"));
}

TEST_F(EgressTest, NumbersItsPackets) {
  send(segment());
  send(segment());
  const auto frames = take_frames();
  EXPECT_EQ(wire::parse_ipv4(std::span{frames.at(1)}.subspan(14)).value().id, 1);
}

// Proves MUST-45.
TEST_F(EgressTest, UsesTheGivenLocalAddress) {
  send(segment(), "10.0.0.9", 2);
  const auto frame = take_frames().at(0);
  EXPECT_EQ(wire::parse_ipv4(std::span{frame}.subspan(14)).value().source, ip("10.0.0.2"));
  expect_valid(frame, 14);
}

TEST_F(EgressTest, GoesByTheGatewayAndTags) {
  send(segment(), "203.0.113.1");
  send(segment(), "172.16.0.1", 1);
  ASSERT_EQ(tx_.pending().size(), 2u);
  EXPECT_EQ(tx_.pending()[1]->meta().port, 1);
  const auto frames = take_frames();
  EXPECT_EQ(wire::parse_ethernet(frames[0]).value().destination, mac(0xfe));
  const auto tagged = wire::parse_ethernet(frames[1]).value();
  EXPECT_EQ(tagged.destination, mac(0xee));
  EXPECT_EQ(tagged.source, kPort1Mac);
  EXPECT_EQ(tagged.vlan, kVlan);
  EXPECT_EQ(tagged.type, wire::kEtherTypeIpv4);
  EXPECT_EQ(wire::parse_ipv4(std::span{frames[1]}.subspan(18)).value().destination, ip("172.16.0.1"));
  expect_valid(frames[1], 18);
}

TEST_F(EgressTest, EachOfMoreDestinationsThanTemplatesGetsItsOwnHeaders) {
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 1000; ++i) {
      const auto remote = wire::IpAddress::v4(0xcb00'7100 + i % 500);  // 203.0.113.0 and on, by the gateway
      const std::uint16_t local_index = i < 500 ? 0 : 2;
      egress_.send(segment(), remote, local_index, 10, 2, 61, at_ms(0));
      const auto frame = take_frames().at(0);
      const auto h = wire::parse_ipv4(std::span{frame}.subspan(14)).value();
      ASSERT_EQ(h.destination, remote);
      ASSERT_EQ(h.source, config_.addresses[local_index].ip);
      expect_valid(frame, 14);
    }
  }
}

// Proves MUST-2.
TEST_F(EgressTest, SumsChainsWithOddBorders) {
  auto* head = segment(hex("01"));
  pkt::chain(*head, *millrace::test::make_heap_packet(pool(), hex("020304"), {}));
  pkt::chain(*head, *millrace::test::make_heap_packet(pool(), hex("0506"), {}));
  send(head);
  ASSERT_EQ(tx_.pending().size(), 1u);
  EXPECT_EQ(tx_.pending()[0]->total_length(), 14u + 20 + 32 + 6);
  const auto frame = take_frames().at(0);
  expect_valid(frame, 14);
  EXPECT_EQ(Bytes(frame.end() - 6, frame.end()), hex("010203040506"));
}

/// The packet, which knows the sum of its last `n` bytes.
pkt::Packet* summed(pkt::Packet* p, std::uint16_t n) {
  wire::Checksum sum;
  sum.add(p->bytes().last(n));
  p->know_sum(static_cast<std::uint16_t>(p->headroom() + p->length() - n), n, sum.sum());
  return p;
}

TEST_F(EgressTest, TextWithAKnownSumIsNotRead) {
  pkt::Packet* p = summed(segment(hex("616263")), 3);
  p->bytes().back() = std::byte{0};
  send(p);
  auto frame = take_frames().at(0);
  EXPECT_EQ(frame.back(), std::byte{0});
  frame.back() = std::byte{0x63};
  expect_valid(frame, 14);
}

TEST_F(EgressTest, SumsChainsOfWhatIsKnownAndWhatIsNot) {
  for (unsigned known = 0; known < 8; ++known) {
    auto* head = segment(hex("01"));
    if ((known & 1) != 0) summed(head, 1);
    const char* const texts[] = {"020304", "0506"};
    for (unsigned i = 0; i < 2; ++i) {
      auto* part = millrace::test::make_heap_packet(pool(), hex(texts[i]), {});
      if ((known & 2 << i) != 0) summed(part, part->length());
      pkt::chain(*head, *part);
    }
    send(head);
    expect_valid(take_frames().at(0), 14);
  }
}

TEST_F(EgressTest, OldContentsOfTheChecksumFieldDoNotCount) {
  auto* p = segment();
  wire::store_be16(p->data() + 16, 0x5555);
  send(p);
  expect_valid(take_frames().at(0), 14);
}

TEST_F(EgressTest, LeavesTcpChecksumsToThePort) {
  config_.ports[0].tx_tcp_checksum = true;
  send(segment(hex("616263")));
  rte_mbuf* mbuf = tx_.pending()[0]->mbuf();
  EXPECT_EQ(mbuf->ol_flags & kTxFlags, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM);
  EXPECT_NE(mbuf->ol_flags & RTE_MBUF_F_EXTERNAL, 0u) << "how the buffer is attached stays";
  EXPECT_EQ(mbuf->l2_len, 14u);
  EXPECT_EQ(mbuf->l3_len, 20u);
  EXPECT_EQ(mbuf->l4_len, 32u);
  const auto frame = take_frames().at(0);
  EXPECT_EQ(wire::load_be16(&frame[14 + 20 + 16]), wire::pseudo_header(ip("10.0.0.1"), ip("10.0.0.9"), 6, 35).sum());
  EXPECT_TRUE(wire::ipv4_checksum_ok(std::span{frame}.subspan(14, 20)));
}

TEST_F(EgressTest, LeavesIpChecksumsToThePort) {
  config_.ports[1].tx_ip_checksum = true;
  auto* p = segment();
  p->mbuf()->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_BAD | RTE_MBUF_F_TX_TCP_CKSUM;
  p->mbuf()->tx_offload = ~0ull;
  send(p, "172.16.0.1", 1);
  rte_mbuf* mbuf = tx_.pending()[0]->mbuf();
  EXPECT_EQ(mbuf->ol_flags & ~RTE_MBUF_F_EXTERNAL, RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM);
  EXPECT_EQ(mbuf->l2_len, 18u);
  EXPECT_EQ(mbuf->l3_len, 20u);
  EXPECT_EQ(mbuf->l4_len, 0u);
  const auto frame = take_frames().at(0);
  EXPECT_EQ(wire::load_be16(&frame[18 + 10]), 0);
  const std::span<const std::byte> all{frame};
  EXPECT_EQ(wire::tcp_checksum(ip("10.0.1.1"), ip("172.16.0.1"), all.subspan(38)), 0);
}

TEST_F(EgressTest, ForgetsOldOffloadRequests) {
  auto* p = segment();
  p->mbuf()->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_RX_IP_CKSUM_GOOD;
  p->mbuf()->tx_offload = ~0ull;
  send(p);
  EXPECT_EQ(tx_.pending()[0]->mbuf()->ol_flags, RTE_MBUF_F_EXTERNAL);
  EXPECT_EQ(tx_.pending()[0]->mbuf()->tx_offload, 0u);
}

TEST_F(EgressTest, BothOffloads) {
  config_.ports[0].tx_ip_checksum = config_.ports[0].tx_tcp_checksum = true;
  send(segment());
  EXPECT_EQ(tx_.pending()[0]->mbuf()->ol_flags & kTxFlags, kTxFlags);
}

TEST_F(EgressTest, UnknownNeighborsParkThePacketWhole) {
  send(segment(), "10.0.0.8");
  EXPECT_EQ(neighbors_.waiting(), 1u);
  EXPECT_TRUE(tx_.pending().empty());
  know(0, "10.0.0.8", 8);
  const auto frame = take_frames().at(0);
  EXPECT_EQ(wire::parse_ethernet(frame).value().destination, mac(8));
  expect_valid(frame, 14);
}

TEST_F(EgressTest, NoRoute) {
  config_.routes = RouteTable{config_.addresses};
  send(segment(), "203.0.113.1");
  send(segment(), "2001:db9::1", 3);
  EXPECT_EQ(dropped(DropReason::NoRoute), 2u);
}

TEST_F(EgressTest, TheMtuIsExact) {
  send(segment(Bytes(1500 - 52)));
  EXPECT_EQ(take_frames().at(0).size(), 1514u);
  send(segment(Bytes(1500 - 51)));
  EXPECT_EQ(dropped(DropReason::TooBig), 1u);
  send(segment(Bytes(1400 - 52)), "172.16.0.1", 1);
  EXPECT_EQ(take_frames().at(0).size(), 1418u) << "the tag is not part of the MTU";
  send(segment(Bytes(1400 - 51)), "172.16.0.1", 1);
  EXPECT_EQ(dropped(DropReason::TooBig), 2u);
}

TEST_F(EgressTest, TheHeadroomIsExact) {
  send(segment({}, 34));
  expect_valid(take_frames().at(0), 14);
  send(segment({}, 33));
  EXPECT_EQ(dropped(DropReason::NoHeadroom), 1u);
  send(segment({}, 38), "172.16.0.1", 1);
  expect_valid(take_frames().at(0), 18);
  send(segment({}, 37), "172.16.0.1", 1);
  EXPECT_EQ(dropped(DropReason::NoHeadroom), 2u);
}

TEST_F(EgressTest, IcmpMessagesAreNotTouched) {
  config_.ports[0].tx_tcp_checksum = true;
  const auto message = hex("0000 1234 0001 0002 6162");
  egress_.send_icmp(millrace::test::make_heap_packet(pool(), message, {}), ip("10.0.0.9"), 0, at_ms(0));
  EXPECT_EQ(tx_.pending()[0]->mbuf()->ol_flags & kTxFlags, 0u);
  const auto frame = take_frames().at(0);
  const auto h = wire::parse_ipv4(std::span{frame}.subspan(14)).value();
  EXPECT_EQ(h.protocol, wire::kProtocolIcmp);
  EXPECT_EQ(h.ttl, 64);
  EXPECT_EQ(h.dscp, 0);
  EXPECT_EQ(h.ecn, 0);
  EXPECT_EQ(Bytes(frame.begin() + 34, frame.end()), message);
}

class EgressV6Test : public EgressTest {
 protected:
  EgressV6Test() {
    know(0, "2001:db8::9", 9);
    know(0, "2001:db8::fe", 0xfe);
    know(1, "fe80::9", 0x99);
  }
  static void expect_valid_v6(const Bytes& frame, std::size_t l2) {
    const std::span<const std::byte> all{frame};
    const auto h = wire::parse_ipv6(all.subspan(l2)).value();
    EXPECT_EQ(h.payload_length, frame.size() - l2 - 40);
    EXPECT_EQ(wire::tcp_checksum(h.source, h.destination, all.subspan(l2 + 40)), 0);
  }
};

TEST_F(EgressV6Test, WritesEveryField) {
  send(segment(hex("616263")), "2001:db8::9", 3);
  ASSERT_EQ(tx_.pending().size(), 1u);
  EXPECT_EQ(tx_.pending()[0]->mbuf()->ol_flags & kTxFlags, 0u);
  const auto frame = take_frames().at(0);
  ASSERT_EQ(frame.size(), 14u + 40 + 32 + 3);
  const auto ethernet = wire::parse_ethernet(frame).value();
  EXPECT_EQ(ethernet.destination, mac(9));
  EXPECT_EQ(ethernet.source, kPort0Mac);
  EXPECT_EQ(ethernet.type, wire::kEtherTypeIpv6);
  const auto h = wire::parse_ipv6(std::span{frame}.subspan(14)).value();
  EXPECT_EQ(h.dscp, 10);
  EXPECT_EQ(h.ecn, 2);
  EXPECT_EQ(h.hop_limit, 61);
  EXPECT_EQ(h.flow_label, 0u);
  EXPECT_EQ(h.next_header, wire::kProtocolTcp);
  EXPECT_EQ(h.source, ip("2001:db8::1"));
  EXPECT_EQ(h.destination, ip("2001:db8::9"));
  expect_valid_v6(frame, 14);
}

TEST_F(EgressV6Test, LeavesTheTcpChecksumToThePort) {
  config_.ports[0].tx_ip_checksum = config_.ports[0].tx_tcp_checksum = true;
  send(segment(hex("616263")), "2001:db8::9", 3);
  const rte_mbuf& mbuf = *tx_.pending()[0]->mbuf();
  EXPECT_EQ(mbuf.ol_flags & (kTxFlags | RTE_MBUF_F_TX_IPV6), RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_TCP_CKSUM);
  EXPECT_EQ(mbuf.l2_len, 14u);
  EXPECT_EQ(mbuf.l3_len, 40u);
  EXPECT_EQ(mbuf.l4_len, 32u);
  const auto frame = take_frames().at(0);
  const auto sum = wire::pseudo_header(ip("2001:db8::1"), ip("2001:db8::9"), 6, 35).sum();
  EXPECT_EQ(wire::load_be16(&frame[14 + 40 + 16]), sum);
}

TEST_F(EgressV6Test, OnlyAnIpChecksumToOffloadIsNothingToOffload) {
  config_.ports[0].tx_ip_checksum = true;
  send(segment(), "2001:db8::9", 3);
  EXPECT_EQ(tx_.pending()[0]->mbuf()->ol_flags & (kTxFlags | RTE_MBUF_F_TX_IPV6), 0u);
  expect_valid_v6(take_frames().at(0), 14);
}

TEST_F(EgressV6Test, TheGatewayAndTheLinkOfALinkLocalAddress) {
  send(segment(), "2001:db9::1", 3);
  EXPECT_EQ(wire::parse_ethernet(take_frames().at(0))->destination, mac(0xfe));
  send(segment(), "fe80::9", 5);  // the address says the port, whatever the table holds
  EXPECT_EQ(tx_.pending()[0]->meta().port, 1);
  const auto frame = take_frames().at(0);
  EXPECT_EQ(wire::parse_ethernet(frame)->destination, mac(0x99));
  expect_valid_v6(frame, 18);
}

TEST_F(EgressV6Test, ALinkLocalPeerIsAnotherHostOnEachPort) {
  know(0, "fe80::9", 0x77);
  for (int round = 0; round < 2; ++round) {
    send(segment(), "fe80::9", 4);
    send(segment(), "fe80::9", 5);
    ASSERT_EQ(tx_.pending().size(), 2u);
    EXPECT_EQ(tx_.pending()[0]->meta().port, 0);
    EXPECT_EQ(tx_.pending()[1]->meta().port, 1);
    const auto frames = take_frames();
    EXPECT_EQ(wire::parse_ethernet(frames[0])->destination, mac(0x77));
    EXPECT_EQ(wire::parse_ethernet(frames[0])->vlan, 0);
    expect_valid_v6(frames[0], 14);
    EXPECT_EQ(wire::parse_ethernet(frames[1])->destination, mac(0x99));
    EXPECT_EQ(wire::parse_ethernet(frames[1])->vlan, kVlan);
    expect_valid_v6(frames[1], 18);
  }
}

TEST_F(EgressV6Test, TheMtuHoldsTheLargerHeader) {
  send(segment(Bytes(1500 - 40 - 32)), "2001:db8::9", 3);
  EXPECT_EQ(take_frames().size(), 1u);
  send(segment(Bytes(1500 - 40 - 32 + 1)), "2001:db8::9", 3);
  EXPECT_EQ(dropped(DropReason::TooBig), 1u);
}

TEST_F(EgressV6Test, HeadroomForTheLargerHeader) {
  send(segment({}, 54), "2001:db8::9", 3);
  EXPECT_EQ(take_frames().size(), 1u);
  send(segment({}, 53), "2001:db8::9", 3);
  EXPECT_EQ(dropped(DropReason::NoHeadroom), 1u);
}

}  // namespace
}  // namespace millrace::ip::test
