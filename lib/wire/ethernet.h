// Ethernet II frames with at most one 802.1Q tag.
//
// A priority tag (VLAN id 0) means "no VLAN" (802.1Q 9.6), so id 0 stands for untagged. A type below 0x600 is an 802.3
// length; whoever looks at the type treats it as unknown. The frame check sequence is the NIC's affair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/address.h"
#include "wire/bytes.h"

namespace millrace::wire {

inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeVlan = 0x8100;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr std::size_t kEthernetHeader = 14;
inline constexpr std::size_t kVlanTag = 4;
inline constexpr std::uint16_t kVlanIdMask = 0x0fff;

struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  std::uint16_t type = 0;          ///< of what follows, behind the tag if there is one
  std::uint16_t vlan = 0;          ///< 1..4095; 0: none
  std::uint8_t header_length = 0;  ///< 14 or 18 (parse only)
};

/// Into `header`, a fresh one; false when the frame is shorter than its header.
[[nodiscard]] inline bool parse_ethernet(std::span<const std::byte> frame, EthernetHeader& header) noexcept {
  if (frame.size() < kEthernetHeader) return false;
  const std::byte* p = frame.data();
  header.destination = load_mac(p);
  header.source = load_mac(p + 6);
  header.type = load_be16(p + 12);
  header.header_length = kEthernetHeader;
  if (header.type != kEtherTypeVlan) return true;
  if (frame.size() < kEthernetHeader + kVlanTag) return false;
  header.vlan = load_be16(p + 14) & kVlanIdMask;
  header.type = load_be16(p + 16);
  header.header_length = kEthernetHeader + kVlanTag;
  return true;
}
/// The same, nullopt when the frame is too short.
[[nodiscard]] inline std::optional<EthernetHeader> parse_ethernet(std::span<const std::byte> frame) noexcept {
  EthernetHeader header;
  if (!parse_ethernet(frame, header)) return std::nullopt;
  return header;
}

[[nodiscard]] constexpr std::size_t ethernet_header_size(std::uint16_t vlan) noexcept {
  return kEthernetHeader + (vlan != 0 ? kVlanTag : 0);
}

/// Writes 14 bytes, or 18 when `vlan` is not 0; returns how many. `out` has room for ethernet_header_size(vlan).
inline std::size_t build_ethernet(const EthernetHeader& header, std::span<std::byte> out) noexcept {
  std::byte* p = out.data();
  store_mac(p, header.destination);
  store_mac(p + 6, header.source);
  if (header.vlan != 0) {
    store_be16(p + 12, kEtherTypeVlan);
    store_be16(p + 14, header.vlan & kVlanIdMask);
    p += kVlanTag;
  }
  store_be16(p + 12, header.type);
  return ethernet_header_size(header.vlan);
}

}  // namespace millrace::wire
