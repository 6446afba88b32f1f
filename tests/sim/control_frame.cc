#include "sim/control_frame.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "sim/family.h"
#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"

namespace millrace::sim {
namespace {

struct Route {
  wire::IpAddress from, to;
  wire::MacAddress to_mac;
  std::uint8_t hop_limit = 64;
};

io::Frame in_ipv4(const Route& route, std::span<std::byte> message) {
  wire::store_be16(&message[2], wire::checksum(message));
  io::Frame frame(wire::kEthernetHeader + wire::kIpv4MinHeader + message.size());
  const auto packet = std::span{frame}.subspan(wire::kEthernetHeader);
  wire::build_ethernet({route.to_mac, mac_of(route.from), wire::kEtherTypeIpv4, 0, 0}, frame);
  wire::Ipv4Header ip;
  ip.total_length = static_cast<std::uint16_t>(packet.size());
  ip.ttl = route.hop_limit;
  ip.protocol = wire::kProtocolIcmp;
  ip.source = route.from;
  ip.destination = route.to;
  wire::build_ipv4(ip, packet, true);
  std::copy(message.begin(), message.end(), packet.begin() + wire::kIpv4MinHeader);
  return frame;
}

io::Frame in_ipv6(const Route& route, std::span<std::byte> message) {
  wire::store_be16(&message[2], wire::icmpv6_checksum(route.from, route.to, message));
  io::Frame frame(wire::kEthernetHeader + wire::kIpv6Header + message.size());
  const auto packet = std::span{frame}.subspan(wire::kEthernetHeader);
  wire::build_ethernet({route.to_mac, mac_of(route.from), wire::kEtherTypeIpv6, 0, 0}, frame);
  wire::Ipv6Header ip;
  ip.payload_length = static_cast<std::uint16_t>(message.size());
  ip.next_header = wire::kProtocolIcmpV6;
  ip.hop_limit = route.hop_limit;
  ip.source = route.from;
  ip.destination = route.to;
  wire::build_ipv6(ip, packet);
  std::copy(message.begin(), message.end(), packet.begin() + wire::kIpv6Header);
  return frame;
}

}  // namespace

io::Frame build_echo_request(const wire::IpAddress& from, const wire::IpAddress& to, std::size_t bytes) {
  std::vector<std::byte> message(wire::kIcmpHeader + bytes);
  const Route route{from, to, mac_of(to)};
  wire::store_u8(message.data(), to.is_v4() ? wire::icmp_type::kEchoRequest : wire::icmpv6_type::kEchoRequest);
  return to.is_v4() ? in_ipv4(route, message) : in_ipv6(route, message);
}

io::Frame build_who_has(const wire::IpAddress& from, const wire::IpAddress& address) {
  if (address.is_v4()) {
    io::Frame frame(wire::kEthernetHeader + wire::kArpSize);
    wire::build_ethernet({wire::MacAddress::broadcast(), mac_of(from), wire::kEtherTypeArp, 0, 0}, frame);
    wire::build_arp({wire::ArpOperation::Request, mac_of(from), from, {}, address},
                    std::span{frame}.subspan(wire::kEthernetHeader));
    return frame;
  }
  std::array<std::byte, wire::kMaxNdpSize> room{};
  const std::size_t size = wire::build_ndp(wire::NeighborSolicitation{address, mac_of(from)}, room);
  const wire::IpAddress group = wire::solicited_node(address);
  return in_ipv6({from, group, wire::multicast_mac(group), wire::kNdpHopLimit}, std::span{room}.first(size));
}

}  // namespace millrace::sim
