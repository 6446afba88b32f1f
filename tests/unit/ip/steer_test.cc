#include "ip/steer.h"

#include "unit/ip/v6_frames.h"

namespace millrace::ip::test {
namespace {

constexpr std::uint16_t kSelf = 999;  // told from every owner
const flow::OwnerMap kOwners{64};

std::uint16_t steer(const Bytes& frame) { return owner_of_frame(frame, kOwners, kSelf); }

TEST(Steer, TcpGoesToTheOwnerOfItsFlow) {
  for (std::uint16_t port = 1; port < 200; ++port) {
    TcpFrame f;
    f.header.source_port = port;
    f.header.destination_port = 8080;
    const auto owner = kOwners.owner(ip(f.destination), 8080, ip(f.source), port);
    EXPECT_EQ(steer(tcp_frame(f)), owner) << port;
    f.vlan = kVlan;
    f.ip_options = hex("01010101");
    EXPECT_EQ(steer(tcp_frame(f)), owner) << port;
  }
}

TEST(Steer, AnIcmpErrorGoesToTheOwnerOfTheQuotedFlow) {
  const TcpFrame f;
  for (std::uint16_t port = 1; port < 200; ++port) {
    auto message = hex("03 03 0000 00000000 4500 0028 0000 4000 4006 0000 0a000001 cb007101 1f90 0000 01020304");
    wire::store_be16(&message[8 + 22], port);
    const auto frame = ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, wire::kProtocolIcmp, message));
    EXPECT_EQ(steer(frame), kOwners.owner(ip("10.0.0.1"), 8080, ip("203.0.113.1"), port)) << port;
    auto echo = message;
    echo[0] = std::byte{8};
    EXPECT_EQ(steer(ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, wire::kProtocolIcmp, echo))), kSelf);
  }
}

TEST(Steer, ArpGoesToWorkerZero) { EXPECT_EQ(steer(ethernet_frame({}, wire::kEtherTypeArp, Bytes(28))), 0); }

TEST(Steer, EverythingElseStays) {
  const TcpFrame f;
  EXPECT_EQ(steer({}), kSelf);
  EXPECT_EQ(steer(ethernet_frame(f, 0x88cc, Bytes(46))), kSelf);
  EXPECT_EQ(steer(ethernet_frame(f, wire::kEtherTypeIpv6, Bytes(46))), kSelf);
  EXPECT_EQ(steer(ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, 17, Bytes(20)))), kSelf);
  EXPECT_EQ(steer(ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, 1, hex("03 03 0000 00000000")))), kSelf);
  EXPECT_EQ(steer(ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, 1, hex("03 03 0000 000000")))), kSelf);
  auto fragment = tcp_frame();
  fragment[14 + 6] = std::byte{0x20};
  EXPECT_EQ(steer(fragment), kSelf);
}

TEST(Steer, FourBytesOfTcpAreEnoughAndNeeded) {
  const auto frame = tcp_frame();
  const std::span<const std::byte> all{frame};
  for (std::size_t n = 0; n < 14 + 20 + 4; ++n) EXPECT_EQ(owner_of_frame(all.first(n), kOwners, kSelf), kSelf) << n;
  EXPECT_NE(owner_of_frame(all.first(14 + 20 + 4), kOwners, kSelf), kSelf);
}

TEST(SteerV6, TcpGoesToTheOwnerOfItsFlow) {
  for (std::uint16_t port = 1; port < 200; ++port) {
    wire::TcpHeader header = default_header();
    header.source_port = port;
    const auto owner = kOwners.owner(ip("2001:db8::1"), 80, ip("2001:db8::9"), port);
    EXPECT_EQ(steer(v6_tcp({}, {}, header)), owner) << port;
    EXPECT_EQ(steer(v6_tcp({.vlan = kVlan, .next_header = 60, .extensions = hex("06 00 010400000000")}, {}, header)),
              owner)
        << port;
  }
}

TEST(SteerV6, AnIcmpErrorGoesToTheOwnerOfTheQuotedFlow) {
  for (std::uint16_t port = 1; port < 200; ++port) {
    auto message = hex("01 04 0000 00000000 60000000 0014 06 40 20010db8000000000000000000000001") +
                   hex("20010db9000000000000000000000001 1f90 0000 01020304");
    wire::store_be16(&message[8 + 42], port);
    EXPECT_EQ(steer(v6_icmp({}, message)), kOwners.owner(ip("2001:db8::1"), 8080, ip("2001:db9::1"), port)) << port;
    message[0] = std::byte{128};
    EXPECT_EQ(steer(v6_icmp({}, message)), kSelf);
  }
}

TEST(SteerV6, NeighborDiscoveryGoesToWorkerZero) {
  EXPECT_EQ(steer(v6_icmp({}, ndp_bytes(wire::NeighborSolicitation{ip("2001:db8::1"), {}}))), 0);
  EXPECT_EQ(steer(v6_icmp({}, hex("86 00 0000 00000000"))), 0);
}

TEST(SteerV6, EverythingElseStays) {
  EXPECT_EQ(steer(v6_frame({}, 17, Bytes(8))), kSelf);
  EXPECT_EQ(steer(v6_frame({}, 58, Bytes(7))), kSelf);
  EXPECT_EQ(steer(v6_tcp({.next_header = 44, .extensions = hex("06 00 0001 12345678")})), kSelf);
  const auto frame = v6_tcp();
  const std::span<const std::byte> all{frame};
  for (std::size_t n = 0; n < 14 + 40 + 4; ++n) EXPECT_EQ(owner_of_frame(all.first(n), kOwners, kSelf), kSelf) << n;
  EXPECT_NE(owner_of_frame(all.first(14 + 40 + 4), kOwners, kSelf), kSelf);
}

}  // namespace
}  // namespace millrace::ip::test
