// One pass from segment to frame: route, size, IPv4 header with DF set or IPv6 header, checksum in software or prepared
// for the port, Ethernet header without its destination. Nothing is fragmented: what is larger than the MTU is a
// counted drop. The destination MAC, and waiting for it, is the neighbor table's business.
#include "ip/egress.h"

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::ip {
namespace {

constexpr std::size_t kTcpChecksumOffset = 16;
constexpr std::size_t kTcpDataOffset = 12;
constexpr IpFields kIcmpFields{};

/// What was summed on its way in is not read again.
void add_chain(wire::Checksum& sum, const pkt::Packet& packet) noexcept {
  for (const pkt::Packet* p = &packet; p != nullptr; p = p->next_segment()) {
    const std::uint16_t summed = p->summed_tail();
    sum.add(p->bytes().first(p->length() - std::size_t{summed}));
    if (summed != 0) sum.add_summed(p->meta().sum, summed);
  }
}

/// Completes the checksum field, or prepares it for the port to complete.
void finish_tcp_checksum(pkt::Packet& segment, const wire::IpAddress& source, const wire::IpAddress& destination,
                         bool by_port) noexcept {
  std::byte* field = segment.data() + kTcpChecksumOffset;
  wire::store_be16(field, 0);
  wire::Checksum sum = wire::pseudo_header(source, destination, wire::kProtocolTcp, segment.total_length());
  if (by_port) return wire::store_be16(field, sum.sum());
  add_chain(sum, segment);
  wire::store_be16(field, sum.value());
}

/// Tells the driver what to fill in. Called when the TCP header is still at the front.
void request_offloads(pkt::Packet& packet, const PortInfo& port, bool v4, bool tcp) noexcept {
  // What the receive side left there says nothing about this transmission.
  packet.clear_offloads();
  pkt::TxChecksums wanted{.v4 = v4, .ip = v4 && port.tx_ip_checksum, .tcp = tcp && port.tx_tcp_checksum};
  if (!wanted.ip && !wanted.tcp) return;
  wanted.l2_length = static_cast<std::uint8_t>(wire::ethernet_header_size(port.vlan));
  wanted.l3_length = static_cast<std::uint8_t>(v4 ? wire::kIpv4MinHeader : wire::kIpv6Header);
  if (wanted.tcp)
    wanted.l4_length = static_cast<std::uint8_t>(wire::load_u8(packet.data() + kTcpDataOffset) / 16u * 4u);
  packet.request_checksums(wanted);
}

}  // namespace

void Egress::send(pkt::Packet* segment, const wire::IpAddress& remote, std::uint16_t local_index, std::uint8_t dscp,
                  std::uint8_t ecn, std::uint8_t ttl, Time now) noexcept {
  send_ip(*segment, remote, local_index, wire::kProtocolTcp, {dscp, ecn, ttl}, now);
}

void Egress::send_icmp(pkt::Packet* message, const wire::IpAddress& remote, std::uint16_t local_index,
                       Time now) noexcept {
  const std::uint8_t protocol = remote.is_v4() ? wire::kProtocolIcmp : wire::kProtocolIcmpV6;
  send_ip(*message, remote, local_index, protocol, kIcmpFields, now);
}

void Egress::send_ip(pkt::Packet& packet, const wire::IpAddress& remote, std::uint16_t local_index,
                     std::uint8_t protocol, const IpFields& fields, Time now) noexcept {
  ++counters_.offered;
  const auto route = route_to(remote, local_index);
  if (!route) return drop(packet, DropReason::NoRoute);
  const PortInfo& port = config_.ports[route->port];
  const bool v4 = remote.is_v4();
  const std::size_t l2 = wire::ethernet_header_size(port.vlan);
  const std::size_t l3 = v4 ? wire::kIpv4MinHeader : wire::kIpv6Header;
  if (packet.total_length() + l3 > port.mtu) return drop(packet, DropReason::TooBig);
  if (packet.headroom() < l2 + l3) return drop(packet, DropReason::NoHeadroom);

  const Outgoing out{config_.addresses[local_index].ip, remote, protocol, fields};
  const bool tcp = protocol == wire::kProtocolTcp;
  if (tcp) finish_tcp_checksum(packet, out.source, out.destination, port.tx_tcp_checksum);
  request_offloads(packet, port, v4, tcp);
  v4 ? put_ipv4(packet, out, port) : put_ipv6(packet, out);
  packet.prepend(static_cast<std::uint16_t>(l2));
  const std::uint16_t type = v4 ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6;
  wire::build_ethernet({{}, port.mac, type, port.vlan, 0}, packet.bytes());
  packet.meta().port = route->port;
  neighbors_.send({route->port, route->next_hop}, packet, now);
}

/// A link-local address is on the link of the address that it talks to, whatever other links have the same prefix.
std::optional<Route> Egress::route_to(const wire::IpAddress& remote, std::uint16_t local_index) const noexcept {
  if (remote.is_link_local_v6()) return Route{config_.addresses[local_index].port, remote, local_index};
  return config_.routes.lookup(remote);
}

void Egress::put_ipv4(pkt::Packet& packet, const Outgoing& out, const PortInfo& port) noexcept {
  wire::Ipv4Header ip;
  ip.dscp = out.fields.dscp;
  ip.ecn = out.fields.ecn;
  ip.total_length = static_cast<std::uint16_t>(packet.total_length() + wire::kIpv4MinHeader);
  ip.id = next_id_++;
  ip.dont_fragment = true;  // path MTU discovery (RFC 1191); we never fragment
  ip.ttl = out.fields.ttl;
  ip.protocol = out.protocol;
  ip.source = out.source;
  ip.destination = out.destination;
  packet.prepend(wire::kIpv4MinHeader);
  wire::build_ipv4(ip, packet.bytes(), !port.tx_ip_checksum);
}

/// The flow label stays 0, "not labelled" (RFC 6437 2).
void Egress::put_ipv6(pkt::Packet& packet, const Outgoing& out) noexcept {
  wire::Ipv6Header ip;
  ip.dscp = out.fields.dscp;
  ip.ecn = out.fields.ecn;
  ip.payload_length = static_cast<std::uint16_t>(packet.total_length());
  ip.next_header = out.protocol;
  ip.hop_limit = out.fields.ttl;
  ip.source = out.source;
  ip.destination = out.destination;
  packet.prepend(wire::kIpv6Header);
  wire::build_ipv6(ip, packet.bytes());
}

void Egress::drop(pkt::Packet& packet, DropReason reason) noexcept {
  counters_.drop(reason);
  packet.free();
}

}  // namespace millrace::ip
