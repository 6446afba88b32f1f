// ICMP for IPv4 (RFC 792) as far as a TCP host needs it: echo, and errors with the TCP segment that they quote.
//
// An error quotes the IP header and at least 8 bytes of what followed: ports and sequence number (RFC 792, RFC 1122
// 3.2.2). Which errors are soft or hard is TCP's decision; this room only names them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/address.h"
#include "wire/seq_num.h"

namespace millrace::wire {

inline constexpr std::size_t kIcmpHeader = 8;

namespace icmp_type {
inline constexpr std::uint8_t kEchoReply = 0, kDestinationUnreachable = 3, kSourceQuench = 4, kEchoRequest = 8,
                              kTimeExceeded = 11, kParameterProblem = 12;
}
namespace icmp_code {
inline constexpr std::uint8_t kProtocolUnreachable = 2, kPortUnreachable = 3, kFragmentationNeeded = 4;
}
struct IcmpMessage {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint16_t next_hop_mtu = 0;    ///< of "fragmentation needed" (RFC 1191); 0 when the router gave none
  std::span<const std::byte> quote;  ///< what follows the 8-byte header
};

/// nullopt when shorter than 8 bytes. The checksum (over the whole message) is a separate question.
[[nodiscard]] std::optional<IcmpMessage> parse_icmp(std::span<const std::byte> message) noexcept;

/// True for the types that quote the packet that caused them: unreachable, time exceeded, parameter problem.
[[nodiscard]] bool is_icmp_error(std::uint8_t type) noexcept;

/// The segment that an error is about, as we sent it: source is our side.
struct QuotedTcp {
  IpAddress source;
  IpAddress destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  SeqNum seq;
};

/// nullopt unless the quote holds the start of an unfragmented (or first fragment of a) TCP segment over IPv4.
[[nodiscard]] std::optional<QuotedTcp> parse_quoted_tcp(std::span<const std::byte> quote) noexcept;

/// Turns an echo request into its reply where it lies: type, and checksum anew. The message has at least 8 bytes.
void make_echo_reply(std::span<std::byte> message) noexcept;

}  // namespace millrace::wire
