// ICMP and ICMPv6 towards us (RFC 792, RFC 1122 3.2.2, RFC 4443): echo requests are answered where they lie, errors go
// to TCP by what they quote, neighbor discovery goes to the resolver. All else is counted and dropped.
#include <algorithm>

#include "ip/ingress.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"

namespace millrace::ip {
namespace {

using pkt::Packet;

/// Messages are read in one piece.
std::optional<DropReason> bad_header(const Packet& packet) noexcept {
  if (!packet.contiguous()) return DropReason::HeaderNotContiguous;
  if (packet.length() < wire::kIcmpHeader) return DropReason::BadIcmpHeader;
  return std::nullopt;
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

/// RFC 4443 3. Parameter problems are about extension headers and fields that we do not send.
IcmpKind kind_of(const wire::Icmpv6Message& icmp) noexcept {
  switch (icmp.type) {
    case wire::icmpv6_type::kPacketTooBig:
      return IcmpKind::PacketTooBig;
    case wire::icmpv6_type::kTimeExceeded:
      return IcmpKind::TimeExceeded;
    case wire::icmpv6_type::kParameterProblem:
      return IcmpKind::ParameterProblem;
    default:
      return icmp.code == wire::icmpv6_code::kPortUnreachable ? IcmpKind::PortUnreachable : IcmpKind::HostUnreachable;
  }
}

}  // namespace

Ingress::Refusal Ingress::receive_icmp(Packet& packet, const IpPacket& ip, Time now) noexcept {
  if (const Refusal refusal = bad_header(packet)) return refusal;
  if (wire::checksum(packet.bytes()) != 0) return DropReason::BadIcmpChecksum;
  const auto icmp = wire::parse_icmp(packet.bytes());
  if (icmp->type == wire::icmp_type::kEchoRequest) return answer_echo(packet, ip, now);
  if (icmp->type == wire::icmp_type::kSourceQuench) return DropReason::SourceQuench;  // MUST-55
  if (wire::is_icmp_error(icmp->type)) return receive_icmp_error(packet);
  return DropReason::IcmpNotHandled;
}

Ingress::Refusal Ingress::receive_icmp_error(Packet& packet) noexcept {
  const auto icmp = wire::parse_icmp(packet.bytes());
  return hand_over_error(packet, wire::parse_quoted_tcp(icmp->quote),
                         {{}, kind_of(*icmp), icmp->type, icmp->code, icmp->next_hop_mtu, {}});
}

Ingress::Refusal Ingress::receive_icmpv6(Packet& packet, const IpPacket& ip, Time now) noexcept {
  if (const Refusal refusal = bad_header(packet)) return refusal;
  if (wire::icmpv6_checksum(ip.source, ip.destination, packet.bytes()) != 0) return DropReason::BadIcmpChecksum;
  const auto icmp = wire::parse_icmpv6(packet.bytes());
  if (wire::is_ndp(icmp->type)) return receive_ndp(packet, ip);
  if (!ip.local_index) return DropReason::DestinationBroadcast;
  if (const Refusal refusal = check_source(ip.source)) return refusal;
  if (icmp->type == wire::icmpv6_type::kEchoRequest) return answer_echo(packet, ip, now);
  if (wire::is_icmpv6_error(icmp->type)) return receive_icmpv6_error(packet);
  return DropReason::IcmpNotHandled;
}

Ingress::Refusal Ingress::receive_icmpv6_error(Packet& packet) noexcept {
  const auto icmp = wire::parse_icmpv6(packet.bytes());
  const auto mtu = static_cast<std::uint16_t>(std::min<std::uint32_t>(icmp->mtu, 0xffff));
  return hand_over_error(packet, wire::parse_quoted_tcp_v6(icmp->quote),
                         {{}, kind_of(*icmp), icmp->type, icmp->code, mtu, {}});
}

/// RFC 4861 6.1 and 7.1: only a neighbor can send with this hop limit. Two sources that no other message may have mean
/// something here: none at all is that of duplicate address detection, ours that of a conflict.
Ingress::Refusal Ingress::receive_ndp(Packet& packet, const IpPacket& ip) noexcept {
  if (ip.hop_limit != wire::kNdpHopLimit) return DropReason::BadNdp;
  const auto message = wire::parse_ndp(packet.bytes());
  if (!message) return DropReason::BadNdp;
  const auto* solicitation = std::get_if<wire::NeighborSolicitation>(&*message);
  const Refusal refusal = check_source(ip.source);
  // RFC 4861 7.1.1: such a solicitation goes to a group and names no MAC.
  const bool probe = refusal == DropReason::SourceUnspecified && solicitation != nullptr && !solicitation->source_mac &&
                     !ip.local_index;
  if (refusal && !probe && refusal != DropReason::SourceIsOurs) return refusal;
  // RFC 4861 7.1.2: an answer to a group answers nobody.
  const auto* advertisement = std::get_if<wire::NeighborAdvertisement>(&*message);
  if (advertisement != nullptr && advertisement->solicited && !ip.local_index) return DropReason::BadNdp;
  // RFC 4861 6.1.2: routers speak from their link-local address.
  if (std::holds_alternative<wire::RouterAdvertisement>(*message) && !ip.source.is_link_local_v6())
    return DropReason::BadNdp;
  ndp_arrivals_.push_back({packet.meta().port, ip.ethernet.source, ip.source, ip.destination, *message});
  ++counters_.ndp_messages;
  packet.free();
  return std::nullopt;
}

/// MUST-54: the error goes to the connection that it quotes.
Ingress::Refusal Ingress::hand_over_error(Packet& packet, const std::optional<wire::QuotedTcp>& quoted,
                                          IcmpError error) noexcept {
  if (!quoted) return DropReason::IcmpQuoteNotOurs;
  const auto local_index = config_.addresses.find(quoted->source);
  if (!local_index) return DropReason::IcmpQuoteNotOurs;
  error.key = {quoted->destination.bytes, *local_index, 0, quoted->destination_port, quoted->source_port};
  error.seq = quoted->seq;
  icmp_errors_.push_back(error);
  ++counters_.icmp_errors;
  packet.free();
  return std::nullopt;
}

/// RFC 1122 3.2.2.6, RFC 4443 4.2: the request becomes the reply where it lies, and goes the way of every packet to
/// that address.
Ingress::Refusal Ingress::answer_echo(Packet& packet, const IpPacket& ip, Time now) noexcept {
  if (packet.length() > kMaxEchoBytes || !packet.exclusive()) return DropReason::EchoRefused;
  if (!take_echo_token(now)) return DropReason::EchoRateLimited;
  if (ip.source.is_v4())
    wire::make_echo_reply(packet.bytes());
  else
    wire::make_echo_reply_v6(packet.bytes(), ip.destination, ip.source);
  ++counters_.echoes_answered;
  egress_.send_icmp(&packet, ip.source, *ip.local_index, now);
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
