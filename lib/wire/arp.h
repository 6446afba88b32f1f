// ARP for IPv4 over Ethernet (RFC 826): 28 bytes, requests and replies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/address.h"

namespace millrace::wire {

inline constexpr std::size_t kArpSize = 28;

enum class ArpOperation : std::uint16_t { Request = 1, Reply = 2 };

struct ArpPacket {
  ArpOperation operation = ArpOperation::Request;
  MacAddress sender_mac;
  IpAddress sender_ip;
  MacAddress target_mac;  ///< zero in a request
  IpAddress target_ip;
};

/// nullopt when too short, not IPv4 over Ethernet, or neither request nor reply. Bytes behind the 28 are padding.
[[nodiscard]] std::optional<ArpPacket> parse_arp(std::span<const std::byte> payload) noexcept;
/// Writes kArpSize bytes; both addresses are IPv4.
void build_arp(const ArpPacket& packet, std::span<std::byte> out) noexcept;

}  // namespace millrace::wire
