#include "ip/steer.h"

#include "unit/ip/ip_fixture.h"

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

}  // namespace
}  // namespace millrace::ip::test
