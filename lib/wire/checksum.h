// The Internet checksum (RFC 1071): one's complement sum of 16-bit words, over any number of spans.
//
// A span may begin at an odd offset of the whole (chains of buffers do that); the sum of its bytes is then swapped
// (RFC 1071 2 (B)). Values are in host order: a checksum goes on the wire by store_be16. Data whose own checksum field
// is right sums to a value() of 0.
//
// Eight bytes are added at a time: the carries of 64-bit additions gather in the upper half of a 128-bit accumulator
// (one add, one adc per word). A sum stays 64 bits wide until it is asked for. All of it is inline, because headers
// have sizes that the compiler knows; but long texts are added four bytes at a time, without carries and by vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "wire/address.h"

namespace millrace::wire {
namespace sums {

template <class Word>
[[nodiscard]] inline Word load_native(const std::byte* p) noexcept {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// One's complement addition: the carry comes back in at the end.
[[nodiscard]] inline std::uint64_t add_with_carry(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t sum = a + b;
  return sum + (sum < a ? 1 : 0);
}

/// Folds to 16 bits, keeping the value modulo 2^16 - 1.
[[nodiscard]] inline std::uint16_t fold(std::uint64_t sum) noexcept {
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

/// Fewer than eight bytes; zeros behind the last byte do not change the sum.
[[nodiscard]] inline std::uint64_t last_word(const std::byte* p, std::size_t n) noexcept {
  std::uint64_t word = 0;
  if ((n & 4) != 0) {
    word = load_native<std::uint32_t>(p);
    p += 4;
  }
  std::uint64_t rest = 0;
  if ((n & 2) != 0) {
    rest = load_native<std::uint16_t>(p);
    p += 2;
  }
  if ((n & 1) != 0) rest |= std::to_integer<std::uint64_t>(*p) << ((n & 2) * 8);
  return word + rest;
}

/// From here on sum_of_words() is worth its call.
inline constexpr std::size_t kLong = 256;

/// The sum of so many words of four bytes, fewer than 2^32.
[[nodiscard]] std::uint64_t sum_of_words(const std::byte* p, std::size_t words) noexcept;

/// The sum modulo 2^64 - 1, and so modulo 2^16 - 1.
[[nodiscard]] inline std::uint64_t sum_of(std::span<const std::byte> bytes) noexcept {
  __extension__ typedef unsigned __int128 Accumulator;
  Accumulator total = 0;
  const std::byte* p = bytes.data();
  std::size_t n = bytes.size();
  if (n >= kLong) {
    const std::size_t words = n / 32 * 8;
    total = sum_of_words(p, words);
    p += 4 * words;
    n -= 4 * words;
  }
  for (; n >= 32; n -= 32, p += 32) {
    total += load_native<std::uint64_t>(p);
    total += load_native<std::uint64_t>(p + 8);
    total += load_native<std::uint64_t>(p + 16);
    total += load_native<std::uint64_t>(p + 24);
  }
  for (; n >= 8; n -= 8, p += 8) total += load_native<std::uint64_t>(p);
  const auto whole = add_with_carry(static_cast<std::uint64_t>(total), static_cast<std::uint64_t>(total >> 64));
  return n == 0 ? whole : add_with_carry(whole, last_word(p, n));
}

}  // namespace sums

class Checksum {
 public:
  /// Appends bytes.
  void add(std::span<const std::byte> bytes) noexcept {
    const std::uint64_t part = sums::sum_of(bytes);
    sum_ = sums::add_with_carry(sum_, odd_ ? __builtin_bswap16(sums::fold(part)) : part);
    odd_ = odd_ != (bytes.size() % 2 != 0);
  }

  /// Appends bytes whose sum() is known, as if they were there.
  void add_summed(std::uint16_t sum, std::size_t bytes) noexcept {
    sum_ = sums::add_with_carry(sum_, odd_ ? sum : __builtin_bswap16(sum));
    odd_ = odd_ != (bytes % 2 != 0);
  }

  /// The folded sum, not complemented: what a NIC that fills in the rest wants in the field.
  [[nodiscard]] std::uint16_t sum() const noexcept { return __builtin_bswap16(sums::fold(sum_)); }
  /// The checksum: the complement of sum().
  [[nodiscard]] std::uint16_t value() const noexcept { return static_cast<std::uint16_t>(~sum()); }

 private:
  friend Checksum pseudo_header(const IpAddress&, const IpAddress&, std::uint8_t, std::uint32_t) noexcept;

  // Modulo 2^64 - 1. Words as they lie in memory: the sum does not depend on byte order except for a swap at the end
  // (RFC 1071 2 (B)).
  std::uint64_t sum_ = 0;
  bool odd_ = false;  // an odd number of bytes so far
};

[[nodiscard]] inline std::uint16_t checksum(std::span<const std::byte> bytes) noexcept {
  Checksum c;
  c.add(bytes);
  return c.value();
}

/// The pseudo-header (RFC 9293 3.1, RFC 8200 8.1): addresses of one version, protocol, length of header and text.
[[nodiscard]] inline Checksum pseudo_header(const IpAddress& source, const IpAddress& destination,
                                            std::uint8_t protocol, std::uint32_t length) noexcept {
  // Both versions have the same form: addresses, length, protocol. Fields of zeros do not count, and neither does the
  // ffff that makes an IPv4 address a mapped one: it is the other zero of one's complement.
  const auto [source_first, source_second] = source.words();
  const auto [destination_first, destination_second] = destination.words();
  const std::uint64_t addresses = sums::add_with_carry(sums::add_with_carry(source_first, source_second),
                                                       sums::add_with_carry(destination_first, destination_second));
  Checksum c;
  c.sum_ = sums::add_with_carry(addresses, std::uint64_t{__builtin_bswap32(length)} + __builtin_bswap16(protocol));
  return c;
}

/// The checksum of a contiguous TCP segment whose field is zero; 0 for a received segment whose field is right.
[[nodiscard]] std::uint16_t tcp_checksum(const IpAddress& source, const IpAddress& destination,
                                         std::span<const std::byte> segment) noexcept;

}  // namespace millrace::wire
