#include "sim/tcp_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

std::string TcpFrame::shape() const {
  std::string flags;
  if (tcp.ctl.syn()) flags += 'S';
  if (tcp.ctl.fin()) flags += 'F';
  if (tcp.ctl.rst()) flags += 'R';
  if (tcp.ctl.psh()) flags += 'P';
  if (tcp.ctl.ack()) flags += '.';
  return text.empty() ? flags : fmt::format("{} {}", flags, text.size());
}

namespace {

struct IpPayload {
  wire::IpAddress source, destination;
  std::span<const std::byte> segment;
  std::uint8_t dscp, hop_limit, ecn;
};

std::optional<IpPayload> parse_v4(std::span<const std::byte> packet) {
  const auto ip = wire::parse_ipv4(packet);
  if (!ip || ip->protocol != wire::kProtocolTcp || ip->total_length > packet.size()) return std::nullopt;
  return IpPayload{ip->source, ip->destination, packet.subspan(ip->header_length, ip->total_length - ip->header_length),
                   ip->dscp,   ip->ttl,         ip->ecn};
}

std::optional<IpPayload> parse_v6(std::span<const std::byte> packet) {
  const auto ip = wire::parse_ipv6(packet);
  if (!ip || ip->next_header != wire::kProtocolTcp || wire::kIpv6Header + ip->payload_length > packet.size())
    return std::nullopt;
  return IpPayload{ip->source, ip->destination, packet.subspan(wire::kIpv6Header, ip->payload_length),
                   ip->dscp,   ip->hop_limit,   ip->ecn};
}

/// Writes the IP header in front of the last `payload` bytes of `packet`.
void put_ip(const TcpFrame& frame, std::uint8_t protocol, std::span<std::byte> packet, std::size_t payload) {
  if (frame.source.is_v4()) {
    wire::Ipv4Header ip;
    ip.total_length = static_cast<std::uint16_t>(packet.size());
    ip.dont_fragment = true;
    ip.dscp = frame.dscp;
    ip.ecn = frame.ecn;
    ip.ttl = frame.hop_limit;
    ip.protocol = protocol;
    ip.source = frame.source;
    ip.destination = frame.destination;
    return wire::build_ipv4(ip, packet, true);
  }
  wire::Ipv6Header ip;
  ip.payload_length = static_cast<std::uint16_t>(payload);
  ip.dscp = frame.dscp;
  ip.ecn = frame.ecn;
  ip.next_header = protocol;
  ip.hop_limit = frame.hop_limit;
  ip.source = frame.source;
  ip.destination = frame.destination;
  wire::build_ipv6(ip, packet);
}

}  // namespace

std::optional<TcpFrame> parse_tcp_frame(const io::Frame& frame) {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return std::nullopt;
  const auto packet = std::span{frame}.subspan(ethernet->header_length);
  std::optional<IpPayload> ip;
  if (ethernet->type == wire::kEtherTypeIpv4) ip = parse_v4(packet);
  if (ethernet->type == wire::kEtherTypeIpv6) ip = parse_v6(packet);
  if (!ip) return std::nullopt;
  const auto tcp = wire::parse_tcp(ip->segment);
  if (!tcp) return std::nullopt;
  const auto text = ip->segment.subspan(tcp->header_length);
  return TcpFrame{ip->source, ip->destination, *tcp, {text.begin(), text.end()}, ip->dscp, ip->hop_limit, ip->ecn};
}

io::Frame build_tcp_frame(const TcpFrame& frame) {
  const bool v4 = frame.source.is_v4();
  const std::size_t ip_size = v4 ? wire::kIpv4MinHeader : wire::kIpv6Header;
  const std::size_t tcp_size = wire::tcp_header_size(frame.tcp);
  io::Frame out(wire::kEthernetHeader + ip_size + tcp_size + frame.text.size());
  const std::span<std::byte> all{out};
  const std::uint16_t type = v4 ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6;
  wire::build_ethernet({mac_of(frame.destination), mac_of(frame.source), type, 0, 0}, all);
  const auto packet = all.subspan(wire::kEthernetHeader);
  const auto segment = packet.subspan(ip_size);
  put_ip(frame, wire::kProtocolTcp, packet, segment.size());
  wire::build_tcp(frame.tcp, segment);
  std::copy(frame.text.begin(), frame.text.end(), segment.begin() + static_cast<std::ptrdiff_t>(tcp_size));
  wire::store_be16(&segment[16], 0);
  wire::store_be16(&segment[16], wire::tcp_checksum(frame.source, frame.destination, segment));
  return out;
}

