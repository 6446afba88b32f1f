#include "arrival.h"

#include <array>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::load {
namespace {

using wire::load_be16;
using wire::load_be32;
using wire::load_u8;

/// What an IP header says of a segment.
struct IpFields {
  FrameKind kind = FrameKind::Damaged;
  std::uint32_t place = 0;            ///< of the destination among our addresses
  const std::byte* source = nullptr;  ///< the destination follows it
  std::span<const std::byte> segment{};
};

IpFields read_ipv4(std::span<const std::byte> packet, const Sources& sources, bool sum) noexcept {
  constexpr std::uint16_t kFragment = 0x3fff;  // more fragments, or an offset
  if (packet.size() < wire::kIpv4MinHeader) return {};
  const std::byte* const p = packet.data();
  const std::size_t header = std::size_t{load_u8(p) & 0x0fu} * 4;
  const std::size_t total = load_be16(p + 2);
  if (load_u8(p) >> 4 != 4 || header < wire::kIpv4MinHeader || header > total || total > packet.size()) return {};
  const std::uint32_t place = sources.place_v4(p + 16);
  if (load_u8(p + 9) != wire::kProtocolTcp || (load_be16(p + 6) & kFragment) != 0 || place >= sources.count())
    return {.kind = FrameKind::Stray};
  if (sum && !wire::ipv4_checksum_ok(packet.first(header))) return {.kind = FrameKind::BadChecksum};
  return {FrameKind::Segment, place, p + 12, packet.subspan(header, total - header)};
}

IpFields read_ipv6(std::span<const std::byte> packet, const Sources& sources) noexcept {
  if (packet.size() < wire::kIpv6Header) return {};
  const std::byte* const p = packet.data();
  const std::size_t length = load_be16(p + 4);
  if (load_u8(p) >> 4 != 6 || wire::kIpv6Header + length > packet.size()) return {};
  if (load_u8(p + 6) == wire::kProtocolIcmpV6) return {.kind = FrameKind::Control};
  const std::uint32_t place = sources.place_v6(p + 24);
  if (load_u8(p + 6) != wire::kProtocolTcp || place >= sources.count()) return {.kind = FrameKind::Stray};
  return {FrameKind::Segment, place, p + 8, packet.subspan(wire::kIpv6Header, length)};
}

bool tcp_sum_ok(const IpFields& ip, bool v4) noexcept {
  wire::Checksum sum;
  sum.add({ip.source, v4 ? std::size_t{8} : std::size_t{32}});  // both addresses
  std::array<std::byte, 4> rest;
  wire::store_be16(&rest[0], static_cast<std::uint16_t>(ip.segment.size()));
  wire::store_be16(&rest[2], wire::kProtocolTcp);
  sum.add(rest);
  sum.add(ip.segment);
  return sum.value() == 0;
}

bool read_tcp(const IpFields& ip, Arrival& arrival) noexcept {
  if (ip.segment.size() < wire::kTcpMinHeader) return false;
  const std::byte* const p = ip.segment.data();
  const std::size_t header = std::size_t{load_u8(p + 12)} / 16 * 4;
  if (header < wire::kTcpMinHeader || header > ip.segment.size()) return false;
  arrival.local = ip.place << 16 | load_be16(p + 2);
  arrival.remote = ip.source;
  arrival.remote_port = load_be16(p);
  arrival.seq = wire::SeqNum{load_be32(p + 4)};
  arrival.ack = wire::SeqNum{load_be32(p + 8)};
  arrival.ctl = {load_u8(p + 13), false};
  arrival.window = load_be16(p + 14);
  arrival.options = ip.segment.subspan(wire::kTcpMinHeader, header - wire::kTcpMinHeader);
  arrival.text = ip.segment.subspan(header);
  return true;
}

}  // namespace

FrameKind read_frame(const pkt::Packet& packet, const Sources& sources, bool sum, Arrival& arrival) noexcept {
  const auto frame = packet.bytes();
  if (frame.size() < wire::kEthernetHeader || !packet.contiguous()) return FrameKind::Damaged;
  const std::uint16_t type = load_be16(&frame[12]);
  if (type == wire::kEtherTypeArp) return FrameKind::Control;
  const bool v4 = type == wire::kEtherTypeIpv4;
  if ((!v4 && type != wire::kEtherTypeIpv6) || v4 != sources.is_v4()) return FrameKind::Stray;
  const pkt::RxChecksum ip_verdict = packet.rx_ip_checksum(), l4_verdict = packet.rx_l4_checksum();
  if (ip_verdict == pkt::RxChecksum::Bad || l4_verdict == pkt::RxChecksum::Bad) return FrameKind::BadChecksum;

  const auto rest = frame.subspan(wire::kEthernetHeader);
  const IpFields ip =
      v4 ? read_ipv4(rest, sources, sum && ip_verdict == pkt::RxChecksum::Unknown) : read_ipv6(rest, sources);
  if (ip.kind != FrameKind::Segment) return ip.kind;
  if (sum && l4_verdict == pkt::RxChecksum::Unknown && !tcp_sum_ok(ip, v4)) return FrameKind::BadChecksum;
  return read_tcp(ip, arrival) ? FrameKind::Segment : FrameKind::Damaged;
}

}  // namespace millrace::load
