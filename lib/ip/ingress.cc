// The order of the checks is the order of trust: link header, IP header and its checksum, destination, source,
// fragment, then the checksum above, so that no field is used before it was verified. Every path ends in a hand-over or
// a DropReason. Which connection a segment belongs to is the shard's to find out.
#include "ip/ingress.h"

#include <array>

#include "base/prefetch.h"
#include "wire/checksum.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::ip {
namespace {

using pkt::Packet;
using pkt::RxChecksum;

/// What to say when a header could not be parsed: in a chain it may only be split between buffers.
DropReason unparsable(const Packet& packet, DropReason reason) noexcept {
  return packet.contiguous() ? reason : DropReason::HeaderNotContiguous;
}

/// Cuts what the link added behind the datagram (Ethernet pads to 60 bytes). False for a chain whose padding is longer
/// than its last buffer.
bool trim_to(Packet& packet, std::uint32_t size) noexcept {
  return packet.total_length() == size || packet.trim_back(packet.total_length() - size);
}

bool ip_checksum_bad(const Packet& packet, std::span<const std::byte> header) noexcept {
  switch (packet.rx_ip_checksum()) {
    case RxChecksum::Good:
    case RxChecksum::None:
      return false;
    case RxChecksum::Bad:
      return true;
    case RxChecksum::Unknown:
      break;
  }
  return !wire::ipv4_checksum_ok(header);
}

/// MUST-3. The packet starts at the TCP header.
bool tcp_checksum_bad(const Packet& packet, const wire::IpAddress& source,
                      const wire::IpAddress& destination) noexcept {
  switch (packet.rx_l4_checksum()) {
    case RxChecksum::Good:
    case RxChecksum::None:
      return false;
    case RxChecksum::Bad:
      return true;
    case RxChecksum::Unknown:
      break;
  }
  wire::Checksum sum = wire::pseudo_header(source, destination, wire::kProtocolTcp, packet.total_length());
  for (const Packet* p = &packet; p != nullptr; p = p->next_segment()) sum.add(p->bytes());
  return sum.value() != 0;
}

/// Of less text, to sum it again costs no more than to keep its sum.
constexpr std::size_t kWorthKeeping = 128;

/// Keeps the sum of the text for who sends it on. Software has found the whole right, so it sums to zero, and the text
/// to the complement of what stands before it.
void keep_text_sum(Packet& packet, std::uint8_t header_length, const wire::IpAddress& source,
                   const wire::IpAddress& destination) noexcept {
  const auto text = static_cast<std::uint16_t>(packet.length() - header_length);
  if (text < kWorthKeeping || !packet.contiguous() || packet.rx_l4_checksum() != RxChecksum::Unknown) return;
  wire::Checksum before = wire::pseudo_header(source, destination, wire::kProtocolTcp, packet.total_length());
  before.add(packet.bytes().first(header_length));
  packet.know_sum(static_cast<std::uint16_t>(packet.headroom() + header_length), text, before.value());
}

/// Ethernet to TCP options take up to two lines.
void fetch_headers(const Packet& packet) noexcept {
  using Headers = std::array<std::byte, 2 * base::kCacheLine>;
  base::prefetch(reinterpret_cast<const Headers*>(packet.data()));
}

}  // namespace

Ingress::Ingress(const IpConfig& config, Egress& egress, IpCounters& counters)
    : config_(config), egress_(egress), counters_(counters) {
  // None has passed: what stands in a slot belongs into another one.
  static_assert(passed_slot({}) == 0 && passed_slot(wire::kAllNodes) != 0);
  passed_[0] = wire::kAllNodes;
  segments_.reserve(kUsualBurst);
  icmp_errors_.reserve(kUsualBurst);
  arp_arrivals_.reserve(kUsualBurst);
  ndp_arrivals_.reserve(kUsualBurst);
}

void Ingress::receive(std::span<Packet* const> burst, Time now) noexcept {
  segments_.clear();
  icmp_errors_.clear();
  arp_arrivals_.clear();
  ndp_arrivals_.clear();
  counters_.received.add(burst.size());
  for (const Packet* packet : burst) fetch_headers(*packet);
  for (Packet* packet : burst) {
    const Refusal refusal = receive_frame(*packet, now);
    if (!refusal) continue;
    counters_.drop(*refusal);
    packet->free();
  }
}

