// One message, one frame: the message is written aside first, because its options decide its size.
#include "ip/ndp_sender.h"

#include <algorithm>
#include <array>

#include "wire/bytes.h"
#include "wire/icmpv6.h"
#include "wire/ip_protocol.h"
#include "wire/ipv6.h"

namespace millrace::ip {

template <class Message>
bool NdpSender::transmit(const NdpRoute& route, const Message& message) noexcept {
  std::array<std::byte, wire::kMaxNdpSize> room;
  const auto icmp = std::span{room}.first(wire::build_ndp(message, room));
  wire::store_be16(&icmp[2], wire::icmpv6_checksum(route.source, route.destination, icmp));
  wire::Ipv6Header header;
  header.payload_length = static_cast<std::uint16_t>(icmp.size());
  header.next_header = wire::kProtocolIcmpV6;
  header.hop_limit = wire::kNdpHopLimit;
  header.source = route.source;
  header.destination = route.destination;
  return frames_.send(route.port, route.mac, wire::kEtherTypeIpv6, wire::kIpv6Header + icmp.size(),
                      [&](std::span<std::byte> out) {
                        wire::build_ipv6(header, out);
                        std::copy(icmp.begin(), icmp.end(), out.begin() + wire::kIpv6Header);
                      });
}

void NdpSender::send(const NdpRoute& route, const wire::NeighborSolicitation& message) noexcept {
  if (transmit(route, message)) ++counters_.ndp_solicitations_sent;
}

void NdpSender::send(const NdpRoute& route, const wire::NeighborAdvertisement& message) noexcept {
  if (transmit(route, message)) ++counters_.ndp_advertisements_sent;
}

}  // namespace millrace::ip
