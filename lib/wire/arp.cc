// ARP for IPv4 over Ethernet (RFC 826); any other hardware, protocol or operation is no packet for us.
#include "wire/arp.h"

#include "wire/bytes.h"
#include "wire/ethernet.h"

namespace millrace::wire {
namespace {

constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint16_t kAddressLengths = 6 << 8 | 4;  // hardware, protocol

}  // namespace

std::optional<ArpPacket> parse_arp(std::span<const std::byte> payload) noexcept {
  if (payload.size() < kArpSize) return std::nullopt;
  const std::byte* p = payload.data();
  if (load_be16(p) != kHardwareEthernet || load_be16(p + 2) != kEtherTypeIpv4 || load_be16(p + 4) != kAddressLengths)
    return std::nullopt;
  const auto operation = static_cast<ArpOperation>(load_be16(p + 6));
  if (operation != ArpOperation::Request && operation != ArpOperation::Reply) return std::nullopt;
  return ArpPacket{operation, load_mac(p + 8), load_ipv4(p + 14), load_mac(p + 18), load_ipv4(p + 24)};
}

void build_arp(const ArpPacket& packet, std::span<std::byte> out) noexcept {
  std::byte* p = out.data();
  store_be16(p, kHardwareEthernet);
  store_be16(p + 2, kEtherTypeIpv4);
  store_be16(p + 4, kAddressLengths);
  store_be16(p + 6, static_cast<std::uint16_t>(packet.operation));
  store_mac(p + 8, packet.sender_mac);
  store_ipv4(p + 14, packet.sender_ip);
  store_mac(p + 18, packet.target_mac);
  store_ipv4(p + 24, packet.target_ip);
}

}  // namespace millrace::wire
