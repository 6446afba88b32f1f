// The rule of pacing.h in integers. Who asks it, and who wakes the connection, is
// departures' business.
#include "tcp/pacing.h"

#include <algorithm>

namespace millrace::tcp {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::uint64_t kQuantaPerSecond = 1000;
constexpr std::uint32_t kMostBytes = 64 * 1024;
constexpr std::uint32_t kFewestSegments = 2;
/// Slow start is over at half of ssthresh: the window needs no head room to double then.
constexpr std::uint64_t kSlowStartPercent = 200;
constexpr std::uint64_t kAvoidancePercent = 120;

/// How long the rate takes for so many bytes, to the nearest nanosecond.
Duration time_for(std::uint32_t bytes, cc::Rate rate) noexcept {
  return Duration{static_cast<std::int64_t>((bytes * kNsPerSecond + rate / 2) / rate)};
}

}  // namespace

std::uint32_t send_quantum(cc::Rate rate, std::uint32_t smss) noexcept {
  const auto most = static_cast<std::uint32_t>(std::min<cc::Rate>(rate / kQuantaPerSecond, kMostBytes));
  return std::max(most, kFewestSegments * smss);
}

bool may_depart(const PacingState& pacing, cc::Rate rate, std::uint32_t length, Time now) noexcept {
  return rate == 0 || now >= pacing.next || length <= pacing.left;
}

Time note_departure(PacingState& pacing, cc::Rate rate, std::uint32_t smss, std::uint32_t length, Time now) noexcept {
  if (rate == 0) return pacing.next;
  if (now >= pacing.next) {
    const std::uint32_t quantum = send_quantum(rate, smss);
    pacing.next = pacing.held ? std::max(pacing.next, now - time_for(quantum, rate)) : now;
    pacing.left = quantum;
  }
  pacing.next += time_for(length, rate);
  pacing.left -= std::min(pacing.left, length);
  return pacing.next;
}

cc::Rate rate_of_window(const cc::Window& window, std::uint32_t in_flight, Duration srtt) noexcept {
  if (srtt.count() <= 0) return 0;
  const std::uint64_t percent = window.cwnd < window.ssthresh / 2 ? kSlowStartPercent : kAvoidancePercent;
  const std::uint64_t bytes = std::max(window.cwnd, in_flight);
  return std::max<cc::Rate>(bytes * percent * (kNsPerSecond / 100) / static_cast<std::uint64_t>(srtt.count()), 1);
}

}  // namespace millrace::tcp
