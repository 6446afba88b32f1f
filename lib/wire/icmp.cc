// ICMP for IPv4 (RFC 792): the fixed header, the quoted datagram as far as its TCP ports and sequence number (8 bytes
// is all that a router must quote), and the echo reply in place. Checksums are the caller's to verify.
#include "wire/icmp.h"

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ip_protocol.h"
#include "wire/ipv4.h"

namespace millrace::wire {
namespace {

constexpr std::size_t kQuotedTcp = 8;  // ports and sequence number

}  // namespace

std::optional<IcmpMessage> parse_icmp(std::span<const std::byte> message) noexcept {
  if (message.size() < kIcmpHeader) return std::nullopt;
  const std::byte* p = message.data();
  IcmpMessage icmp{load_u8(p), load_u8(p + 1), 0, message.subspan(kIcmpHeader)};
  if (icmp.type == icmp_type::kDestinationUnreachable && icmp.code == icmp_code::kFragmentationNeeded)
    icmp.next_hop_mtu = load_be16(p + 6);
  return icmp;
}

bool is_icmp_error(std::uint8_t type) noexcept {
  return type == icmp_type::kDestinationUnreachable || type == icmp_type::kTimeExceeded ||
         type == icmp_type::kParameterProblem;
}

std::optional<QuotedTcp> parse_quoted_tcp(std::span<const std::byte> quote) noexcept {
  const auto ip = parse_ipv4(quote);
  if (!ip || ip->protocol != kProtocolTcp || ip->fragment_offset != 0) return std::nullopt;
  const auto tcp = quote.subspan(ip->header_length);
  if (tcp.size() < kQuotedTcp) return std::nullopt;
  const std::byte* p = tcp.data();
  return QuotedTcp{ip->source, ip->destination, load_be16(p), load_be16(p + 2), SeqNum{load_be32(p + 4)}};
}

void make_echo_reply(std::span<std::byte> message) noexcept {
  std::byte* p = message.data();
  store_u8(p, icmp_type::kEchoReply);
  store_be16(p + 2, 0);
  store_be16(p + 2, checksum(message));
}

}  // namespace millrace::wire
