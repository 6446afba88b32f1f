// Instants as ticks of 2^kShift ns, counted from the epoch of Time.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace millrace::timer {

template <unsigned kShift>
struct Ticks {
  /// The tick that `t` lies in.
  static constexpr std::int64_t at(Time t) noexcept { return to_ns(t) >> kShift; }
  /// The first tick that does not begin before `t`. Rounding after the shift: before, "never" would overflow.
  static constexpr std::int64_t not_before(Time t) noexcept {
    constexpr std::int64_t kMask = (std::int64_t{1} << kShift) - 1;
    return at(t) + ((to_ns(t) & kMask) != 0 ? 1 : 0);
  }
  static constexpr Time start(std::int64_t tick) noexcept { return time_from_ns(tick << kShift); }
};

}  // namespace millrace::timer
