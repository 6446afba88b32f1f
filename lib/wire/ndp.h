// Neighbor discovery messages (RFC 4861 4) and the addresses that they go to: read with their options, written for what
// a host sends.
//
// A message is the ICMPv6 message, its 4-byte header included. Checked here is what RFC 4861 6.1 and 7.1 say of the
// message itself: code, length, options, target. Hop limit, checksum and source address are the receiver's to check.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "wire/address.h"

namespace millrace::wire {

inline constexpr std::uint8_t kNdpHopLimit = 255;  ///< of every message: nobody off the link can send it (3.1)
inline constexpr IpAddress kAllNodes{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
inline constexpr IpAddress kAllRouters{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};

/// ff02::1:ffXX:XXXX (RFC 4291 2.7.1): where solicitations for `address` go.
[[nodiscard]] constexpr IpAddress solicited_node(const IpAddress& address) noexcept {
  IpAddress group{{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff}};
  for (std::size_t i = 13; i < 16; ++i) group.bytes[i] = address.bytes[i];
  return group;
}

/// The Ethernet address of an IPv6 group (RFC 2464 7).
[[nodiscard]] constexpr MacAddress multicast_mac(const IpAddress& group) noexcept {
  return {{0x33, 0x33, group.bytes[12], group.bytes[13], group.bytes[14], group.bytes[15]}};
}

/// The link-local address that a MAC address gives (RFC 2464 4 and 5, modified EUI-64).
[[nodiscard]] constexpr IpAddress link_local_address(const MacAddress& mac) noexcept {
  const auto& m = mac.bytes;
  return {
      {0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}};
}

struct NeighborSolicitation {
  IpAddress target;
  std::optional<MacAddress> source_mac;  ///< option 1
  friend bool operator==(const NeighborSolicitation&, const NeighborSolicitation&) = default;
};

struct NeighborAdvertisement {
  IpAddress target;
  bool router = false;
  bool solicited = false;
  bool overrides = false;                ///< the O flag
  std::optional<MacAddress> target_mac;  ///< option 2
  friend bool operator==(const NeighborAdvertisement&, const NeighborAdvertisement&) = default;
};

struct RouterSolicitation {
  std::optional<MacAddress> source_mac;
  friend bool operator==(const RouterSolicitation&, const RouterSolicitation&) = default;
};

/// A network that a router announces (RFC 4861 4.6.2).
struct PrefixInformation {
  IpPrefix prefix;
  bool on_link = false;
  bool autonomous = false;
  std::uint32_t valid_s = 0;
  std::uint32_t preferred_s = 0;
  friend bool operator==(const PrefixInformation&, const PrefixInformation&) = default;
};

struct RouterAdvertisement {
  static constexpr std::size_t kMostPrefixes = 4;  ///< further ones are not read
  std::uint8_t hop_limit = 0;                      ///< 0: unspecified
  std::uint16_t lifetime_s = 0;                    ///< as a default router; 0: it is none
  std::uint32_t mtu = 0;                           ///< 0: not said
  std::optional<MacAddress> source_mac;
  std::array<PrefixInformation, kMostPrefixes> prefixes{};
  std::uint8_t prefix_count = 0;
  friend bool operator==(const RouterAdvertisement&, const RouterAdvertisement&) = default;
};

using NdpMessage = std::variant<NeighborSolicitation, NeighborAdvertisement, RouterSolicitation, RouterAdvertisement>;

/// nullopt for redirects and for what RFC 4861 says must be discarded silently.
[[nodiscard]] std::optional<NdpMessage> parse_ndp(std::span<const std::byte> message) noexcept;

/// The most that the functions below write.
inline constexpr std::size_t kMaxNdpSize = 32;

// These write a message without its checksum and return its size; `out` has kMaxNdpSize bytes.
std::size_t build_ndp(const NeighborSolicitation& message, std::span<std::byte> out) noexcept;
std::size_t build_ndp(const NeighborAdvertisement& message, std::span<std::byte> out) noexcept;
std::size_t build_ndp(const RouterSolicitation& message, std::span<std::byte> out) noexcept;

}  // namespace millrace::wire
