#include "neighborhood.h"

#include <algorithm>
#include <variant>

#include "wire/arp.h"
#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/icmpv6.h"
#include "wire/ip_protocol.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"

namespace millrace::load {
namespace {

using wire::IpAddress;
using wire::MacAddress;

ControlFrame arp_frame(const wire::ArpPacket& packet, const MacAddress& to) noexcept {
  ControlFrame frame{wire::kEthernetHeader + wire::kArpSize};
  wire::build_ethernet({to, packet.sender_mac, wire::kEtherTypeArp}, frame.bytes());
  wire::build_arp(packet, frame.bytes().subspan(wire::kEthernetHeader));
  return frame;
}

struct Route {
  MacAddress own_mac, to_mac;
  IpAddress from, to;
};

template <class Message>
ControlFrame ndp_frame(const Message& message, const Route& route) noexcept {
  std::array<std::byte, wire::kMaxNdpSize> text;
  const std::size_t size = wire::build_ndp(message, text);
  wire::store_be16(&text[2], wire::icmpv6_checksum(route.from, route.to, std::span{text}.first(size)));
  constexpr std::size_t kHeaders = wire::kEthernetHeader + wire::kIpv6Header;
  ControlFrame frame{kHeaders + size};
  wire::build_ethernet({route.to_mac, route.own_mac, wire::kEtherTypeIpv6}, frame.bytes());
  wire::build_ipv6({.payload_length = static_cast<std::uint16_t>(size),
                    .next_header = wire::kProtocolIcmpV6,
                    .hop_limit = wire::kNdpHopLimit,
                    .source = route.from,
                    .destination = route.to},
                   frame.bytes().subspan(wire::kEthernetHeader));
  std::copy_n(text.begin(), size, frame.bytes().begin() + kHeaders);
  return frame;
}

}  // namespace

ControlFrame Neighborhood::question() const noexcept {
  const IpAddress& from = sources_.first();
  if (sources_.is_v4())
    return arp_frame({wire::ArpOperation::Request, own_, from, {}, next_hop_}, MacAddress::broadcast());
  const IpAddress group = wire::solicited_node(next_hop_);
  return ndp_frame(wire::NeighborSolicitation{next_hop_, own_}, {own_, wire::multicast_mac(group), from, group});
}

std::optional<ControlFrame> Neighborhood::receive(std::span<const std::byte> frame) noexcept {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return std::nullopt;
  const auto payload = frame.subspan(ethernet->header_length);
  if (ethernet->type == wire::kEtherTypeArp) return receive_arp(payload);
  if (ethernet->type == wire::kEtherTypeIpv6) return receive_icmpv6(payload, ethernet->source);
  return std::nullopt;
}

std::optional<ControlFrame> Neighborhood::receive_arp(std::span<const std::byte> payload) noexcept {
  const auto packet = wire::parse_arp(payload);
  if (!packet) return std::nullopt;
  if (packet->sender_ip == next_hop_ && packet->sender_mac.is_host()) next_hop_mac_ = packet->sender_mac;
  if (packet->operation != wire::ArpOperation::Request || !is_ours(packet->target_ip)) return std::nullopt;
  return arp_frame({wire::ArpOperation::Reply, own_, packet->target_ip, packet->sender_mac, packet->sender_ip},
                   packet->sender_mac);
}

std::optional<ControlFrame> Neighborhood::receive_icmpv6(std::span<const std::byte> packet,
                                                         const MacAddress& from) noexcept {
  const auto header = wire::parse_ipv6(packet);
  if (!header || header->next_header != wire::kProtocolIcmpV6 || header->hop_limit != wire::kNdpHopLimit ||
      wire::kIpv6Header + header->payload_length > packet.size())
    return std::nullopt;
  const auto text = packet.subspan(wire::kIpv6Header, header->payload_length);
  if (wire::icmpv6_checksum(header->source, header->destination, text) != 0) return std::nullopt;
  const auto message = wire::parse_ndp(text);
  if (!message) return std::nullopt;

  if (const auto* said = std::get_if<wire::NeighborAdvertisement>(&*message)) {
    if (said->target == next_hop_ && said->target_mac && said->target_mac->is_host()) next_hop_mac_ = said->target_mac;
    return std::nullopt;
  }
  const auto* asked = std::get_if<wire::NeighborSolicitation>(&*message);
  // Who asks from no address looks for duplicates, and finds none.
  if (asked == nullptr || header->source.is_unspecified() || !is_ours(asked->target)) return std::nullopt;
  const MacAddress mac = asked->source_mac.value_or(from);
  if (header->source == next_hop_ && mac.is_host()) next_hop_mac_ = mac;
  return ndp_frame(wire::NeighborAdvertisement{asked->target, false, true, true, own_},
                   {own_, mac, asked->target, header->source});
}

}  // namespace millrace::load
