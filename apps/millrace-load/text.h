// Text without end that is known at every offset: what connections send, and what they shall receive.
//
// A text is a block repeated for ever. The block lies in memory with one largest segment behind it, so any stretch of a
// segment's length is contiguous, wherever it begins: sending is a copy, verifying a comparison. A position is an
// offset modulo the period.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace millrace::load {

class Text {
 public:
  static constexpr std::size_t kLongestStretch = 9216;  ///< bytes; a segment on a link with jumbo frames
  static constexpr std::size_t kLongestPeriod = 65535;  ///< positions have 16 bits

  /// The block; 1 to kLongestPeriod bytes.
  explicit Text(std::span<const std::byte> block);
  explicit Text(std::string_view block) : Text(std::as_bytes(std::span{block})) {}

  /// Random bytes with a prime period, so that a shift by whole buffers or segments is seen.
  [[nodiscard]] static Text pattern();
  /// RFC 864: what chargen sends.
  [[nodiscard]] static Text chargen();

  [[nodiscard]] std::uint32_t period() const noexcept { return period_; }
  /// `length` bytes from a position below period(); length is at most kLongestStretch.
  [[nodiscard]] const std::byte* at(std::uint32_t position) const noexcept { return bytes_.data() + position; }
  /// The position `n` bytes further on.
  [[nodiscard]] std::uint16_t advance(std::uint32_t position, std::uint32_t n) const noexcept {
    const std::uint32_t next = position + (n < period_ ? n : n % period_);
    return static_cast<std::uint16_t>(next < period_ ? next : next - period_);
  }
  /// The first byte of `got` that is not the text's from `position` on; got.size() when all are.
  [[nodiscard]] std::size_t difference(std::uint32_t position, std::span<const std::byte> got) const noexcept;

 private:
  std::uint32_t period_;
  std::vector<std::byte> bytes_;
};

}  // namespace millrace::load