Ingress::Refusal Ingress::receive_frame(Packet& packet, Time now) noexcept {
  MILLRACE_ASSERT(packet.meta().port < config_.ports.size());
  const PortInfo& port = config_.ports[packet.meta().port];
  wire::EthernetHeader ethernet;
  if (!wire::parse_ethernet(packet.bytes(), ethernet)) return unparsable(packet, DropReason::Truncated);
  if (ethernet.destination != port.mac && !ethernet.destination.is_multicast()) return DropReason::NotOurMac;
  // A port that strips tags leaves the id in the meta.
  const std::uint16_t vlan = ethernet.vlan != 0 ? ethernet.vlan : packet.meta().vlan;
  if (vlan != port.vlan) return DropReason::VlanMismatch;
  switch (ethernet.type) {
    case wire::kEtherTypeIpv4:
      return receive_ipv4(packet, ethernet, now);
    case wire::kEtherTypeArp:
      return receive_arp(packet, ethernet.header_length);
    case wire::kEtherTypeIpv6:
      return receive_ipv6(packet, ethernet, now);
    default:
      return DropReason::BadEtherType;
  }
}

Ingress::Refusal Ingress::receive_arp(Packet& packet, std::size_t offset) noexcept {
  const auto arp = wire::parse_arp(packet.bytes().subspan(offset));
  if (!arp) return unparsable(packet, DropReason::BadArp);
  arp_arrivals_.push_back({packet.meta().port, *arp});
  ++counters_.arp_packets;
  packet.free();
  return std::nullopt;
}

Ingress::Refusal Ingress::receive_ipv4(Packet& packet, const wire::EthernetHeader& ethernet, Time now) noexcept {
  packet.trim_front(ethernet.header_length);
  wire::Ipv4Header ip;
  if (!wire::parse_ipv4(packet.bytes(), ip)) return unparsable(packet, DropReason::BadIpHeader);
  if (ip.total_length > packet.total_length()) return DropReason::Truncated;
  if (ip_checksum_bad(packet, packet.bytes().first(ip.header_length))) return DropReason::BadIpChecksum;
  const AddressRole to = config_.addresses.role_of(ip.destination);
  if (const Refusal refusal = check_destination(ethernet, ip.destination, to)) return refusal;
  if (const Refusal refusal = check_source(ip.source)) return refusal;
  if (ip.is_fragment()) return DropReason::Fragment;
  if (!trim_to(packet, ip.total_length)) return DropReason::HeaderNotContiguous;
  packet.trim_front(ip.header_length);

  const IpPacket from{ethernet, ip.source, ip.destination, to.index(), ip.ttl, ip.dscp, ip.ecn};
  if (ip.protocol == wire::kProtocolTcp) return receive_tcp(packet, from);
  if (ip.protocol == wire::kProtocolIcmp) return receive_icmp(packet, from, now);
  return DropReason::UnknownProtocol;
}

Ingress::Refusal Ingress::receive_ipv6(Packet& packet, const wire::EthernetHeader& ethernet, Time now) noexcept {
  packet.trim_front(ethernet.header_length);
  wire::Ipv6Header ip;
  if (!wire::parse_ipv6(packet.bytes(), ip)) return unparsable(packet, DropReason::BadIpHeader);
  const std::uint32_t total = wire::kIpv6Header + ip.payload_length;
  if (total > packet.total_length()) return DropReason::Truncated;
  // Here a mapped address means IPv4, so on the wire it would forge an IPv4 flow (RFC 4942 2.2).
  if (ip.source.is_v4() || ip.destination.is_v4()) return DropReason::MappedAddress;
  const AddressRole to = config_.addresses.role_of(ip.destination);
  if (!to.is_group())
    if (const Refusal refusal = check_destination(ethernet, ip.destination, to)) return refusal;
  if (!trim_to(packet, total)) return DropReason::HeaderNotContiguous;
  packet.trim_front(wire::kIpv6Header);
  const IpPacket from{ethernet, ip.source, ip.destination, to.index(), ip.hop_limit, ip.dscp, ip.ecn};
  return receive_ipv6_payload(packet, from, ip.next_header, now);
}

