// ICMPv6 (RFC 4443) as far as a TCP host needs it: echo, and errors with the TCP segment that they quote.
//
// An error quotes as much of the packet as fits, extension headers included (RFC 4443 2.4 (c)). Every checksum covers
// the pseudo-header. Which errors are soft or hard is TCP's decision; neighbor discovery is wire/ndp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/address.h"
#include "wire/icmp.h"

namespace millrace::wire {

inline constexpr std::size_t kIcmpv6Header = 8;

namespace icmpv6_type {
inline constexpr std::uint8_t kDestinationUnreachable = 1, kPacketTooBig = 2, kTimeExceeded = 3, kParameterProblem = 4,
                              kEchoRequest = 128, kEchoReply = 129, kRouterSolicitation = 133,
                              kRouterAdvertisement = 134, kNeighborSolicitation = 135, kNeighborAdvertisement = 136,
                              kRedirect = 137;
}
namespace icmpv6_code {
inline constexpr std::uint8_t kAddressUnreachable = 3, kPortUnreachable = 4;  ///< of destination unreachable
}

struct Icmpv6Message {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;             ///< of "packet too big"
  std::span<const std::byte> quote;  ///< what follows the 8-byte header
};

/// nullopt when shorter than 8 bytes. The checksum (icmpv6_checksum) is a separate question.
[[nodiscard]] std::optional<Icmpv6Message> parse_icmpv6(std::span<const std::byte> message) noexcept;

/// True for the errors that quote the packet that caused them (RFC 4443 2.1): unreachable, too big, time exceeded,
/// parameter problem.
[[nodiscard]] constexpr bool is_icmpv6_error(std::uint8_t type) noexcept {
  return type >= icmpv6_type::kDestinationUnreachable && type <= icmpv6_type::kParameterProblem;
}
/// True for router and neighbor solicitations and advertisements, and redirects (RFC 4861 4).
[[nodiscard]] constexpr bool is_ndp(std::uint8_t type) noexcept {
  return type >= icmpv6_type::kRouterSolicitation && type <= icmpv6_type::kRedirect;
}

/// nullopt unless the quote holds the start of an unfragmented (or first fragment of a) TCP segment over IPv6.
[[nodiscard]] std::optional<QuotedTcp> parse_quoted_tcp_v6(std::span<const std::byte> quote) noexcept;

/// The checksum of a contiguous message whose field is zero; 0 for a received one whose field is right (RFC 4443 2.3).
[[nodiscard]] std::uint16_t icmpv6_checksum(const IpAddress& source, const IpAddress& destination,
                                            std::span<const std::byte> message) noexcept;

/// Turns an echo request into its reply where it lies; `source` is the replier. The message has at least 8 bytes.
void make_echo_reply_v6(std::span<std::byte> message, const IpAddress& source, const IpAddress& destination) noexcept;

}  // namespace millrace::wire
