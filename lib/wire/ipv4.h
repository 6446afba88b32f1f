// The IPv4 header (RFC 791): parse with options skipped (MUST-50 of RFC 9293), build without options.
//
// Parsing is bounded by the span and does not compare the total length with it: the span may be the first buffer of a
// chain, so whoever holds the packet checks that. Fragments are told by is_fragment(), not reassembled here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/address.h"

namespace millrace::wire {

inline constexpr std::size_t kIpv4MinHeader = 20;

struct Ipv4Header {
  std::uint8_t dscp = 0;           ///< 6 bits
  std::uint8_t ecn = 0;            ///< 2 bits
  std::uint16_t total_length = 0;  ///< header and payload
  std::uint16_t id = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t fragment_offset = 0;  ///< in units of 8 bytes
  std::uint8_t ttl = 0;
  std::uint8_t protocol = 0;
  IpAddress source;
  IpAddress destination;
  std::uint8_t header_length = 0;  ///< bytes, options included (parse only)

  [[nodiscard]] bool is_fragment() const noexcept { return more_fragments || fragment_offset != 0; }
};

/// nullopt when the span is shorter than the header, the version is not 4, the header length is below 20 or the total
/// length below the header length. The checksum is a separate question.
[[nodiscard]] std::optional<Ipv4Header> parse_ipv4(std::span<const std::byte> packet) noexcept;

/// True when the header checksum is right; `header` is exactly the header, options included.
[[nodiscard]] bool ipv4_checksum_ok(std::span<const std::byte> header) noexcept;

/// Writes 20 bytes; the checksum too when `with_checksum`, else zero (the NIC fills it in).
void build_ipv4(const Ipv4Header& header, std::span<std::byte> out, bool with_checksum) noexcept;

}  // namespace millrace::wire
