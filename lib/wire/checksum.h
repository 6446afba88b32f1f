// The Internet checksum (RFC 1071): one's complement sum of 16-bit words, over any number of spans.
//
// A span may begin at an odd offset of the whole (chains of buffers do that); the sum of its bytes is then swapped
// (RFC 1071 2 (B)). Values are in host order: a checksum goes on the wire by store_be16. Data whose own checksum field
// is right sums to a value() of 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/address.h"

namespace millrace::wire {

class Checksum {
 public:
  /// Appends bytes.
  void add(std::span<const std::byte> bytes) noexcept;

  /// The folded sum, not complemented: what a NIC that fills in the rest wants in the field.
  [[nodiscard]] std::uint16_t sum() const noexcept;
  /// The checksum: the complement of sum().
  [[nodiscard]] std::uint16_t value() const noexcept { return static_cast<std::uint16_t>(~sum()); }

 private:
  friend Checksum pseudo_header(const IpAddress&, const IpAddress&, std::uint8_t, std::uint32_t) noexcept;

  // Modulo 2^64 - 1. Words as they lie in memory: the sum does not depend on byte order except for a swap at the end
  // (RFC 1071 2 (B)).
  std::uint64_t sum_ = 0;
  bool odd_ = false;  // an odd number of bytes so far
};

[[nodiscard]] std::uint16_t checksum(std::span<const std::byte> bytes) noexcept;

/// The pseudo-header (RFC 9293 3.1, RFC 8200 8.1): addresses of one version, protocol, length of header and text.
[[nodiscard]] Checksum pseudo_header(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                     std::uint32_t length) noexcept;

/// The checksum of a contiguous TCP segment whose field is zero; 0 for a received segment whose field is right.
[[nodiscard]] std::uint16_t tcp_checksum(const IpAddress& source, const IpAddress& destination,
                                         std::span<const std::byte> segment) noexcept;

}  // namespace millrace::wire
