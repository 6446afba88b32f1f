// Ethernet with up to two VLAN tags; ARP, IPv4, IPv6 with a few extension headers; ports of TCP and UDP.
#include "io/capture_filter.h"

#include <algorithm>
#include <optional>

#include "wire/bytes.h"

namespace millrace::io {
namespace {

using Bytes = std::span<const std::byte>;

struct Ends {
  wire::IpAddress source, destination;
  std::optional<std::uint16_t> source_port, destination_port;
};

constexpr std::uint16_t kArp = 0x0806, kIpv4 = 0x0800, kIpv6 = 0x86dd, kVlan = 0x8100, kServiceVlan = 0x88a8;
constexpr std::uint8_t kTcp = 6, kUdp = 17, kHopByHop = 0, kRouting = 43, kFragment = 44, kDestination = 60;

Bytes behind(Bytes bytes, std::size_t n) noexcept { return bytes.subspan(std::min(n, bytes.size())); }

void read_ports(std::uint8_t protocol, Bytes segment, Ends& ends) noexcept {
  if ((protocol != kTcp && protocol != kUdp) || segment.size() < 4) return;
  ends.source_port = wire::load_be16(segment.data());
  ends.destination_port = wire::load_be16(segment.data() + 2);
}

std::optional<Ends> read_arp(Bytes arp) noexcept {
  if (arp.size() < 28) return std::nullopt;
  return Ends{wire::load_ipv4(arp.data() + 14), wire::load_ipv4(arp.data() + 24), {}, {}};
}

std::optional<Ends> read_ipv4(Bytes packet) noexcept {
  if (packet.size() < 20) return std::nullopt;
  Ends ends{wire::load_ipv4(packet.data() + 12), wire::load_ipv4(packet.data() + 16), {}, {}};
  const std::size_t header = (wire::load_u8(packet.data()) & 0xfu) * 4u;
  const bool first = (wire::load_be16(packet.data() + 6) & 0x1fff) == 0;
  if (first) read_ports(wire::load_u8(packet.data() + 9), behind(packet, header), ends);
  return ends;
}

std::optional<Ends> read_ipv6(Bytes packet) noexcept {
  if (packet.size() < 40) return std::nullopt;
  Ends ends{wire::load_ipv6(packet.data() + 8), wire::load_ipv6(packet.data() + 24), {}, {}};
  std::uint8_t next = wire::load_u8(packet.data() + 6);
  Bytes rest = packet.subspan(40);
  constexpr int kMostHeaders = 8;
  for (int i = 0; i < kMostHeaders && rest.size() >= 8; ++i) {
    if (next == kFragment && (wire::load_be16(rest.data() + 2) & 0xfff8) != 0) return ends;
    if (next != kHopByHop && next != kRouting && next != kDestination && next != kFragment) break;
    const std::size_t length = next == kFragment ? 8 : (wire::load_u8(rest.data() + 1) + 1u) * 8u;
    next = wire::load_u8(rest.data());
    rest = behind(rest, length);
  }
  read_ports(next, rest, ends);
  return ends;
}

std::optional<Ends> read_frame(Bytes frame) noexcept {
  if (frame.size() < 14) return std::nullopt;
  std::uint16_t type = wire::load_be16(frame.data() + 12);
  Bytes rest = frame.subspan(14);
  for (int tags = 0; tags < 2 && (type == kVlan || type == kServiceVlan) && rest.size() >= 4; ++tags) {
    type = wire::load_be16(rest.data() + 2);
    rest = rest.subspan(4);
  }
  if (type == kIpv4) return read_ipv4(rest);
  if (type == kIpv6) return read_ipv6(rest);
  return type == kArp ? read_arp(rest) : std::nullopt;
}

}  // namespace

bool CaptureFilter::matches(std::span<const std::byte> frame) const noexcept {
  if (hosts.empty() && ports.empty()) return true;
  const auto ends = read_frame(frame);
  if (!ends) return false;
  const auto has = [](const auto& list, const auto& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  const bool host = hosts.empty() || has(hosts, ends->source) || has(hosts, ends->destination);
  const auto port_is = [&](const auto& port) { return port && has(ports, *port); };
  return host && (ports.empty() || port_is(ends->source_port) || port_is(ends->destination_port));
}

}  // namespace millrace::io
