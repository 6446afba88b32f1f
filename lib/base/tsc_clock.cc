// Calibration of the TSC clock.
#include "base/tsc_clock.h"

#include <cpuid.h>

#include <ctime>

namespace millrace::base {
namespace {

std::int64_t monotonic_raw_ns() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC_RAW, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// Of several readings the one whose two counter readings lie closest was not interrupted.
ClockPair read_both() noexcept {
  constexpr int kTries = 16;
  ClockPair best{};
  auto narrowest = ~std::uint64_t{0};
  for (int i = 0; i < kTries; ++i) {
    const auto before = TscClock::cycles();
    const auto ns = monotonic_raw_ns();
    const auto width = TscClock::cycles() - before;
    if (width >= narrowest) continue;
    narrowest = width;
    best = {before + width / 2, ns};
  }
  return best;
}

}  // namespace

TscClock::TscClock(ClockPair a, ClockPair b) noexcept : origin_(a) {
  const auto cycles = Uint128{b.cycles - a.cycles};
  const auto ns = Uint128{static_cast<std::uint64_t>(b.ns - a.ns)};
  ns_per_cycle_ = static_cast<std::int64_t>(((ns << kFractionBits) + cycles / 2) / cycles);
  hz_ = static_cast<std::uint64_t>((cycles * 1'000'000'000 + ns / 2) / ns);
}

TscClock TscClock::calibrate(Duration span) noexcept {
  const auto first = read_both();
  while (monotonic_raw_ns() - first.ns < to_ns(span)) _mm_pause();
  return {first, read_both()};
}

bool tsc_is_invariant() noexcept {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid(0x8000'0007, &eax, &ebx, &ecx, &edx) != 0 && (edx & (1u << 8)) != 0;
}

}  // namespace millrace::base
