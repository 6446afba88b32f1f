// The IPv6 header and the walk over extension headers (RFC 8200 3, 4), bounded in number and by the bytes there are.
// What a header asks of a host that does not know it is obeyed, but never answered: no parameter problem is sent.
#include "wire/ipv6.h"

namespace millrace::wire {
namespace {

constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kDestinationOptions = 60;
constexpr std::size_t kExtensionUnit = 8;
constexpr std::uint16_t kFragmentMore = 1;
constexpr std::uint16_t kFragmentOffset = 0xfff8;

/// Hop-by-hop options stand directly behind the fixed header and nowhere else (RFC 8200 4.1).
bool is_extension(std::uint8_t next_header, unsigned walked) noexcept {
  return (next_header == kHopByHop && walked == 0) || next_header == kRouting || next_header == kFragment ||
         next_header == kDestinationOptions;
}

/// RFC 8200 4.2: an option that we do not know may be skipped when its two highest bits are 00. We know padding only.
bool options_may_be_skipped(std::span<const std::byte> options) noexcept {
  constexpr std::uint8_t kPad1 = 0, kPadN = 1, kAction = 0xc0;
  unsigned count = 0;
  while (!options.empty()) {
    const std::uint8_t type = load_u8(options.data());
    if (type == kPad1) {
      options = options.subspan(1);
      continue;
    }
    if (options.size() < 2) return false;
    const std::size_t size = 2u + load_u8(&options[1]);
    if (size > options.size() || (type & kAction) != 0) return false;
    if (type != kPadN && ++count > kMaxExtensionOptions) return false;
    options = options.subspan(size);
  }
  return true;
}

/// Whether a host that acts on no extension may go on to what follows this one.
bool may_be_skipped(std::uint8_t kind, std::span<const std::byte> header) noexcept {
  if (kind == kRouting) return load_u8(&header[3]) == 0;  // RFC 8200 4.4: segments left
  return kind == kFragment || options_may_be_skipped(header.subspan(2));
}

}  // namespace

bool parse_ipv6(std::span<const std::byte> packet, Ipv6Header& header) noexcept {
  if (packet.size() < kIpv6Header) return false;
  const std::byte* p = packet.data();
  const std::uint32_t first = load_be32(p);
  if (first >> 28 != 6) return false;
  header.dscp = static_cast<std::uint8_t>(first >> 22 & 0x3f);
  header.ecn = static_cast<std::uint8_t>(first >> 20 & 3);
  header.flow_label = first & 0xf'ffff;
  header.payload_length = load_be16(p + 4);
  header.next_header = load_u8(p + 6);
  header.hop_limit = load_u8(p + 7);
  header.source = load_ipv6(p + 8);
  header.destination = load_ipv6(p + 24);
  return true;
}

void build_ipv6(const Ipv6Header& header, std::span<std::byte> out) noexcept {
  update_ipv6(header, out);
  store_ipv6(out.data() + 8, header.source);
  store_ipv6(out.data() + 24, header.destination);
}

std::optional<Ipv6UpperLayer> find_upper_layer(std::uint8_t next_header, std::span<const std::byte> payload) noexcept {
  Ipv6UpperLayer upper{next_header};
  for (unsigned walked = 0; is_extension(upper.protocol, walked); ++walked) {
    const auto rest = payload.subspan(upper.offset);
    if (walked == kMaxExtensionHeaders || rest.size() < kExtensionUnit) return std::nullopt;
    const bool is_fragment_header = upper.protocol == kFragment;
    // A fragment header is always 8 bytes; its second byte is reserved (RFC 8200 4.5).
    const std::size_t size = is_fragment_header ? kExtensionUnit : (load_u8(&rest[1]) + 1u) * kExtensionUnit;
    if (size > rest.size() || !may_be_skipped(upper.protocol, rest.first(size))) return std::nullopt;
    upper.protocol = load_u8(&rest[0]);
    upper.offset += size;
    if (!is_fragment_header) continue;
    const std::uint16_t fragment = load_be16(&rest[2]);
    if ((fragment & (kFragmentOffset | kFragmentMore)) != 0) upper.fragment = true;
    upper.later_fragment = (fragment & kFragmentOffset) != 0;
    if (upper.later_fragment) return upper;
  }
  return upper;
}

}  // namespace millrace::wire
