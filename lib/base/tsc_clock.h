// Time from the time-stamp counter: one rdtsc and one multiplication, about 10 ns, no system call.
//
// The counter's rate is measured once against CLOCK_MONOTONIC_RAW (which NTP does not bend), so Time starts near that
// clock and drifts from it by the error of the measurement, some parts per million. Valid on every core of a machine
// whose TSC is invariant; tsc_is_invariant() tells, the program decides. Copies agree with each other: calibrate once,
// give each worker a copy.
#pragma once

#include <x86intrin.h>

#include <cstdint>

#include "base/time.h"
#include "base/wide.h"

namespace millrace::base {

/// The same instant on both clocks.
struct ClockPair {
  std::uint64_t cycles;
  std::int64_t ns;
};

class TscClock {
 public:
  /// The clock that runs through both points; `b` is later than `a`.
  TscClock(ClockPair a, ClockPair b) noexcept;
  /// Measures for `span`, spinning.
  [[nodiscard]] static TscClock calibrate(Duration span = milliseconds{15}) noexcept;

  [[nodiscard]] Time now() const noexcept { return at(cycles()); }
  [[nodiscard]] static std::uint64_t cycles() noexcept { return __rdtsc(); }
  /// The Time of a counter value; values before the origin (another core may lag by a few cycles) are earlier Times.
  [[nodiscard]] Time at(std::uint64_t cycles) const noexcept {
    const auto elapsed = static_cast<std::int64_t>(cycles - origin_.cycles);
    return time_from_ns(origin_.ns + static_cast<std::int64_t>((Int128{elapsed} * ns_per_cycle_) >> kFractionBits));
  }
  /// Counter increments per second.
  [[nodiscard]] std::uint64_t hz() const noexcept { return hz_; }

 private:
  static constexpr unsigned kFractionBits = 40;  ///< of ns_per_cycle_: an error under 3 ns per hour at 1 GHz and more

  ClockPair origin_;
  std::int64_t ns_per_cycle_;  ///< fixed point
  std::uint64_t hz_;
};

/// The counter ticks at one rate in all power states (CPUID 8000'0007h, EDX bit 8).
[[nodiscard]] bool tsc_is_invariant() noexcept;

}  // namespace millrace::base
