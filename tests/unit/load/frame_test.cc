// Frames written by the template and read back, checked by lib/wire; and every way in which a frame is not for us.
#include <gtest/gtest.h>

#include <functional>

#include "arrival.h"
#include "header_template.h"
#include "pkt/packet_pool.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::load {
namespace {

wire::IpAddress address(const char* text) { return wire::IpAddress::parse(text).value(); }

/// A template from clients to a server, and one that answers, so that what one writes is for the other.
struct FrameTest : testing::TestWithParam<bool> {
  static constexpr std::uint16_t kPort = 7, kOurPort = 40000, kWindow = 0x8001;

  [[nodiscard]] bool v4() const { return GetParam(); }
  [[nodiscard]] wire::IpAddress server() const { return address(v4() ? "10.1.255.1" : "2001:db8::ffff:1"); }
  [[nodiscard]] Sources clients() const {
    return Sources::parse(v4() ? "10.1.0.2-10.1.0.9/16" : "2001:db8::2-2001:db8::9/64").value();
  }
  [[nodiscard]] Sources servers() const { return {server(), 1, 64}; }

  pkt::Packet* write(const Sources& from, const Target& to, const SegmentFields& fields, std::size_t text,
                     bool offload = false) {
    HeaderTemplate header{from, to, kWindow, offload};
    header.set_macs({{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}});
    pkt::Packet* packet = pool.alloc();
    packet->append(static_cast<std::uint16_t>(header.size() + text));
    for (std::size_t i = 0; i < text; ++i) packet->data()[header.size() + i] = static_cast<std::byte>(i * 7 + 1);
    header.write(*packet, fields, 0);
    return packet;
  }
  pkt::Packet* to_server(std::size_t text, bool offload = false) {
    return write(clients(), {server(), kPort},
                 {clients().word(5), kOurPort, SeqNum{0xfffffffe}, SeqNum{0x80000001}, wire::Ctl::kAck}, text, offload);
  }
  FrameKind read(const pkt::Packet& packet) { return read_frame(packet, servers(), true, arrival); }
  FrameKind read_changed(const std::function<void(std::span<std::byte>)>& change) {
    pkt::Packet* packet = to_server(10);
    change(packet->bytes());
    const FrameKind kind = read(*packet);
    packet->free();
    return kind;
  }

  using SeqNum = wire::SeqNum;
  pkt::PacketPool pool{{.name = "frames", .packets = 15, .memory = pkt::PoolMemory::Heap}};
  Arrival arrival;
};

TEST_P(FrameTest, IsReadAsItWasWritten) {
  for (std::size_t text = 0; text < 70; ++text) {
    pkt::Packet* packet = to_server(text);
    ASSERT_EQ(read(*packet), FrameKind::Segment) << text;
    EXPECT_EQ(arrival.local, kPort);
    EXPECT_EQ(arrival.remote_port, kOurPort);
    EXPECT_EQ(arrival.seq, SeqNum{0xfffffffe});
    EXPECT_EQ(arrival.ack, SeqNum{0x80000001});
    EXPECT_EQ(arrival.ctl.bits, wire::Ctl::kAck);
    EXPECT_EQ(arrival.window, kWindow);
    EXPECT_EQ(arrival.text.size(), text);
    const HeaderTemplate back{servers(), {clients().address(5), kOurPort}, kWindow, false};
    EXPECT_TRUE(back.is_target(arrival.remote, arrival.remote_port));
    EXPECT_FALSE(back.is_target(arrival.remote, kPort));
    packet->free();
  }
}

TEST_P(FrameTest, TheHeadersAreThoseOfTheWireRoom) {
  pkt::Packet* packet = to_server(20);
  const auto frame = packet->bytes();
  const auto ethernet = wire::parse_ethernet(frame);
  EXPECT_EQ(ethernet->source, (wire::MacAddress{{2, 0, 0, 0, 0, 1}}));
  EXPECT_EQ(ethernet->destination, (wire::MacAddress{{2, 0, 0, 0, 0, 2}}));
  const auto ip = frame.subspan(ethernet->header_length);
  if (v4()) {
    const auto header = wire::parse_ipv4(ip);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->total_length, 60);
    EXPECT_TRUE(header->dont_fragment);
    EXPECT_EQ(header->source, clients().address(5));
    EXPECT_EQ(header->destination, server());
    EXPECT_TRUE(wire::ipv4_checksum_ok(ip.first(20)));
  } else {
    const auto header = wire::parse_ipv6(ip);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->payload_length, 40);
    EXPECT_EQ(header->source, clients().address(5));
    EXPECT_EQ(header->destination, server());
  }
  const auto segment = ip.subspan(v4() ? 20 : 40);
  EXPECT_EQ(wire::tcp_checksum(clients().address(5), server(), segment), 0);
  packet->free();
}

