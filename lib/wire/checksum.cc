// One's complement sums, eight bytes at a time: the carries of 64-bit additions gather in the upper half of a 128-bit
// accumulator (one add, one adc per word) and are folded at the end.
#include "wire/checksum.h"

#include <cstring>

#include "wire/ip_protocol.h"

namespace millrace::wire {
namespace {

__extension__ typedef unsigned __int128 Accumulator;

std::uint64_t load_native(const std::byte* p, std::size_t n) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, p, n);
  return word;
}

/// Folds to 16 bits, keeping the value modulo 2^16 - 1.
std::uint16_t fold(std::uint64_t sum) noexcept {
  sum = (sum & 0xffff'ffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t sum_of(std::span<const std::byte> bytes) noexcept {
  Accumulator total = 0;
  const std::byte* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= 32; n -= 32, p += 32) {
    total += load_native(p, 8);
    total += load_native(p + 8, 8);
    total += load_native(p + 16, 8);
    total += load_native(p + 24, 8);
  }
  for (; n >= 8; n -= 8, p += 8) total += load_native(p, 8);
  if (n > 0) total += load_native(p, n);  // zeros behind the last byte do not change the sum
  return fold(fold(static_cast<std::uint64_t>(total)) + static_cast<std::uint64_t>(total >> 64));
}

}  // namespace

void Checksum::add(std::span<const std::byte> bytes) noexcept {
  const std::uint16_t part = sum_of(bytes);
  sum_ += odd_ ? __builtin_bswap16(part) : part;
  odd_ = odd_ != (bytes.size() % 2 != 0);
}

std::uint16_t Checksum::sum() const noexcept { return __builtin_bswap16(fold(sum_)); }

std::uint16_t checksum(std::span<const std::byte> bytes) noexcept {
  Checksum c;
  c.add(bytes);
  return c.value();
}

Checksum pseudo_header(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                       std::uint32_t length) noexcept {
  Checksum c;
  // Both versions have the same form: addresses, length, protocol; fields of zeros do not count.
  const std::size_t skip = source.is_v4() && destination.is_v4() ? 12 : 0;
  c.add(std::as_bytes(std::span{source.bytes}).subspan(skip));
  c.add(std::as_bytes(std::span{destination.bytes}).subspan(skip));
  c.add_word(static_cast<std::uint16_t>(length >> 16));
  c.add_word(static_cast<std::uint16_t>(length));
  c.add_word(protocol);
  return c;
}

std::uint16_t tcp_checksum(const IpAddress& source, const IpAddress& destination,
                           std::span<const std::byte> segment) noexcept {
  Checksum c = pseudo_header(source, destination, kProtocolTcp, static_cast<std::uint32_t>(segment.size()));
  c.add(segment);
  return c.value();
}

}  // namespace millrace::wire
