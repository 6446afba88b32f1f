// One pass from segment to frame: route, size, IPv4 header with DF set, checksum in software or prepared for the port,
// Ethernet header without its destination. Nothing is fragmented: what is larger than the MTU is a counted drop. The
// destination MAC, and waiting for it, is the neighbor table's business.
#include "ip/egress.h"

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"

namespace millrace::ip {
namespace {

constexpr std::size_t kTcpChecksumOffset = 16;
constexpr std::size_t kTcpDataOffset = 12;
constexpr IpFields kIcmpFields{};

void add_chain(wire::Checksum& sum, const pkt::Packet& packet) noexcept {
  for (const pkt::Packet* p = &packet; p != nullptr; p = p->next_segment()) sum.add(p->bytes());
}

/// Completes the checksum field, or prepares it for the port to complete.
void finish_tcp_checksum(pkt::Packet& segment, const wire::Ipv4Header& ip, bool by_port) noexcept {
  std::byte* field = segment.data() + kTcpChecksumOffset;
  wire::store_be16(field, 0);
  wire::Checksum sum = wire::pseudo_header(ip.source, ip.destination, wire::kProtocolTcp, segment.total_length());
  if (by_port) return wire::store_be16(field, sum.sum());
  add_chain(sum, segment);
  wire::store_be16(field, sum.value());
}

/// Tells the driver what to fill in. Called when the TCP header is still at the front.
void request_offloads(pkt::Packet& packet, const PortInfo& port, bool tcp) noexcept {
  rte_mbuf& mbuf = *packet.mbuf();
  // What the receive side left there says nothing about this transmission; how the buffer is attached stays true.
  mbuf.ol_flags &= RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT;
  mbuf.tx_offload = 0;
  const bool tcp_checksum = tcp && port.tx_tcp_checksum;
  if (!port.tx_ip_checksum && !tcp_checksum) return;
  mbuf.ol_flags |= RTE_MBUF_F_TX_IPV4;
  if (port.tx_ip_checksum) mbuf.ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
  mbuf.l2_len = wire::ethernet_header_size(port.vlan);
  mbuf.l3_len = wire::kIpv4MinHeader;
  if (!tcp_checksum) return;
  mbuf.ol_flags |= RTE_MBUF_F_TX_TCP_CKSUM;
  mbuf.l4_len = wire::load_u8(packet.data() + kTcpDataOffset) / 16u * 4u;
}

}  // namespace

void Egress::send(pkt::Packet* segment, const wire::IpAddress& remote, std::uint16_t local_index, std::uint8_t dscp,
                  std::uint8_t ecn, std::uint8_t ttl, Time now) noexcept {
  send_ip(*segment, remote, local_index, wire::kProtocolTcp, {dscp, ecn, ttl}, now);
}

void Egress::send_icmp(pkt::Packet* message, const wire::IpAddress& remote, std::uint16_t local_index,
                       Time now) noexcept {
  send_ip(*message, remote, local_index, wire::kProtocolIcmp, kIcmpFields, now);
}

void Egress::send_ip(pkt::Packet& packet, const wire::IpAddress& remote, std::uint16_t local_index,
                     std::uint8_t protocol, const IpFields& fields, Time now) noexcept {
  ++counters_.offered;
  const auto route = remote.is_v4() ? config_.routes.lookup(remote) : std::nullopt;
  if (!route) return drop(packet, DropReason::NoRoute);
  const PortInfo& port = config_.ports[route->port];
  const std::size_t l2 = wire::ethernet_header_size(port.vlan);
  const std::uint32_t total = packet.total_length() + wire::kIpv4MinHeader;
  if (total > port.mtu) return drop(packet, DropReason::TooBig);
  if (packet.headroom() < l2 + wire::kIpv4MinHeader) return drop(packet, DropReason::NoHeadroom);

  wire::Ipv4Header ip;
  ip.dscp = fields.dscp;
  ip.ecn = fields.ecn;
  ip.total_length = static_cast<std::uint16_t>(total);
  ip.id = next_id_++;
  ip.dont_fragment = true;  // path MTU discovery (RFC 1191); we never fragment
  ip.ttl = fields.ttl;
  ip.protocol = protocol;
  ip.source = config_.addresses[local_index].ip;
  ip.destination = remote;

  const bool tcp = protocol == wire::kProtocolTcp;
  if (tcp) finish_tcp_checksum(packet, ip, port.tx_tcp_checksum);
  request_offloads(packet, port, tcp);
  packet.prepend(static_cast<std::uint16_t>(l2 + wire::kIpv4MinHeader));
  wire::build_ethernet({{}, port.mac, wire::kEtherTypeIpv4, port.vlan, 0}, packet.bytes());
  wire::build_ipv4(ip, packet.bytes().subspan(l2), !port.tx_ip_checksum);
  packet.meta().port = route->port;
  neighbors_.send({route->port, route->next_hop}, packet, now);
}

void Egress::drop(pkt::Packet& packet, DropReason reason) noexcept {
  counters_.drop(reason);
  packet.free();
}

}  // namespace millrace::ip
