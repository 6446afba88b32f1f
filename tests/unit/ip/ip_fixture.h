// Two ports, three addresses of each IP version and gateways, a pool whose packets must all come home, and frames made
// by hand.
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

#include "ip/counters.h"
#include "ip/egress.h"
#include "ip/ip_config.h"
#include "ip/neighbors.h"
#include "ip/tx_list.h"
#include "pkt/packet_pool.h"
#include "support/heap_packet.h"
#include "unit/wire/bytes_of.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/tcp_header.h"

namespace millrace::ip::test {

using wire::test::Bytes;
using wire::test::hex;
using wire::test::operator+;

inline wire::IpAddress ip(std::string_view text) { return wire::IpAddress::parse(text).value(); }
inline wire::IpPrefix prefix(std::string_view text) { return wire::IpPrefix::parse(text).value(); }
inline wire::MacAddress mac(std::uint8_t last) { return {{0x02, 0, 0, 0, 0, last}}; }
inline Time at_ms(std::int64_t ms) { return time_from_ns(ms * 1'000'000); }

inline constexpr std::uint16_t kVlan = 7;
inline const wire::MacAddress kPort0Mac = mac(0xa0);
inline const wire::MacAddress kPort1Mac = mac(0xa1);

/// 0: 10.0.0.1/24 and 2: 10.0.0.2/24 on port 0; 1: 10.0.1.1/24 on port 1, which is tagged. IPv6: 3: 2001:db8::1/64 and
/// 4: fe80::1/64 on port 0; 5: 2001:db8:1::1/64 on port 1.
inline IpConfig make_config() {
  LocalAddresses addresses{{{ip("10.0.0.1"), 24, 0},
                            {ip("10.0.1.1"), 24, 1},
                            {ip("10.0.0.2"), 24, 0},
                            {ip("2001:db8::1"), 64, 0},
                            {ip("fe80::1"), 64, 0},
                            {ip("2001:db8:1::1"), 64, 1}}};
  RouteTable routes{addresses};
  EXPECT_TRUE(routes.add(prefix("0.0.0.0/0"), ip("10.0.0.254")));
  EXPECT_TRUE(routes.add(prefix("172.16.0.0/12"), ip("10.0.1.254")));
  EXPECT_TRUE(routes.add(prefix("::/0"), ip("2001:db8::fe")));
  return {{{kPort0Mac, 1500, 0, false, false}, {kPort1Mac, 1400, kVlan, false, false}},
          std::move(addresses),
          std::move(routes)};
}

inline pkt::PacketPool& pool() {
  static pkt::PacketPool pool{{.name = "unit-ip", .packets = 255, .cache = 0}};
  return pool;
}

inline wire::TcpHeader default_header() {
  wire::TcpHeader header;
  header.source_port = 5555;
  header.destination_port = 80;
  return header;
}

struct TcpFrame {
  wire::MacAddress to = kPort0Mac;
  std::uint16_t vlan = 0;
  const char* source = "10.0.0.9";
  const char* destination = "10.0.0.1";
  Bytes ip_options;
  wire::TcpHeader header = default_header();
  Bytes text;
  std::uint8_t tos = 0;
};

inline Bytes ip_packet(const TcpFrame& f, std::uint8_t protocol, const Bytes& payload) {
  Bytes packet(wire::kIpv4MinHeader);
  wire::Ipv4Header h;
  h.dscp = f.tos >> 2;
  h.ecn = f.tos & 3;
  h.total_length = static_cast<std::uint16_t>(packet.size() + f.ip_options.size() + payload.size());
  h.ttl = 64;
  h.protocol = protocol;
  h.source = ip(f.source);
  h.destination = ip(f.destination);
  wire::build_ipv4(h, packet, false);
  packet[0] = static_cast<std::byte>(0x40 | (5 + f.ip_options.size() / 4));
  packet = packet + f.ip_options;
  wire::store_be16(&packet[10], wire::checksum(packet));
  return packet + payload;
}

inline Bytes ethernet_frame(const TcpFrame& f, std::uint16_t type, const Bytes& payload) {
  Bytes frame(wire::ethernet_header_size(f.vlan));
  wire::build_ethernet({f.to, mac(9), type, f.vlan, 0}, frame);
  return frame + payload;
}

inline Bytes tcp_segment(const TcpFrame& f) {
  Bytes segment(wire::tcp_header_size(f.header));
  wire::build_tcp(f.header, segment);
  segment = segment + f.text;
  wire::store_be16(&segment[16], wire::tcp_checksum(ip(f.source), ip(f.destination), segment));
  return segment;
}

inline Bytes tcp_frame(const TcpFrame& f = {}) {
  return ethernet_frame(f, wire::kEtherTypeIpv4, ip_packet(f, wire::kProtocolTcp, tcp_segment(f)));
}

inline Bytes bytes_of_packet(pkt::Packet& packet) {
  Bytes all;
  for (pkt::Packet* p = &packet; p != nullptr; p = p->next_segment())
    all.insert(all.end(), p->bytes().begin(), p->bytes().end());
  return all;
}

class IpTest : public testing::Test {
 protected:
  explicit IpTest(NeighborLimits limits = {}) : neighbors_{limits, {1, 2}, tx_, count_} {}
  ~IpTest() override { free_pending(); }
  void TearDown() override {
    EXPECT_EQ(count_.received.get(), count_.tcp_segments.get() + count_.icmp_errors.get() + count_.arp_packets.get() +
                                         count_.ndp_messages.get() + count_.echoes_answered.get() +
                                         count_.dropped_on_receive());
    EXPECT_EQ(count_.offered.get(), count_.listed.get() + count_.parked.get() + count_.dropped_on_transmit());
    EXPECT_EQ(count_.parked.get(), neighbors_.waiting());
    free_pending();
    EXPECT_EQ(pool().available() + neighbors_.waiting(), pool().size()) << "every packet comes home";
  }

  void free_pending() {
    for (pkt::Packet* packet : tx_.pending()) packet->free();
    tx_.consume(tx_.pending().size());
  }
  /// The frames on the transmit list, taken off it.
  std::vector<Bytes> take_frames() {
    std::vector<Bytes> frames;
    for (pkt::Packet* packet : tx_.pending()) frames.push_back(bytes_of_packet(*packet));
    free_pending();
    return frames;
  }
  void know(std::uint16_t port, const char* neighbor, std::uint8_t last, Time now = {}) {
    neighbors_.apply({port, ip(neighbor), mac(last), NeighborState::Reachable}, now);
  }
  std::uint64_t dropped(DropReason reason) const { return count_.dropped(reason); }

  IpConfig config_ = make_config();
  IpCounters count_;
  TxList tx_{64};
  NeighborTable neighbors_;
};

}  // namespace millrace::ip::test
