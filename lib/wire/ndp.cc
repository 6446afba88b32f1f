// Neighbor discovery (RFC 4861 4, 6.1, 7.1). Options are walked once; one of length 0 or beyond the message spoils all
// of it (4.6), unknown ones are skipped. The first option of a kind counts.
#include "wire/ndp.h"

#include <algorithm>

#include "wire/bytes.h"
#include "wire/icmpv6.h"

namespace millrace::wire {
namespace {

constexpr std::size_t kTargetMessage = 24;  // solicitation and advertisement of a neighbor, without options
constexpr std::size_t kRouterSolicitation = 8;
constexpr std::size_t kRouterAdvertisement = 16;
constexpr std::size_t kOptionUnit = 8;
constexpr std::uint8_t kSourceMac = 1, kTargetMac = 2, kPrefix = 3, kMtu = 5;
constexpr std::size_t kPrefixUnits = 4;

/// What the options say, of all kinds of messages.
struct Options {
  std::optional<MacAddress> source_mac, target_mac;
  std::uint32_t mtu = 0;
  std::array<PrefixInformation, RouterAdvertisement::kMostPrefixes> prefixes{};
  std::uint8_t prefix_count = 0;
};

void take_prefix(Options& all, std::span<const std::byte> option) noexcept {
  constexpr std::uint8_t kOnLink = 0x80, kAutonomous = 0x40;
  const std::uint8_t length = load_u8(&option[2]);
  if (length > 128 || all.prefix_count == all.prefixes.size()) return;
  const std::uint8_t flags = load_u8(&option[3]);
  all.prefixes[all.prefix_count++] = {{load_ipv6(&option[16]), length},
                                      (flags & kOnLink) != 0,
                                      (flags & kAutonomous) != 0,
                                      load_be32(&option[4]),
                                      load_be32(&option[8])};
}

void take_option(Options& all, std::span<const std::byte> option) noexcept {
  const std::uint8_t type = load_u8(&option[0]);
  const std::size_t units = option.size() / kOptionUnit;
  if (type == kSourceMac && units == 1 && !all.source_mac) all.source_mac = load_mac(&option[2]);
  if (type == kTargetMac && units == 1 && !all.target_mac) all.target_mac = load_mac(&option[2]);
  if (type == kMtu && units == 1 && all.mtu == 0) all.mtu = load_be32(&option[4]);
  if (type == kPrefix && units == kPrefixUnits) take_prefix(all, option);
}

std::optional<Options> parse_options(std::span<const std::byte> bytes) noexcept {
  Options all;
  while (!bytes.empty()) {
    if (bytes.size() < kOptionUnit) return std::nullopt;
    const std::size_t size = load_u8(&bytes[1]) * kOptionUnit;
    if (size == 0 || size > bytes.size()) return std::nullopt;
    take_option(all, bytes.first(size));
    bytes = bytes.subspan(size);
  }
  return all;
}

std::optional<NdpMessage> parse_neighbor(std::uint8_t type, std::span<const std::byte> message,
                                         const Options& options) noexcept {
  const IpAddress target = load_ipv6(&message[8]);
  // A mapped address would be taken for an IPv4 one; the unspecified one names nobody.
  if (target.is_multicast() || target.is_v4() || target.is_unspecified()) return std::nullopt;
  if (type == icmpv6_type::kNeighborSolicitation) return NeighborSolicitation{target, options.source_mac};
  constexpr std::uint8_t kRouter = 0x80, kSolicited = 0x40, kOverride = 0x20;
  const std::uint8_t flags = load_u8(&message[4]);
  return NeighborAdvertisement{target, (flags & kRouter) != 0, (flags & kSolicited) != 0, (flags & kOverride) != 0,
                               options.target_mac};
}

RouterAdvertisement router_advertisement(std::span<const std::byte> message, const Options& options) noexcept {
  RouterAdvertisement router;
  router.hop_limit = load_u8(&message[4]);
  router.lifetime_s = load_be16(&message[6]);
  router.mtu = options.mtu;
  router.source_mac = options.source_mac;
  router.prefixes = options.prefixes;
  router.prefix_count = options.prefix_count;
  return router;
}

/// Bytes in front of the options; 0 for what is no such message.
std::size_t fixed_size(std::uint8_t type) noexcept {
  switch (type) {
    case icmpv6_type::kNeighborSolicitation:
    case icmpv6_type::kNeighborAdvertisement:
      return kTargetMessage;
    case icmpv6_type::kRouterSolicitation:
      return kRouterSolicitation;
    case icmpv6_type::kRouterAdvertisement:
      return kRouterAdvertisement;
    default:
      return 0;
  }
}

/// The ICMPv6 header with an empty checksum, and four bytes that begin with `flags`.
void put_head(std::span<std::byte> out, std::uint8_t type, std::uint8_t flags) noexcept {
  std::fill_n(out.begin(), kTargetMessage, std::byte{0});
  store_u8(&out[0], type);
  store_u8(&out[4], flags);
}

/// Returns the size of the message with the option, if there is one.
std::size_t put_mac(std::span<std::byte> out, std::size_t at, std::uint8_t type,
                    const std::optional<MacAddress>& mac) noexcept {
  if (!mac) return at;
  store_u8(&out[at], type);
  store_u8(&out[at + 1], 1);
  store_mac(&out[at + 2], *mac);
  return at + kOptionUnit;
}

}  // namespace

std::optional<NdpMessage> parse_ndp(std::span<const std::byte> message) noexcept {
  if (message.size() < kIcmpv6Header) return std::nullopt;
  const std::uint8_t type = load_u8(&message[0]);
  const std::size_t fixed = fixed_size(type);
  if (fixed == 0 || message.size() < fixed || load_u8(&message[1]) != 0) return std::nullopt;
  const auto options = parse_options(message.subspan(fixed));
  if (!options) return std::nullopt;
  if (type == icmpv6_type::kRouterSolicitation) return RouterSolicitation{options->source_mac};
  if (type == icmpv6_type::kRouterAdvertisement) return router_advertisement(message, *options);
  return parse_neighbor(type, message, *options);
}

std::size_t build_ndp(const NeighborSolicitation& message, std::span<std::byte> out) noexcept {
  put_head(out, icmpv6_type::kNeighborSolicitation, 0);
  store_ipv6(&out[8], message.target);
  return put_mac(out, kTargetMessage, kSourceMac, message.source_mac);
}

std::size_t build_ndp(const NeighborAdvertisement& message, std::span<std::byte> out) noexcept {
  const int flags = (message.router ? 0x80 : 0) | (message.solicited ? 0x40 : 0) | (message.overrides ? 0x20 : 0);
  put_head(out, icmpv6_type::kNeighborAdvertisement, static_cast<std::uint8_t>(flags));
  store_ipv6(&out[8], message.target);
  return put_mac(out, kTargetMessage, kTargetMac, message.target_mac);
}

std::size_t build_ndp(const RouterSolicitation& message, std::span<std::byte> out) noexcept {
  put_head(out, icmpv6_type::kRouterSolicitation, 0);
  return put_mac(out, kRouterSolicitation, kSourceMac, message.source_mac);
}

}  // namespace millrace::wire