namespace {

/// ICMPv6's name for an error of ICMP's.
struct Icmpv6Error {
  std::uint8_t type, code;
};
Icmpv6Error in_icmpv6(std::uint8_t type, std::uint8_t code) {
  if (type != wire::icmp_type::kDestinationUnreachable) return {wire::icmpv6_type::kTimeExceeded, code};
  if (code == wire::icmp_code::kFragmentationNeeded) return {wire::icmpv6_type::kPacketTooBig, 0};
  const bool port = code == wire::icmp_code::kPortUnreachable;
  return {wire::icmpv6_type::kDestinationUnreachable,
          port ? wire::icmpv6_code::kPortUnreachable : wire::icmpv6_code::kAddressUnreachable};
}

/// From the router to the sender of `about`, with room for the message.
io::Frame frame_of_router(const TcpFrame& about, std::size_t message) {
  const bool v4 = about.source.is_v4();
  const wire::IpAddress router = address_of(v4 ? Family::V4 : Family::V6, 0x0a0000fe);
  io::Frame out(wire::kEthernetHeader + (v4 ? wire::kIpv4MinHeader : wire::kIpv6Header) + message);
  const std::span<std::byte> all{out};
  const std::uint16_t type = v4 ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6;
  wire::build_ethernet({mac_of(about.source), mac_of(router), type, 0, 0}, all);
  TcpFrame ip;  // its addresses and hop limit
  ip.source = router;
  ip.destination = about.source;
  put_ip(ip, v4 ? wire::kProtocolIcmp : wire::kProtocolIcmpV6, all.subspan(wire::kEthernetHeader), message);
  return out;
}

}  // namespace

io::Frame build_icmp_error(const TcpFrame& about, std::uint8_t type, std::uint8_t code, std::uint16_t mtu) {
  const bool v4 = about.source.is_v4();
  const std::size_t ip_size = v4 ? wire::kIpv4MinHeader : wire::kIpv6Header;
  const io::Frame original = build_tcp_frame(about);
  const auto quote = std::span{original}.subspan(wire::kEthernetHeader, ip_size + 8);
  io::Frame out = frame_of_router(about, wire::kIcmpHeader + quote.size());
  const auto icmp = std::span{out}.subspan(wire::kEthernetHeader + ip_size);
  const Icmpv6Error v6 = in_icmpv6(type, code);
  wire::store_u8(icmp.data(), v4 ? type : v6.type);
  wire::store_u8(icmp.data() + 1, v4 ? code : v6.code);
  wire::store_be16(icmp.data() + 6, mtu);  // the lower half of ICMPv6's
  std::copy(quote.begin(), quote.end(), icmp.begin() + wire::kIcmpHeader);
  const wire::IpAddress router = address_of(v4 ? Family::V4 : Family::V6, 0x0a0000fe);
  wire::store_be16(icmp.data() + 2, v4 ? wire::checksum(icmp) : wire::icmpv6_checksum(router, about.source, icmp));
  return out;
}

io::Frame build_claim(const wire::IpAddress& address, const wire::MacAddress& mac) {
  if (address.is_v4()) {
    io::Frame out(wire::kEthernetHeader + wire::kArpSize);
    wire::build_ethernet({wire::MacAddress::broadcast(), mac, wire::kEtherTypeArp, 0, 0}, out);
    wire::build_arp({wire::ArpOperation::Request, mac, address, {}, address},
                    std::span{out}.subspan(wire::kEthernetHeader));
    return out;
  }
  std::array<std::byte, wire::kMaxNdpSize> room;
  const auto message =
      std::span{room}.first(wire::build_ndp(wire::NeighborAdvertisement{address, false, false, true, mac}, room));
  wire::store_be16(&message[2], wire::icmpv6_checksum(address, wire::kAllNodes, message));
  io::Frame out(wire::kEthernetHeader + wire::kIpv6Header + message.size());
  const auto packet = std::span{out}.subspan(wire::kEthernetHeader);
  wire::build_ethernet({wire::multicast_mac(wire::kAllNodes), mac, wire::kEtherTypeIpv6, 0, 0}, out);
  TcpFrame ip;  // its addresses and hop limit
  ip.source = address;
  ip.destination = wire::kAllNodes;
  ip.hop_limit = wire::kNdpHopLimit;
  put_ip(ip, wire::kProtocolIcmpV6, packet, message.size());
  std::copy(message.begin(), message.end(), packet.begin() + wire::kIpv6Header);
  return out;
}

}  // namespace millrace::sim
