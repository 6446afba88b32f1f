#include "congestion_mark.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace millrace::link {
namespace {

std::vector<std::byte> frame_of(std::uint16_t type, std::size_t payload, std::uint16_t vlan = 0) {
  std::vector<std::byte> frame(wire::ethernet_header_size(vlan) + payload);
  wire::EthernetHeader header;
  header.type = type;
  header.vlan = vlan;
  wire::build_ethernet(header, frame);
  return frame;
}

std::vector<std::byte> ipv4_frame(std::uint8_t ecn, std::uint16_t id, std::uint16_t vlan = 0) {
  auto frame = frame_of(wire::kEtherTypeIpv4, 40, vlan);
  wire::Ipv4Header header;
  header.dscp = 10;
  header.ecn = ecn;
  header.total_length = 40;
  header.id = id;
  header.ttl = 64;
  header.protocol = 6;
  header.source = wire::IpAddress::v4(0x0a090001);
  header.destination = wire::IpAddress::v4(0x0a090002);
  wire::build_ipv4(header, std::span{frame}.subspan(wire::ethernet_header_size(vlan)), true);
  return frame;
}

std::vector<std::byte> ipv6_frame(std::uint8_t traffic_class) {
  auto frame = frame_of(wire::kEtherTypeIpv6, 60);
  wire::store_be32(frame.data() + wire::kEthernetHeader, 0x6000'0000u | std::uint32_t{traffic_class} << 20 | 0xabcde);
  return frame;
}

TEST(CongestionMark, MarksIpv4AndCorrectsTheChecksum) {
  for (std::uint32_t id = 0; id <= 0xffff; ++id) {
    for (const std::uint8_t ecn : {1, 2}) {
      auto frame = ipv4_frame(ecn, static_cast<std::uint16_t>(id));
      ASSERT_TRUE(mark_congestion(frame));
      const auto packet = std::span<const std::byte>{frame}.subspan(wire::kEthernetHeader);
      ASSERT_TRUE(wire::ipv4_checksum_ok(packet.first(wire::kIpv4MinHeader))) << id;
      ASSERT_EQ(wire::parse_ipv4(packet)->ecn, 3);
      ASSERT_EQ(wire::parse_ipv4(packet)->dscp, 10);
    }
  }
}

TEST(CongestionMark, FindsThePacketBehindATag) {
  auto frame = ipv4_frame(2, 7, 100);
  EXPECT_TRUE(mark_congestion(frame));
  EXPECT_EQ(frame, ipv4_frame(3, 7, 100));
}

TEST(CongestionMark, MarksIpv6AndNothingElseOfItsFirstWords) {
  auto frame = ipv6_frame(0b1010'1001);
  EXPECT_TRUE(mark_congestion(frame));
  EXPECT_EQ(frame, ipv6_frame(0b1010'1011));
}

TEST(CongestionMark, AMarkedPacketStaysAsItIs) {
  auto frame = ipv4_frame(3, 7);
  EXPECT_TRUE(mark_congestion(frame));
  EXPECT_EQ(frame, ipv4_frame(3, 7));
}

TEST(CongestionMark, LeavesAloneWhatIsNotCapable) {
  const auto arp = frame_of(wire::kEtherTypeArp, 46);
  for (const auto& original : {ipv4_frame(0, 7), ipv6_frame(0b1010'1000), arp}) {
    auto frame = original;
    EXPECT_FALSE(mark_congestion(frame));
    EXPECT_EQ(frame, original);
  }
}

TEST(CongestionMark, ReadsNothingBeyondAShortFrame) {
  const auto whole4 = ipv4_frame(2, 7), whole6 = ipv6_frame(2);
  for (std::size_t size = 0; size < wire::kEthernetHeader + wire::kIpv4MinHeader; ++size) {
    std::vector<std::byte> part(whole4.begin(), whole4.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(mark_congestion(part)) << size;
  }
  for (std::size_t size = 0; size < wire::kEthernetHeader + 4; ++size) {
    std::vector<std::byte> part(whole6.begin(), whole6.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(mark_congestion(part)) << size;
  }
}

}  // namespace
}  // namespace millrace::link
