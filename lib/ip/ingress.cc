// The order of the checks is the order of trust: link header, IP header and its checksum, destination, source,
// fragment, then the checksum above, so that no field is used before it was verified. Every path ends in a hand-over or
// a DropReason. Which connection a segment belongs to is the shard's to find out.
#include "ip/ingress.h"

#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ip_protocol.h"

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
  const std::uint32_t excess = packet.total_length() - size;
  return excess == 0 || (excess <= 0xffff && rte_pktmbuf_trim(packet.mbuf(), static_cast<std::uint16_t>(excess)) == 0);
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
bool tcp_checksum_bad(const Packet& packet, const wire::Ipv4Header& ip) noexcept {
  switch (packet.rx_l4_checksum()) {
    case RxChecksum::Good:
    case RxChecksum::None:
      return false;
    case RxChecksum::Bad:
      return true;
    case RxChecksum::Unknown:
      break;
  }
  wire::Checksum sum = wire::pseudo_header(ip.source, ip.destination, wire::kProtocolTcp, packet.total_length());
  for (const Packet* p = &packet; p != nullptr; p = p->next_segment()) sum.add(p->bytes());
  return sum.value() != 0;
}

IcmpKind kind_of(const wire::IcmpMessage& icmp) noexcept {
  if (icmp.type == wire::icmp_type::kTimeExceeded) return IcmpKind::TimeExceeded;
  if (icmp.type == wire::icmp_type::kParameterProblem) return IcmpKind::ParameterProblem;
  switch (icmp.code) {
    case wire::icmp_code::kProtocolUnreachable:
      return IcmpKind::ProtocolUnreachable;
    case wire::icmp_code::kPortUnreachable:
      return IcmpKind::PortUnreachable;
    case wire::icmp_code::kFragmentationNeeded:
      return IcmpKind::PacketTooBig;
    default:
      return IcmpKind::HostUnreachable;
  }
}

}  // namespace

Ingress::Ingress(const IpConfig& config, Egress& egress, IpCounters& counters)
    : config_(config), egress_(egress), counters_(counters) {
  segments_.reserve(kUsualBurst);
  icmp_errors_.reserve(kUsualBurst);
  arp_arrivals_.reserve(kUsualBurst);
}

