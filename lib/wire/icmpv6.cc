// ICMPv6 (RFC 4443): the fixed header, the quoted packet as far as its TCP ports and sequence number, behind its
// extension headers if it had any, and the echo reply in place. Checksums are the caller's to verify.
#include "wire/icmpv6.h"

#include "wire/bytes.h"
#include "wire/checksum.h"
#include "wire/ip_protocol.h"
#include "wire/ipv6.h"

namespace millrace::wire {
namespace {

constexpr std::size_t kQuotedPorts = 8;  // ports and sequence number

}  // namespace

std::optional<Icmpv6Message> parse_icmpv6(std::span<const std::byte> message) noexcept {
  if (message.size() < kIcmpv6Header) return std::nullopt;
  const std::byte* p = message.data();
  Icmpv6Message icmp{load_u8(p), load_u8(p + 1), 0, message.subspan(kIcmpv6Header)};
  if (icmp.type == icmpv6_type::kPacketTooBig) icmp.mtu = load_be32(p + 4);
  return icmp;
}

std::optional<QuotedTcp> parse_quoted_tcp_v6(std::span<const std::byte> quote) noexcept {
  const auto ip = parse_ipv6(quote);
  // A mapped address would be taken for an IPv4 one.
  if (!ip || ip->source.is_v4() || ip->destination.is_v4()) return std::nullopt;
  const auto payload = quote.subspan(kIpv6Header);
  const auto upper = find_upper_layer(ip->next_header, payload);
  if (!upper || upper->protocol != kProtocolTcp || upper->later_fragment) return std::nullopt;
  const auto tcp = payload.subspan(upper->offset);
  if (tcp.size() < kQuotedPorts) return std::nullopt;
  const std::byte* p = tcp.data();
  return QuotedTcp{ip->source, ip->destination, load_be16(p), load_be16(p + 2), SeqNum{load_be32(p + 4)}};
}

std::uint16_t icmpv6_checksum(const IpAddress& source, const IpAddress& destination,
                              std::span<const std::byte> message) noexcept {
  Checksum sum = pseudo_header(source, destination, kProtocolIcmpV6, static_cast<std::uint32_t>(message.size()));
  sum.add(message);
  return sum.value();
}

void make_echo_reply_v6(std::span<std::byte> message, const IpAddress& source, const IpAddress& destination) noexcept {
  std::byte* p = message.data();
  store_u8(p, icmpv6_type::kEchoReply);
  store_be16(p + 2, 0);
  store_be16(p + 2, icmpv6_checksum(source, destination, message));
}

}  // namespace millrace::wire
