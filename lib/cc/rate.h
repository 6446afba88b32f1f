// Rates and spans of time without floating point: gains are percentages, products don't overflow.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cc/facts.h"

namespace millrace::cc {

/// What passes in `span` at `rate`, to the byte below. Spans over 18 seconds count as 18.
[[nodiscard]] constexpr std::uint64_t bytes_in(Rate rate, Duration span) noexcept {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto ns = static_cast<std::uint64_t>(std::clamp<std::int64_t>(to_ns(span), 0, 18'000'000'000));
  return rate / kSecond * ns + rate % kSecond * ns / kSecond;
}

/// `value` times `percent` / 100; exact up to values of 2^54 and percentages below 1024.
[[nodiscard]] constexpr std::uint64_t scaled(std::uint64_t value, std::uint32_t percent) noexcept {
  return value * percent / 100;
}

/// What fits a window.
[[nodiscard]] constexpr std::uint32_t window_bytes(std::uint64_t bytes) noexcept {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, 0xffff'ffff));
}

}  // namespace millrace::cc
