// The IPv4 header (RFC 791 3.1), DSCP and ECN apart (RFC 2474, RFC 3168): parse with options skipped by IHL (MUST-50 of
// RFC 9293), build without options.
//
// Parsing is bounded by the span and does not compare the total length with it: the span may be the first buffer of a
// chain, so whoever holds the packet checks that. Fragments are told by is_fragment(), not reassembled here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/address.h"
#include "wire/bytes.h"
#include "wire/checksum.h"

namespace millrace::wire {

inline constexpr std::size_t kIpv4MinHeader = 20;
inline constexpr std::uint16_t kIpv4DontFragment = 0x4000;
inline constexpr std::uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr std::uint16_t kIpv4FragmentOffset = 0x1fff;  ///< mask

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

/// Into `header`, a fresh one; false when the span is shorter than the header, the version is not 4, the header length
/// is below 20 or the total length below the header length. The checksum is a separate question.
[[nodiscard]] inline bool parse_ipv4(std::span<const std::byte> packet, Ipv4Header& header) noexcept {
  if (packet.size() < kIpv4MinHeader) return false;
  const std::byte* p = packet.data();
  const std::uint8_t version_ihl = load_u8(p);
  const std::size_t header_length = std::size_t{version_ihl & 0x0fu} * 4;
  if (version_ihl >> 4 != 4 || header_length < kIpv4MinHeader || header_length > packet.size()) return false;

  header.header_length = static_cast<std::uint8_t>(header_length);
  header.total_length = load_be16(p + 2);
  if (header.total_length < header_length) return false;
  const std::uint8_t tos = load_u8(p + 1);
  header.dscp = tos >> 2;
  header.ecn = tos & 3;
  header.id = load_be16(p + 4);
  const std::uint16_t fragment = load_be16(p + 6);
  header.dont_fragment = (fragment & kIpv4DontFragment) != 0;
  header.more_fragments = (fragment & kIpv4MoreFragments) != 0;
  header.fragment_offset = fragment & kIpv4FragmentOffset;
  header.ttl = load_u8(p + 8);
  header.protocol = load_u8(p + 9);
  header.source = load_ipv4(p + 12);
  header.destination = load_ipv4(p + 16);
  return true;
}
/// The same, nullopt when it is no such header.
[[nodiscard]] inline std::optional<Ipv4Header> parse_ipv4(std::span<const std::byte> packet) noexcept {
  Ipv4Header header;
  if (!parse_ipv4(packet, header)) return std::nullopt;
  return header;
}

/// True when the header checksum is right; `header` is exactly the header, options included.
[[nodiscard]] inline bool ipv4_checksum_ok(std::span<const std::byte> header) noexcept {
  // Without options, as nearly always, the compiler knows the size.
  return (header.size() == kIpv4MinHeader ? checksum(header.first<kIpv4MinHeader>()) : checksum(header)) == 0;
}

/// The checksum of a header of 20 bytes from what update_ipv4() writes and `rest`, the sum of all other words: reading
/// what has just been written by bytes would wait until it has reached the cache.
[[nodiscard]] inline std::uint16_t ipv4_checksum(const Ipv4Header& header, std::uint16_t rest) noexcept {
  const std::uint32_t tos = static_cast<std::uint32_t>(header.dscp) << 2 | (header.ecn & 3u);
  const std::uint32_t ttl = static_cast<std::uint32_t>(header.ttl) << 8 | header.protocol;
  return static_cast<std::uint16_t>(~sums::fold(std::uint64_t{rest} + tos + header.total_length + header.id + ttl));
}

/// Writes into a header of 20 bytes what differs from packet to packet between two hosts: DSCP, ECN, total length, id,
/// TTL, protocol and the checksum, zero when the NIC fills it in.
inline void update_ipv4(const Ipv4Header& header, std::span<std::byte> out, std::uint16_t checksum) noexcept {
  std::byte* p = out.data();
  store_u8(p + 1, static_cast<std::uint8_t>(header.dscp << 2 | (header.ecn & 3)));
  store_be16(p + 2, header.total_length);
  store_be16(p + 4, header.id);
  store_u8(p + 8, header.ttl);
  store_u8(p + 9, header.protocol);
  store_be16(p + 10, checksum);
}

[[nodiscard]] inline std::uint16_t ipv4_fragment_word(const Ipv4Header& header) noexcept {
  return static_cast<std::uint16_t>((header.dont_fragment ? kIpv4DontFragment : 0) |
                                    (header.more_fragments ? kIpv4MoreFragments : 0) |
                                    (header.fragment_offset & kIpv4FragmentOffset));
}

/// The sum of the words that update_ipv4() does not write.
[[nodiscard]] inline std::uint16_t ipv4_unchanging_sum(const Ipv4Header& header) noexcept {
  constexpr std::uint64_t kVersionAndLength = (4 << 4 | kIpv4MinHeader / 4) << 8;
  return sums::fold(kVersionAndLength + ipv4_fragment_word(header) + header.source.v4_value() +
                    header.destination.v4_value());
}

/// Writes 20 bytes, all fields; the checksum when `with_checksum`, else zero (the NIC fills it in).
inline void build_ipv4(const Ipv4Header& header, std::span<std::byte> out, bool with_checksum) noexcept {
  std::byte* p = out.data();
  store_u8(p, 4 << 4 | kIpv4MinHeader / 4);
  store_be16(p + 6, ipv4_fragment_word(header));
  store_ipv4(p + 12, header.source);
  store_ipv4(p + 16, header.destination);
  update_ipv4(header, out, 0);
  if (with_checksum) store_be16(p + 10, checksum(out.first<kIpv4MinHeader>()));
}

}  // namespace millrace::wire
