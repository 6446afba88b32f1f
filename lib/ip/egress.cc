// One pass from segment to frame: size, checksum in software or prepared for the port, IP and Ethernet headers by the
// destination's template, which is made when it is not there. Nothing is fragmented: what is larger than the MTU is a
// counted drop. The destination MAC, and waiting for it, is the neighbor table's business.
#include "ip/egress.h"

#include <memory>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ip_protocol.h"

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
void finish_tcp_checksum(pkt::Packet& segment, const HeaderTemplate& headers) noexcept {
  std::byte* field = segment.data() + kTcpChecksumOffset;
  wire::store_be16(field, 0);
  wire::Checksum sum = headers.pseudo_header(wire::kProtocolTcp, segment.total_length());
  if (headers.port().tx_tcp_checksum) return wire::store_be16(field, sum.sum());
  add_chain(sum, segment);
  wire::store_be16(field, sum.value());
}

/// Tells the driver what to fill in. Called when the TCP header is still at the front.
void request_offloads(pkt::Packet& packet, const HeaderTemplate& headers, bool tcp) noexcept {
  // What the receive side left there says nothing about this transmission.
  packet.clear_offloads();
  const PortInfo& port = headers.port();
  const bool v4 = headers.is_v4();
  pkt::TxChecksums wanted{.v4 = v4, .ip = v4 && port.tx_ip_checksum, .tcp = tcp && port.tx_tcp_checksum};
  if (!wanted.ip && !wanted.tcp) return;
  wanted.l2_length = headers.l2_length();
  wanted.l3_length = headers.l3_length();
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
  const HeaderTemplate& headers = templates_[slot_of(remote)];
  if (!headers.is_for(remote, local_index) && !make_template(remote, local_index))
    return drop(packet, DropReason::NoRoute);
  if (packet.total_length() > headers.most()) return drop(packet, DropReason::TooBig);
  if (packet.headroom() < headers.length()) return drop(packet, DropReason::NoHeadroom);

  const bool tcp = protocol == wire::kProtocolTcp;
  if (tcp) finish_tcp_checksum(packet, headers);
  request_offloads(packet, headers, tcp);
  headers.put(packet, protocol, fields, headers.is_v4() ? next_id_++ : std::uint16_t{0});
  packet.meta().port = headers.next_hop().port;
  neighbors_.send(headers.next_hop(), packet, now);
}

bool Egress::make_template(const wire::IpAddress& remote, std::uint16_t local_index) noexcept {
  const auto route = route_to(remote, local_index);
  if (route) std::construct_at(&templates_[slot_of(remote)], config_, *route, remote, local_index);
  return route.has_value();
}

/// Hosts behind one gateway and hosts of one network mostly differ in the last bytes.
std::size_t Egress::slot_of(const wire::IpAddress& remote) noexcept {
  const auto last = static_cast<std::uint32_t>(remote.words().second >> 32);
  return last * 0x9e37'79b1u >> (32 - kTemplateBits);
}

/// A link-local address is on the link of the address that it talks to, whatever other links have the same prefix.
std::optional<Route> Egress::route_to(const wire::IpAddress& remote, std::uint16_t local_index) const noexcept {
  if (remote.is_link_local_v6())
    return std::optional<Route>{std::in_place, config_.addresses[local_index].port, remote, local_index};
  return config_.routes.lookup(remote);
}

void Egress::drop(pkt::Packet& packet, DropReason reason) noexcept {
  counters_.drop(reason);
  packet.free();
}

}  // namespace millrace::ip
