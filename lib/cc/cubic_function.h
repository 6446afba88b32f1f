// CUBIC's function of time (RFC 9438 4.2) in integers: W_cubic(t) = C * (t - K)^3 + W_max and K, the time that it takes
// to come back to W_max. Bytes and ticks of tick.h.
#pragma once

#include <cstdint>

#include "cc/tick.h"

namespace millrace::cc {

/// 2^21 - 1 ticks, 137 s: the farthest that the function is computed from K. C * 137 s ^ 3 is a million segments.
inline constexpr std::int32_t kMaxCubicSpan = (1 << 21) - 1;

/// The whole part of the cube root.
[[nodiscard]] std::uint32_t cube_root(std::uint64_t n) noexcept;

/// K: ticks until the window has grown by `bytes`.
[[nodiscard]] std::uint32_t cubic_k(std::uint32_t bytes, std::uint32_t smss) noexcept;

/// W_cubic after `t` ticks, at most kMaxWindow.
[[nodiscard]] std::uint32_t cubic_window(Tick t, std::uint32_t k, std::uint32_t w_max, std::uint32_t smss) noexcept;

}  // namespace millrace::cc