TEST_P(FrameTest, APortThatSumsGetsThePseudoHeadersSum) {
  pkt::Packet* packet = to_server(20, true);
  const auto segment = packet->bytes().subspan(v4() ? 34 : 54);
  EXPECT_EQ(wire::load_be16(&segment[16]),
            wire::pseudo_header(clients().address(5), server(), 6, static_cast<std::uint32_t>(segment.size())).sum());
  EXPECT_NE(packet->mbuf()->ol_flags & RTE_MBUF_F_TX_TCP_CKSUM, 0u);
  packet->free();
}

TEST_P(FrameTest, ADamagedByteIsABadChecksum) {
  const std::size_t tcp = v4() ? 34 : 54;
  for (const std::size_t at : {tcp + 4, tcp + 16, tcp + 29})
    EXPECT_EQ(read_changed([at](auto frame) { frame[at] ^= std::byte{4}; }), FrameKind::BadChecksum) << at;
}

TEST_P(FrameTest, LengthsBeyondTheFrameAreDamage) {
  const std::size_t length = v4() ? 16 : 18, tcp = v4() ? 34 : 54;
  EXPECT_EQ(read_changed([=](auto frame) { frame[length + 1] ^= std::byte{0x40}; }), FrameKind::Damaged);
  for (const std::uint8_t offset : {0x40, 0x80, 0xf0}) {  // below 5; beyond the segment of 30 bytes
    const auto kind = read_changed([=](auto frame) {
      const auto old = wire::load_be16(&frame[tcp + 12]);
      const auto changed = static_cast<std::uint16_t>(offset << 8 | (old & 0xfff));
      wire::store_be16(&frame[tcp + 12], changed);
      const auto sum =
          static_cast<std::uint32_t>(wire::load_be16(&frame[tcp + 16])) + old + static_cast<std::uint16_t>(~changed);
      wire::store_be16(&frame[tcp + 16], static_cast<std::uint16_t>((sum & 0xffff) + (sum >> 16)));
    });
    EXPECT_EQ(kind, FrameKind::Damaged) << int{offset};
  }
}

TEST_P(FrameTest, EveryCutIsDamageOrNotForUs) {
  for (std::uint16_t cut = 1; cut <= 64; ++cut) {
    pkt::Packet* packet = to_server(10);
    ASSERT_TRUE(packet->trim_back(cut));
    EXPECT_NE(read(*packet), FrameKind::Segment) << cut;
    packet->free();
  }
}

TEST_P(FrameTest, OthersAreStrays) {
  const std::size_t destination = v4() ? 33 : 53, protocol = v4() ? 23 : 20;
  EXPECT_EQ(read_changed([=](auto frame) { frame[destination] ^= std::byte{1}; }), FrameKind::Stray);
  EXPECT_EQ(read_changed([=](auto frame) { frame[protocol] = std::byte{17}; }), FrameKind::Stray);
  EXPECT_EQ(read_changed([=](auto frame) { frame[12] = std::byte{0x81}; }), FrameKind::Stray);
  if (v4()) {
    EXPECT_EQ(read_changed([=](auto frame) { frame[20] = std::byte{0x20}; }), FrameKind::Stray);  // a fragment
  }
  EXPECT_EQ(read_changed([=](auto frame) { wire::store_be16(&frame[12], wire::kEtherTypeArp); }), FrameKind::Control);
}

INSTANTIATE_TEST_SUITE_P(Versions, FrameTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "V4" : "V6"; });

}  // namespace
}  // namespace millrace::load
