// The IPv6 header (RFC 8200 3) and a bounded walk over its extension headers.
//
// The walk finds the upper-layer protocol. It interprets extensions only as far as a host must that acts on none of
// them: options say by their type whether they may be skipped (RFC 8200 4.2), a routing header whether it is used up
// (4.4). It ends at a fragment header that is not the first fragment, because what follows is no upper-layer header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/address.h"
#include "wire/bytes.h"

namespace millrace::wire {

inline constexpr std::size_t kIpv6Header = 40;
/// More extension headers than this are not walked: no honest packet carries them.
inline constexpr unsigned kMaxExtensionHeaders = 8;
/// The same for the options of one header, padding not counted (RFC 8504 5.3).
inline constexpr unsigned kMaxExtensionOptions = 8;

struct Ipv6Header {
  std::uint8_t dscp = 0;
  std::uint8_t ecn = 0;
  std::uint32_t flow_label = 0;      ///< 20 bits
  std::uint16_t payload_length = 0;  ///< what follows the 40 bytes
  std::uint8_t next_header = 0;
  std::uint8_t hop_limit = 0;
  IpAddress source;
  IpAddress destination;
};

/// Into `header`; false when the span is shorter than 40 bytes or the version is not 6.
[[nodiscard]] bool parse_ipv6(std::span<const std::byte> packet, Ipv6Header& header) noexcept;
/// The same, nullopt when it is no such header.
[[nodiscard]] inline std::optional<Ipv6Header> parse_ipv6(std::span<const std::byte> packet) noexcept {
  Ipv6Header header;
  if (!parse_ipv6(packet, header)) return std::nullopt;
  return header;
}
/// Writes into a header of 40 bytes what differs from packet to packet between two hosts: all but the addresses.
inline void update_ipv6(const Ipv6Header& header, std::span<std::byte> out) noexcept {
  std::byte* p = out.data();
  store_be32(p, 6u << 28 | (header.dscp & 0x3fu) << 22 | (header.ecn & 3u) << 20 | (header.flow_label & 0xf'ffff));
  store_be16(p + 4, header.payload_length);
  store_u8(p + 6, header.next_header);
  store_u8(p + 7, header.hop_limit);
}

/// Writes 40 bytes.
void build_ipv6(const Ipv6Header& header, std::span<std::byte> out) noexcept;

struct Ipv6UpperLayer {
  std::uint8_t protocol = 0;    ///< of what lies at `offset`
  std::size_t offset = 0;       ///< from the end of the fixed header
  bool fragment = false;        ///< a fragment header was passed (atomic fragments, RFC 6946, do not count)
  bool later_fragment = false;  ///< and it was not the first fragment: at `offset` is no header
};

/// Walks from `next_header`, whose header lies at the start of `payload`. nullopt when a header is cut short, there are
/// more than kMaxExtensionHeaders, or one says that the packet must be discarded by who does not understand it.
[[nodiscard]] std::optional<Ipv6UpperLayer> find_upper_layer(std::uint8_t next_header,
                                                             std::span<const std::byte> payload) noexcept;

}  // namespace millrace::wire
