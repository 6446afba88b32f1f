// Reads just enough of a frame to name its owner: both ports of TCP, or of the segment that an ICMP error quotes.
// Lengths are checked here, because nothing has verified the frame yet; what is too short or a fragment stays with the
// worker that received it.
#include "ip/steer.h"

#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"

namespace millrace::ip {
namespace {

constexpr std::size_t kTcpPorts = 4;
constexpr std::uint16_t kAuthority = 0;  // the worker that owns ARP

std::uint16_t owner_of_ipv4(std::span<const std::byte> packet, const flow::OwnerMap& owners,
                            std::uint16_t self) noexcept {
  const auto ip = wire::parse_ipv4(packet);
  if (!ip || ip->is_fragment()) return self;
  const auto payload = packet.subspan(ip->header_length);
  if (ip->protocol == wire::kProtocolTcp) {
    if (payload.size() < kTcpPorts) return self;
    return owners.owner(ip->destination, wire::load_be16(&payload[2]), ip->source, wire::load_be16(&payload[0]));
  }
  if (ip->protocol != wire::kProtocolIcmp) return self;
  const auto icmp = wire::parse_icmp(payload);
  if (!icmp || !wire::is_icmp_error(icmp->type)) return self;
  const auto quoted = wire::parse_quoted_tcp(icmp->quote);
  if (!quoted) return self;
  return owners.owner(quoted->source, quoted->source_port, quoted->destination, quoted->destination_port);
}

}  // namespace

std::uint16_t owner_of_frame(std::span<const std::byte> frame, const flow::OwnerMap& owners,
                             std::uint16_t self) noexcept {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return self;
  if (ethernet->type == wire::kEtherTypeArp) return kAuthority;
  if (ethernet->type == wire::kEtherTypeIpv4)
    return owner_of_ipv4(frame.subspan(ethernet->header_length), owners, self);
  return self;
}

}  // namespace millrace::ip
