// Addresses as values: IP (one 16-byte type for both versions, IPv4 as ::ffff:a.b.c.d) and MAC.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/export.h"

namespace millrace::wire {

/// An IPv4 or IPv6 address in network byte order; IPv4 is v4-mapped (RFC 4291 2.5.5.2).
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< network byte order

  auto operator<=>(const IpAddress&) const = default;
  /// The same sixteen bytes.
  constexpr bool operator==(const IpAddress& other) const noexcept { return words() == other.words(); }

  /// The address as two words of memory: what packets pay for is compared by words.
  struct Words {
    std::uint64_t first;   ///< the first eight bytes, as this machine reads them
    std::uint64_t second;  ///< the last eight: with IPv4 the prefix and the address
    bool operator==(const Words&) const = default;
  };
  /// This address as two words.
  [[nodiscard]] constexpr Words words() const noexcept { return std::bit_cast<Words>(bytes); }

  /// An IPv4 address from its 32 bits in host order: 0x0a000001 is 10.0.0.1.
  [[nodiscard]] static constexpr IpAddress v4(std::uint32_t host_order) noexcept {
    const std::uint64_t last = __builtin_bswap32(host_order);
    return {std::bit_cast<std::array<std::uint8_t, 16>>(Words{0, last << 32 | kV4Prefix})};
  }
  /// ::ffff:0:0/96.
  [[nodiscard]] constexpr bool is_v4() const noexcept {
    const auto [first, second] = words();
    return first == 0 && static_cast<std::uint32_t>(second) == kV4Prefix;
  }
  /// The IPv4 address in host order; meaningful only when is_v4().
  [[nodiscard]] constexpr std::uint32_t v4_value() const noexcept {
    return std::uint32_t{bytes[12]} << 24 | std::uint32_t{bytes[13]} << 16 | std::uint32_t{bytes[14]} << 8 | bytes[15];
  }
  /// 0.0.0.0 or "::".
  [[nodiscard]] constexpr bool is_unspecified() const noexcept {
    return *this == IpAddress{} || (is_v4() && v4_value() == 0);
  }
  /// 224.0.0.0/4 or ff00::/8.
  [[nodiscard]] constexpr bool is_multicast() const noexcept {
    return is_v4() ? (bytes[12] & 0xf0) == 0xe0 : bytes[0] == 0xff;
  }
  /// fe80::/10: good on one link only (RFC 4291 2.5.6).
  [[nodiscard]] constexpr bool is_link_local_v6() const noexcept {
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  }
  /// 127.0.0.0/8 or ::1.
  [[nodiscard]] constexpr bool is_loopback() const noexcept {
    if (is_v4()) return bytes[12] == 127;
    IpAddress one;
    one.bytes[15] = 1;
    return *this == one;
  }

  /// "10.0.0.1" or "2001:db8::1"; nullopt when the text is neither.
  [[nodiscard]] MILLRACE_API static std::optional<IpAddress> parse(std::string_view text);
  /// RFC 5952 text; IPv4 dotted.
  [[nodiscard]] MILLRACE_API std::string to_string() const;

 private:
  static_assert(std::endian::native == std::endian::little);
  static constexpr std::uint32_t kV4Prefix = 0xffff'0000;  ///< bytes 8 to 11 as they lie in memory: 0, 0, ff, ff
};

/// The address of an Ethernet station or group (IEEE 802).
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};  ///< in the order of the wire

  auto operator<=>(const MacAddress&) const = default;
  /// A group, broadcast included.
  [[nodiscard]] constexpr bool is_multicast() const noexcept { return (bytes[0] & 1) != 0; }
  /// One that a station may have: neither a group nor all zeros.
  [[nodiscard]] constexpr bool is_host() const noexcept { return !is_multicast() && *this != MacAddress{}; }
  /// Every station: ff:ff:ff:ff:ff:ff.
  [[nodiscard]] static constexpr MacAddress broadcast() noexcept { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }
  /// "52:54:00:12:34:56", in small or capital letters; nullopt when the text is no such address.
  [[nodiscard]] MILLRACE_API static std::optional<MacAddress> parse(std::string_view text);
  /// The form that parse() takes.
  [[nodiscard]] MILLRACE_API std::string to_string() const;
};

/// An address block such as 10.0.0.0/24. For IPv4 the length counts IPv4 bits (0..32).
struct IpPrefix {
  IpAddress address;        ///< any of the block; what lies beyond the length does not matter to contains()
  std::uint8_t length = 0;  ///< leading bits that are the block's

  auto operator<=>(const IpPrefix&) const = default;
  /// Whether an address of the same IP version lies in the block; false for one of the other version.
  [[nodiscard]] constexpr bool contains(const IpAddress& a) const noexcept {
    const bool v4 = address.is_v4();
    if (a.is_v4() != v4) return false;
    const unsigned bits = length + (v4 ? 96u : 0u);  // what makes an IPv4 address a mapped one is equal
    const auto [first, second] = address.words();
    const auto [a_first, a_second] = a.words();
    if (bits <= 64) return ((first ^ a_first) & leading_bits(bits)) == 0;
    return first == a_first && ((second ^ a_second) & leading_bits(bits - 64)) == 0;
  }
  /// "10.0.0.0/24" or "2001:db8::/64"; nullopt when the text is no prefix.
  [[nodiscard]] MILLRACE_API static std::optional<IpPrefix> parse(std::string_view text);
  /// The form that parse() takes.
  [[nodiscard]] MILLRACE_API std::string to_string() const;

 private:
  /// A mask of the first `n` (0 to 64) bits of a word of an address, as it lies in memory.
  [[nodiscard]] static constexpr std::uint64_t leading_bits(unsigned n) noexcept {
    return n == 0 ? 0 : __builtin_bswap64(~std::uint64_t{0} << (64 - n));
  }
};

}  // namespace millrace::wire
