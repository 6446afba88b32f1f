// RFC 7323: 5.3 and 5.5 (TS.Recent expires after 24 days), 4.3 with Last.ACK.sent, 4.1 for the handshake's RTT. The
// clock is milliseconds plus an offset per pair of addresses.
#include "tcp/timestamps.h"

#include <algorithm>

#include "tcp/env.h"
#include "tcp/isn.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kPawsValidSeconds = 24u * 24 * 3600;
constexpr std::uint32_t kOldestEcho = 10 * 60 * 1000;  ///< ms; what comes back later makes no sense

std::uint32_t now_seconds(const Env& env) noexcept {
  return static_cast<std::uint32_t>(to_ns(env.now) / 1'000'000'000);
}

}  // namespace

bool fails_paws(const Tcb& tcb, const Segment& seg, const Env& env) noexcept {
  const bool older = static_cast<std::int32_t>(seg.options.ts_val - tcb.ts_recent) < 0;
  return older && now_seconds(env) - tcb.ts_recent_at_s < kPawsValidSeconds;
}

void note_timestamp(Tcb& tcb, const Segment& seg, const Env& env) noexcept {
  if (!tcb.has(kTimestamps) || !seg.options.has_timestamps || !seg.at_last_ack) return;
  tcb.ts_recent = seg.options.ts_val;
  tcb.ts_recent_at_s = now_seconds(env);
}

Duration echo_age(const Tcb& tcb, const Segment& seg, const Env& env) noexcept {
  if (!tcb.has(kTimestamps) || !seg.options.has_timestamps || seg.options.ts_ecr == 0) return Duration{-1};
  const std::uint32_t age_ms = timestamp_clock(env.now) + tcb.ts_offset - seg.options.ts_ecr;
  if (age_ms > kOldestEcho) return Duration{-1};
  return milliseconds{age_ms} + Duration{to_ns(env.now) % 1'000'000};
}

Duration timestamp_rtt(const Tcb& tcb, const Segment& seg, const Env& env) noexcept {
  const Duration age = echo_age(tcb, seg, env);
  if (age < Duration{0}) return age;
  // Of the same millisecond: less than one, but not nothing, or a tail loss probe would leave before any ACK can come.
  return std::max<Duration>(std::chrono::floor<milliseconds>(age), milliseconds{1});
}

}  // namespace millrace::tcp
