// Time as the stack sees it: a point and a span in nanoseconds, passed as an argument.
//
// StackClock deliberately has no now(): below the worker no code can read a clock, so every run can be
// replayed on a manual one. Only base/tsc_clock and the programs turn a real clock into a Time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace millrace {

/// A clock in the sense of std::chrono that nobody can read: it has no now().
struct StackClock {
  using rep = std::int64_t;                                ///< how ticks are counted
  using period = std::nano;                                ///< one tick: a nanosecond
  using duration = std::chrono::duration<rep, period>;     ///< see Duration
  using time_point = std::chrono::time_point<StackClock>;  ///< see Time
  static constexpr bool is_steady = true;                  ///< it is never set back
};

/// Nanoseconds since an epoch that the clock's owner chose; only differences mean anything.
using Time = StackClock::time_point;
/// A signed span of nanoseconds.
using Duration = StackClock::duration;

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// The instant `ns` nanoseconds after the epoch.
constexpr Time time_from_ns(std::int64_t ns) noexcept { return Time{Duration{ns}}; }
/// Nanoseconds since the epoch.
constexpr std::int64_t to_ns(Time t) noexcept { return t.time_since_epoch().count(); }
/// Nanoseconds.
constexpr std::int64_t to_ns(Duration d) noexcept { return d.count(); }
/// Microseconds, the rest cut off.
constexpr std::int64_t to_us(Duration d) noexcept { return d.count() / 1000; }
/// Milliseconds, the rest cut off.
constexpr std::int64_t to_ms(Duration d) noexcept { return d.count() / 1'000'000; }

/// The first of two deadlines that need not be there.
constexpr std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) noexcept {
  if (!a || !b) return a ? a : b;
  return *a < *b ? a : b;
}

}  // namespace millrace
