#include "sim/tcp_frame.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/host.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"

namespace millrace::sim {

std::string TcpFrame::shape() const {
  std::string flags;
  if (tcp.ctl.syn()) flags += 'S';
  if (tcp.ctl.fin()) flags += 'F';
  if (tcp.ctl.rst()) flags += 'R';
  if (tcp.ctl.psh()) flags += 'P';
  if (tcp.ctl.ack()) flags += '.';
  return text.empty() ? flags : fmt::format("{} {}", flags, text.size());
}

std::optional<TcpFrame> parse_tcp_frame(const io::Frame& frame) {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet || ethernet->type != wire::kEtherTypeIpv4) return std::nullopt;
  const auto packet = std::span{frame}.subspan(ethernet->header_length);
  const auto ip = wire::parse_ipv4(packet);
  if (!ip || ip->protocol != wire::kProtocolTcp || ip->total_length > packet.size()) return std::nullopt;
  const auto segment = packet.subspan(ip->header_length, ip->total_length - ip->header_length);
  const auto tcp = wire::parse_tcp(segment);
  if (!tcp) return std::nullopt;
  const auto text = segment.subspan(tcp->header_length);
  return TcpFrame{ip->source, ip->destination, *tcp, {text.begin(), text.end()}};
}

io::Frame build_tcp_frame(const TcpFrame& frame) {
  const std::size_t tcp_size = wire::tcp_header_size(frame.tcp);
  io::Frame out(wire::kEthernetHeader + wire::kIpv4MinHeader + tcp_size + frame.text.size());
  const std::span<std::byte> all{out};
  wire::build_ethernet(
      {mac_of(frame.destination.v4_value()), mac_of(frame.source.v4_value()), wire::kEtherTypeIpv4, 0, 0}, all);
  const auto packet = all.subspan(wire::kEthernetHeader);
  wire::Ipv4Header ip;
  ip.total_length = static_cast<std::uint16_t>(packet.size());
  ip.dont_fragment = true;
  ip.ttl = 64;
  ip.protocol = wire::kProtocolTcp;
  ip.source = frame.source;
  ip.destination = frame.destination;
  wire::build_ipv4(ip, packet, true);
  const auto segment = packet.subspan(wire::kIpv4MinHeader);
  wire::build_tcp(frame.tcp, segment);
  std::copy(frame.text.begin(), frame.text.end(), segment.begin() + static_cast<std::ptrdiff_t>(tcp_size));
  wire::store_be16(&segment[16], 0);
  wire::store_be16(&segment[16], wire::tcp_checksum(frame.source, frame.destination, segment));
  return out;
}

}  // namespace millrace::sim
