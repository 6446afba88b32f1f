// The usual sizes are copied by a few moves, because the compiler knows them.
#include "ip/header_template.h"

#include <cstring>

namespace millrace::ip {

HeaderTemplate::HeaderTemplate(const IpConfig& config, const Route& route, const wire::IpAddress& remote,
                               std::uint16_t local_index) noexcept
    : remote_(remote),
      source_(config.addresses[local_index].ip),
      next_hop_{route.port, route.next_hop},
      port_(&config.ports[route.port]),
      local_index_(local_index),
      l2_(static_cast<std::uint8_t>(wire::ethernet_header_size(port_->vlan))),
      l3_(static_cast<std::uint8_t>(remote.is_v4() ? wire::kIpv4MinHeader : wire::kIpv6Header)) {
  const std::uint16_t type = is_v4() ? wire::kEtherTypeIpv4 : wire::kEtherTypeIpv6;
  const std::span<std::byte> frame{bytes_};
  wire::build_ethernet({{}, port_->mac, type, port_->vlan, 0}, frame);
  if (is_v4()) {
    // Path MTU discovery (RFC 1191): we never fragment.
    const wire::Ipv4Header header{.dont_fragment = true, .source = source_, .destination = remote_};
    wire::build_ipv4(header, frame.subspan(l2_), false);
    unchanging_sum_ = wire::ipv4_unchanging_sum(header);
  } else {
    wire::build_ipv6({.source = source_, .destination = remote_}, frame.subspan(l2_));
  }
}

void HeaderTemplate::put(pkt::Packet& packet, std::uint8_t protocol, const IpFields& fields,
                         std::uint16_t id) const noexcept {
  constexpr std::uint16_t kUsual = wire::kEthernetHeader + wire::kIpv4MinHeader;
  const std::uint32_t payload = packet.total_length();
  std::byte* const frame = packet.prepend(length());
  length() == kUsual ? std::memcpy(frame, bytes_.data(), kUsual) : std::memcpy(frame, bytes_.data(), length());
  const std::span<std::byte> ip{frame + l2_, l3_};
  if (is_v4()) {
    const wire::Ipv4Header header{.dscp = fields.dscp,
                                  .ecn = fields.ecn,
                                  .total_length = static_cast<std::uint16_t>(payload + wire::kIpv4MinHeader),
                                  .id = id,
                                  .ttl = fields.ttl,
                                  .protocol = protocol,
                                  .source = source_,
                                  .destination = remote_};
    return wire::update_ipv4(header, ip, port_->tx_ip_checksum ? 0 : wire::ipv4_checksum(header, unchanging_sum_));
  }
  const wire::Ipv6Header header{.dscp = fields.dscp,
                                .ecn = fields.ecn,
                                .payload_length = static_cast<std::uint16_t>(payload),
                                .next_header = protocol,
                                .hop_limit = fields.ttl,
                                .source = source_,
                                .destination = remote_};
  wire::update_ipv6(header, ip);
}

}  // namespace millrace::ip
