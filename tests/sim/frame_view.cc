#include "sim/frame_view.h"

#include <span>

#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp_header.h"

namespace millrace::sim {
namespace {

struct IpView {
  std::span<const std::byte> segment;  ///< empty: not TCP
  std::uint8_t ecn = 0;
};

IpView view_v4(std::span<const std::byte> packet) noexcept {
  if (packet.size() < wire::kIpv4MinHeader || wire::load_u8(&packet[9]) != wire::kProtocolTcp) return {};
  const std::size_t header = std::size_t{wire::load_u8(&packet[0]) & 0x0fu} * 4;
  const std::size_t total = wire::load_be16(&packet[2]);
  if (total > packet.size() || header > total) return {};
  return {packet.subspan(header, total - header), static_cast<std::uint8_t>(wire::load_u8(&packet[1]) & 3)};
}

IpView view_v6(std::span<const std::byte> packet) noexcept {
  if (packet.size() < wire::kIpv6Header || wire::load_u8(&packet[6]) != wire::kProtocolTcp) return {};
  const std::size_t payload = wire::load_be16(&packet[4]);
  if (wire::kIpv6Header + payload > packet.size()) return {};
  return {packet.subspan(wire::kIpv6Header, payload), static_cast<std::uint8_t>(wire::load_u8(&packet[1]) >> 4 & 3)};
}

}  // namespace

FrameView view_frame(const io::Frame& frame) noexcept {
  if (frame.size() < wire::kEthernetHeader) return {};
  const std::uint16_t type = wire::load_be16(&frame[12]);
  const auto packet = std::span{frame}.subspan(wire::kEthernetHeader);
  const IpView ip = type == wire::kEtherTypeIpv4   ? view_v4(packet)
                    : type == wire::kEtherTypeIpv6 ? view_v6(packet)
                                                   : IpView{};
  if (ip.segment.size() < wire::kTcpMinHeader) return {};
  const std::size_t header = std::size_t{wire::load_u8(&ip.segment[12])} / 16 * 4;
  if (header > ip.segment.size()) return {};
  FrameView view;
  view.tcp = true;
  view.source_port = wire::load_be16(&ip.segment[0]);
  view.destination_port = wire::load_be16(&ip.segment[2]);
  view.seq = wire::load_be32(&ip.segment[4]);
  view.ack = wire::load_be32(&ip.segment[8]);
  view.ctl = wire::load_u8(&ip.segment[13]);
  view.text = static_cast<std::uint32_t>(ip.segment.size() - header);
  view.ecn = ip.ecn;
  return view;
}

}  // namespace millrace::sim
