#include "congestion_mark.h"

#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace millrace::link {
namespace {

constexpr std::uint16_t kCe = 3;  // both bits; 0: not ECN-capable (RFC 3168 5)
constexpr std::size_t kIpv4Checksum = 10;
constexpr std::size_t kIpv6FirstWords = 4;

/// HC' = ~(~HC + ~m + m') (RFC 1624 3), for one word of the header that changes from `before` to `after`.
void correct_checksum(std::byte* header, std::uint16_t before, std::uint16_t after) noexcept {
  std::uint32_t sum = static_cast<std::uint16_t>(~wire::load_be16(header + kIpv4Checksum));
  sum += static_cast<std::uint16_t>(~before);
  sum += after;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  wire::store_be16(header + kIpv4Checksum, static_cast<std::uint16_t>(~sum));
}

/// The field is the low bits of the second byte.
bool mark_ipv4(std::span<std::byte> packet) noexcept {
  if (packet.size() < wire::kIpv4MinHeader) return false;
  const std::uint16_t before = wire::load_be16(packet.data());
  if ((before & kCe) == 0) return false;
  const auto after = static_cast<std::uint16_t>(before | kCe);
  wire::store_be16(packet.data(), after);
  correct_checksum(packet.data(), before, after);
  return true;
}

/// The traffic class lies across the first two bytes (RFC 8200 3): its low bits are the upper half of the second.
bool mark_ipv6(std::span<std::byte> packet) noexcept {
  if (packet.size() < kIpv6FirstWords) return false;
  const std::uint16_t before = wire::load_be16(packet.data());
  if ((before >> 4 & kCe) == 0) return false;
  wire::store_be16(packet.data(), static_cast<std::uint16_t>(before | kCe << 4));
  return true;
}

}  // namespace

bool mark_congestion(std::span<std::byte> frame) noexcept {
  const auto ethernet = wire::parse_ethernet(frame);
  if (!ethernet) return false;
  const std::span<std::byte> packet = frame.subspan(ethernet->header_length);
  if (ethernet->type == wire::kEtherTypeIpv4) return mark_ipv4(packet);
  if (ethernet->type == wire::kEtherTypeIpv6) return mark_ipv6(packet);
  return false;
}

}  // namespace millrace::link
