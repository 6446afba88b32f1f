// Sequence numbers: 32 bits that wrap (RFC 9293 3.4).
//
// The ordering operators compare modulo 2^32 and are meaningful for numbers less than 2^31 apart, which every
// window guarantees. It is not a total order: never sort by it across a whole space.
#pragma once

#include <cstdint>

namespace millrace::wire {

class SeqNum {
 public:
  constexpr SeqNum() = default;
  constexpr explicit SeqNum(std::uint32_t raw) noexcept : raw_(raw) {}
  [[nodiscard]] constexpr std::uint32_t raw() const noexcept { return raw_; }

  constexpr SeqNum& operator+=(std::uint32_t n) noexcept {
    raw_ += n;
    return *this;
  }
  constexpr SeqNum& operator-=(std::uint32_t n) noexcept {
    raw_ -= n;
    return *this;
  }
  friend constexpr SeqNum operator+(SeqNum a, std::uint32_t n) noexcept { return SeqNum{a.raw_ + n}; }
  friend constexpr SeqNum operator-(SeqNum a, std::uint32_t n) noexcept { return SeqNum{a.raw_ - n}; }
  /// Distance from b up to a, modulo 2^32; use when a is known not to precede b.
  friend constexpr std::uint32_t operator-(SeqNum a, SeqNum b) noexcept { return a.raw_ - b.raw_; }

  friend constexpr bool operator==(SeqNum, SeqNum) = default;
  friend constexpr bool operator<(SeqNum a, SeqNum b) noexcept {
    return static_cast<std::int32_t>(a.raw_ - b.raw_) < 0;
  }
  friend constexpr bool operator>(SeqNum a, SeqNum b) noexcept { return b < a; }
  friend constexpr bool operator<=(SeqNum a, SeqNum b) noexcept { return !(b < a); }
  friend constexpr bool operator>=(SeqNum a, SeqNum b) noexcept { return !(a < b); }

 private:
  std::uint32_t raw_ = 0;
};

[[nodiscard]] constexpr SeqNum max(SeqNum a, SeqNum b) noexcept { return a < b ? b : a; }
[[nodiscard]] constexpr SeqNum min(SeqNum a, SeqNum b) noexcept { return a < b ? a : b; }

/// low <= s < low + length, modulo 2^32.
[[nodiscard]] constexpr bool in_window(SeqNum s, SeqNum low, std::uint32_t length) noexcept { return s - low < length; }

}  // namespace millrace::wire
