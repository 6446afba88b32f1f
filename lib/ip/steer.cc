// Reads just enough of a frame to name its owner: both ports of TCP, or of the segment that an ICMP error quotes.
// Lengths are checked here, because nothing has verified the frame yet; what is too short or a fragment stays with the
// worker that received it.
#include "ip/steer.h"

#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/icmpv6.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::ip {
namespace {

constexpr std::size_t kTcpPorts = 4;
constexpr std::uint16_t kAuthority = 0;  // the worker that owns ARP and neighbor discovery

std::uint16_t owner_of_tcp(std::span<const std::byte> segment, const wire::IpAddress& source,
                           const wire::IpAddress& destination, const flow::OwnerMap& owners,
                           std::uint16_t self) noexcept {
  if (segment.size() < kTcpPorts) return self;
  return owners.owner(destination, wire::load_be16(&segment[2]), source, wire::load_be16(&segment[0]));
}

std::uint16_t owner_of_quote(const std::optional<wire::QuotedTcp>& quoted, const flow::OwnerMap& owners,
                             std::uint16_t self) noexcept {
  if (!quoted) return self;
  return owners.owner(quoted->source, quoted->source_port, quoted->destination, quoted->destination_port);
}

std::uint16_t owner_of_ipv4(std::span<const std::byte> packet, const flow::OwnerMap& owners,
                            std::uint16_t self) noexcept {
  const auto ip = wire::parse_ipv4(packet);
  if (!ip || ip->is_fragment()) return self;
  const auto payload = packet.subspan(ip->header_length);
  if (ip->protocol == wire::kProtocolTcp) return owner_of_tcp(payload, ip->source, ip->destination, owners, self);
  if (ip->protocol != wire::kProtocolIcmp) return self;
  const auto icmp = wire::parse_icmp(payload);
  if (!icmp || !wire::is_icmp_error(icmp->type)) return self;
  return owner_of_quote(wire::parse_quoted_tcp(icmp->quote), owners, self);
}

std::uint16_t owner_of_ipv6(std::span<const std::byte> packet, const flow::OwnerMap& owners,
                            std::uint16_t self) noexcept {
  const auto ip = wire::parse_ipv6(packet);
  if (!ip) return self;
  auto payload = packet.subspan(wire::kIpv6Header);
  const auto upper = wire::find_upper_layer(ip->next_header, payload);
  if (!upper || upper->fragment) return self;
  payload = payload.subspan(upper->offset);
  if (upper->protocol == wire::kProtocolTcp) return owner_of_tcp(payload, ip->source, ip->destination, owners, self);
  if (upper->protocol != wire::kProtocolIcmpV6) return self;
  const auto icmp = wire::parse_icmpv6(payload);
  if (!icmp) return self;
  if (wire::is_ndp(icmp->type)) return kAuthority;
  if (!wire::is_icmpv6_error(icmp->type)) return self;
  return owner_of_quote(wire::parse_quoted_tcp_v6(icmp->quote), owners, self);
}

}  // namespace

std::uint16_t owner_of_frame(std::span<const std::byte> frame, const flow::OwnerMap& owners,
                             std::uint16_t self) noexcept {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return self;
  if (ethernet->type == wire::kEtherTypeArp) return kAuthority;
  if (ethernet->type == wire::kEtherTypeIpv4)
    return owner_of_ipv4(frame.subspan(ethernet->header_length), owners, self);
  if (ethernet->type == wire::kEtherTypeIpv6)
    return owner_of_ipv6(frame.subspan(ethernet->header_length), owners, self);
  return self;
}

}  // namespace millrace::ip