void Ingress::receive(std::span<Packet* const> burst, Time now) noexcept {
  segments_.clear();
  icmp_errors_.clear();
  arp_arrivals_.clear();
  counters_.received.add(burst.size());
  for (const Packet* packet : burst) __builtin_prefetch(packet->data());
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
  const auto ethernet = wire::parse_ethernet(packet.bytes());
  if (!ethernet) return unparsable(packet, DropReason::Truncated);
  if (ethernet->destination != port.mac && !ethernet->destination.is_multicast()) return DropReason::NotOurMac;
  // A port that strips tags leaves the id in the meta.
  const std::uint16_t vlan = ethernet->vlan != 0 ? ethernet->vlan : packet.meta().vlan;
  if (vlan != port.vlan) return DropReason::VlanMismatch;
  switch (ethernet->type) {
    case wire::kEtherTypeIpv4:
      return receive_ipv4(packet, *ethernet, now);
    case wire::kEtherTypeArp:
      return receive_arp(packet, ethernet->header_length);
    case wire::kEtherTypeIpv6:
      return DropReason::Ipv6NotEnabled;
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
  const auto ip = wire::parse_ipv4(packet.bytes());
  if (!ip) return unparsable(packet, DropReason::BadIpHeader);
  if (ip->total_length > packet.total_length()) return DropReason::Truncated;
  if (ip_checksum_bad(packet, packet.bytes().first(ip->header_length))) return DropReason::BadIpChecksum;
  if (const Refusal refusal = check_destination(ethernet, ip->destination)) return refusal;
  if (is_bad_source(ip->source)) return DropReason::BadSource;
  if (ip->is_fragment()) return DropReason::Fragment;
  if (!trim_to(packet, ip->total_length)) return DropReason::HeaderNotContiguous;
  packet.trim_front(ip->header_length);

  const std::uint16_t local_index = *config_.addresses.find(ip->destination);
  if (ip->protocol == wire::kProtocolTcp) return receive_tcp(packet, *ip, local_index);
  if (ip->protocol == wire::kProtocolIcmp) return receive_icmp(packet, *ip, local_index, now);
  return DropReason::UnknownProtocol;
}

/// nullopt: the address is ours.
Ingress::Refusal Ingress::check_destination(const wire::EthernetHeader& ethernet,
                                            const wire::IpAddress& to) const noexcept {
  if (!config_.addresses.find(to)) {
    const bool many = to.is_multicast() || config_.addresses.is_broadcast(to);
    return many ? DropReason::DestinationBroadcast : DropReason::NotOurAddress;  // MUST-57
  }
  if (ethernet.destination.is_multicast()) return DropReason::LinkBroadcast;  // RFC 1122 3.3.6
  return std::nullopt;
}

/// RFC 1122 3.2.1.3: what no host may put into a source field, and our own addresses. MUST-63.
bool Ingress::is_bad_source(const wire::IpAddress& from) const noexcept {
  const bool this_network = from.v4_value() >> 24 == 0;
  return this_network || from.is_multicast() || from.is_loopback() || config_.addresses.is_broadcast(from) ||
         config_.addresses.find(from).has_value();
}

Ingress::Refusal Ingress::receive_tcp(Packet& packet, const wire::Ipv4Header& ip, std::uint16_t local_index) noexcept {
  if (packet.total_length() < wire::kTcpMinHeader) return DropReason::BadTcpHeader;
  if (tcp_checksum_bad(packet, ip)) return DropReason::BadTcpChecksum;
  const auto header = wire::parse_tcp(packet.bytes());
  if (!header) return unparsable(packet, DropReason::BadTcpHeader);
  packet.trim_front(header->header_length);

  tcp::Segment& seg = segments_.emplace_back();
  seg.key = {ip.source.bytes, local_index, 0, header->source_port, header->destination_port};
  seg.seq = header->seq;
  seg.ack = header->ack;
  seg.wnd = header->window;
  seg.len = packet.total_length();
  seg.ctl = header->ctl;
  seg.up = header->urgent_pointer;
  seg.ecn = ip.ecn;
  seg.dscp = ip.dscp;
  seg.options = header->options;
  seg.packet = &packet;
  ++counters_.tcp_segments;
  return std::nullopt;
}

Ingress::Refusal Ingress::receive_icmp(Packet& packet, const wire::Ipv4Header& ip, std::uint16_t local_index,
                                       Time now) noexcept {
  const auto icmp = wire::parse_icmp(packet.bytes());
  if (!icmp) return unparsable(packet, DropReason::BadIcmpHeader);
  if (!packet.contiguous()) return DropReason::HeaderNotContiguous;
  if (wire::checksum(packet.bytes()) != 0) return DropReason::BadIcmpChecksum;
  if (icmp->type == wire::icmp_type::kEchoRequest) return answer_echo(packet, ip, local_index, now);
  if (icmp->type == wire::icmp_type::kSourceQuench) return DropReason::SourceQuench;  // MUST-55
  if (wire::is_icmp_error(icmp->type)) return receive_icmp_error(packet);
  return DropReason::IcmpNotHandled;
}

/// MUST-54: the error goes to the connection that it quotes.
Ingress::Refusal Ingress::receive_icmp_error(Packet& packet) noexcept {
  const auto icmp = wire::parse_icmp(packet.bytes());
  const auto quoted = wire::parse_quoted_tcp(icmp->quote);
  if (!quoted) return DropReason::IcmpQuoteNotOurs;
  const auto local_index = config_.addresses.find(quoted->source);
  if (!local_index) return DropReason::IcmpQuoteNotOurs;
  const flow::FlowKey key{quoted->destination.bytes, *local_index, 0, quoted->destination_port, quoted->source_port};
  icmp_errors_.push_back({key, kind_of(*icmp), icmp->type, icmp->code, icmp->next_hop_mtu, quoted->seq});
  ++counters_.icmp_errors;
  packet.free();
  return std::nullopt;
}

/// RFC 1122 3.2.2.6: the request becomes the reply where it lies, and goes the way of every packet to that address.
Ingress::Refusal Ingress::answer_echo(Packet& packet, const wire::Ipv4Header& ip, std::uint16_t local_index,
                                      Time now) noexcept {
  if (packet.length() > kMaxEchoBytes || !packet.exclusive()) return DropReason::EchoRefused;
  if (!take_echo_token(now)) return DropReason::EchoRateLimited;
  wire::make_echo_reply(packet.bytes());
  ++counters_.echoes_answered;
  egress_.send_icmp(&packet, ip.source, local_index, now);
  return std::nullopt;
}

bool Ingress::take_echo_token(Time now) noexcept {
  const std::int64_t ms = to_ms(now.time_since_epoch());
  if (ms != echo_ms_) {
    echo_ms_ = ms;
    echoes_ = 0;
  }
  if (echoes_ == kEchoesPerMs) return false;
  ++echoes_;
  return true;
}

}  // namespace millrace::ip
