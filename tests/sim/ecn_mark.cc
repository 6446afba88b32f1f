#include "sim/ecn_mark.h"

#include <span>

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::sim {
namespace {

constexpr unsigned kCongestionExperienced = 3;

bool mark_v4(std::span<std::byte> packet) noexcept {
  if (packet.size() < wire::kIpv4MinHeader) return false;
  const unsigned tos = wire::load_u8(&packet[1]);
  const std::size_t header = std::size_t{wire::load_u8(&packet[0]) & 0x0fu} * 4;
  if ((tos & kCongestionExperienced) == 0 || header > packet.size()) return false;
  wire::store_u8(&packet[1], static_cast<std::uint8_t>(tos | kCongestionExperienced));
  wire::store_be16(&packet[10], 0);
  wire::store_be16(&packet[10], wire::checksum(packet.first(header)));
  return true;
}

/// The two bits lie across the traffic class: bits 5 and 4 of the second octet (RFC 8200 3).
bool mark_v6(std::span<std::byte> packet) noexcept {
  if (packet.size() < wire::kIpv6Header) return false;
  const unsigned octet = wire::load_u8(&packet[1]);
  if ((octet >> 4 & kCongestionExperienced) == 0) return false;
  wire::store_u8(&packet[1], static_cast<std::uint8_t>(octet | kCongestionExperienced << 4));
  return true;
}

}  // namespace

bool mark_congestion(io::Frame& frame) noexcept {
  if (frame.size() < wire::kEthernetHeader) return false;
  const std::uint16_t type = wire::load_be16(&frame[12]);
  const auto packet = std::span{frame}.subspan(wire::kEthernetHeader);
  if (type == wire::kEtherTypeIpv4) return mark_v4(packet);
  return type == wire::kEtherTypeIpv6 && mark_v6(packet);
}

}  // namespace millrace::sim