/// RFC 8200 4: what extension headers stand before TCP or ICMPv6 is skipped if they allow it.
Ingress::Refusal Ingress::receive_ipv6_payload(Packet& packet, const IpPacket& ip, std::uint8_t next_header,
                                               Time now) noexcept {
  const auto upper = wire::find_upper_layer(next_header, packet.bytes());
  if (!upper) return unparsable(packet, DropReason::BadExtensionHeaders);
  if (upper->protocol == wire::kProtocolIcmpV6 && !upper->fragment) {
    packet.trim_front(static_cast<std::uint16_t>(upper->offset));
    return receive_icmpv6(packet, ip, now);
  }
  if (!ip.local_index) return DropReason::DestinationBroadcast;  // MUST-57
  if (const Refusal refusal = check_source(ip.source)) return refusal;
  if (upper->fragment) return DropReason::Fragment;
  if (upper->protocol != wire::kProtocolTcp) return DropReason::UnknownProtocol;
  packet.trim_front(static_cast<std::uint16_t>(upper->offset));
  return receive_tcp(packet, ip);
}

/// nullopt: the address is ours, and in use.
Ingress::Refusal Ingress::check_destination(const wire::EthernetHeader& ethernet, const wire::IpAddress& to,
                                            AddressRole role) const noexcept {
  const auto index = role.index();
  if (!index) {
    const bool many = to.is_multicast() || role.is_broadcast();
    return many ? DropReason::DestinationBroadcast : DropReason::NotOurAddress;  // MUST-57
  }
  if (!config_.states->usable(*index)) return DropReason::UnusableAddress;    // RFC 4862 5.4
  if (ethernet.destination.is_multicast()) return DropReason::LinkBroadcast;  // RFC 1122 3.3.6
  return std::nullopt;
}

/// RFC 1122 3.2.1.3, RFC 4291 2.5 and 2.7: what no host may put into a source field, and our own addresses. MUST-63.
Ingress::Refusal Ingress::check_source(const wire::IpAddress& from) noexcept {
  // What it depends on is fixed at start, so an address that passed once always does.
  wire::IpAddress& passed = passed_[passed_slot(from)];
  if (passed == from) return std::nullopt;
  const bool v4 = from.is_v4();
  const std::uint8_t first = v4 ? from.bytes[12] : from.bytes[0];
  if (v4 ? first == 0 : from.is_unspecified()) return DropReason::SourceUnspecified;
  if (v4 ? (first & 0xf0) == 0xe0 : first == 0xff) return DropReason::SourceMulticast;
  if (v4 ? first == 127 : from.is_loopback()) return DropReason::SourceLoopback;
  const AddressRole role = config_.addresses.role_of(from);
  if (role.is_broadcast()) return DropReason::SourceMulticast;
  if (role.is_ours()) return DropReason::SourceIsOurs;
  passed = from;
  return std::nullopt;
}

Ingress::Refusal Ingress::receive_tcp(Packet& packet, const IpPacket& ip) noexcept {
  if (packet.total_length() < wire::kTcpMinHeader) return DropReason::BadTcpHeader;
  if (tcp_checksum_bad(packet, ip.source, ip.destination)) return DropReason::BadTcpChecksum;
  tcp::Segment& seg = segments_.emplace_back();
  wire::TcpFields header;
  if (!wire::parse_tcp(packet.bytes(), header, seg.options)) {
    segments_.pop_back();
    return unparsable(packet, DropReason::BadTcpHeader);
  }
  keep_text_sum(packet, header.header_length, ip.source, ip.destination);
  packet.trim_front(header.header_length);
  seg.key = flow::FlowKey::of(ip.source.bytes, *ip.local_index, header.source_port, header.destination_port);
  seg.seq = header.seq;
  seg.ack = header.ack;
  seg.wnd = header.window;
  seg.len = packet.total_length();
  seg.ctl = header.ctl;
  seg.up = header.urgent_pointer;
  seg.ecn = ip.ecn;
  seg.dscp = ip.dscp;
  seg.packet = &packet;
  ++counters_.tcp_segments;
  return std::nullopt;
}

}  // namespace millrace::ip
