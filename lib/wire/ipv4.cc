// The IPv4 header (RFC 791 3.1), DSCP and ECN apart (RFC 2474, RFC 3168). Options are skipped by IHL on reading and
// never written. Whether total_length fits the packet, and whether the checksum holds, is the caller's to check.
#include "wire/ipv4.h"

#include "wire/bytes.h"
#include "wire/checksum.h"

namespace millrace::wire {
namespace {

constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kOffsetMask = 0x1fff;

}  // namespace

std::optional<Ipv4Header> parse_ipv4(std::span<const std::byte> packet) noexcept {
  if (packet.size() < kIpv4MinHeader) return std::nullopt;
  const std::byte* p = packet.data();
  const std::uint8_t version_ihl = load_u8(p);
  const std::size_t header_length = std::size_t{version_ihl & 0x0fu} * 4;
  if (version_ihl >> 4 != 4 || header_length < kIpv4MinHeader || header_length > packet.size()) return std::nullopt;

  Ipv4Header header;
  header.header_length = static_cast<std::uint8_t>(header_length);
  header.total_length = load_be16(p + 2);
  if (header.total_length < header_length) return std::nullopt;
  const std::uint8_t tos = load_u8(p + 1);
  header.dscp = tos >> 2;
  header.ecn = tos & 3;
  header.id = load_be16(p + 4);
  const std::uint16_t fragment = load_be16(p + 6);
  header.dont_fragment = (fragment & kDontFragment) != 0;
  header.more_fragments = (fragment & kMoreFragments) != 0;
  header.fragment_offset = fragment & kOffsetMask;
  header.ttl = load_u8(p + 8);
  header.protocol = load_u8(p + 9);
  header.source = load_ipv4(p + 12);
  header.destination = load_ipv4(p + 16);
  return header;
}

bool ipv4_checksum_ok(std::span<const std::byte> header) noexcept { return checksum(header) == 0; }

void build_ipv4(const Ipv4Header& header, std::span<std::byte> out, bool with_checksum) noexcept {
  std::byte* p = out.data();
  store_u8(p, 4 << 4 | kIpv4MinHeader / 4);
  store_u8(p + 1, static_cast<std::uint8_t>(header.dscp << 2 | (header.ecn & 3)));
  store_be16(p + 2, header.total_length);
  store_be16(p + 4, header.id);
  store_be16(p + 6, static_cast<std::uint16_t>((header.dont_fragment ? kDontFragment : 0) |
                                               (header.more_fragments ? kMoreFragments : 0) |
                                               (header.fragment_offset & kOffsetMask)));
  store_u8(p + 8, header.ttl);
  store_u8(p + 9, header.protocol);
  store_be16(p + 10, 0);
  store_ipv4(p + 12, header.source);
  store_ipv4(p + 16, header.destination);
  if (with_checksum) store_be16(p + 10, checksum(out.first(kIpv4MinHeader)));
}

}  // namespace millrace::wire
