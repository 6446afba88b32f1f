// RFC 6298 2 in whole microseconds; alpha is 1/8, beta 1/4. Back-off is a count beside the estimate; ack.cc clears it
// when new data is acknowledged.
#include "tcp/rtt.h"

#include <algorithm>

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kMaxSampleUs = 120'000'000;
constexpr std::uint8_t kMaxBackoff = 20;
constexpr Duration kAfterLostSyn = seconds{3};

}  // namespace

void RttEstimator::note_lost_syn() noexcept { rttvar_us = 1; }

void RttEstimator::add_sample(Duration rtt) noexcept {
  // At least 1 us, because 0 means "no sample".
  const auto r = static_cast<std::uint32_t>(std::clamp<std::int64_t>(to_us(rtt), 1, kMaxSampleUs));
  if (srtt_us == 0) {
    srtt_us = r;
    rttvar_us = r / 2;
    return;
  }
  const std::uint32_t error = srtt_us > r ? srtt_us - r : r - srtt_us;
  rttvar_us = static_cast<std::uint32_t>((std::uint64_t{rttvar_us} * 3 + error) / 4);
  srtt_us = static_cast<std::uint32_t>((std::uint64_t{srtt_us} * 7 + r) / 8);
}

Duration RttEstimator::rto(const TcpConfig& config) const noexcept {
  Duration rto = config.initial_rto;
  if (srtt_us != 0) {
    // Our clock granularity G is one wheel tick (16 us), far below min_rto, so max(G, ...) never decides. The least is
    // added to SRTT: else on long steady paths it would leave no time for a tail loss probe, nor for a queue that
    // grows.
    rto = microseconds{srtt_us} + std::max<Duration>(microseconds{4 * std::int64_t{rttvar_us}}, config.min_rto);
  } else if (rttvar_us != 0) {
    rto = std::max(rto, kAfterLostSyn);
  }
  for (unsigned i = 0; i < backoff && rto < config.max_rto; ++i) rto *= 2;
  return std::min(rto, config.max_rto);
}

void RttEstimator::back_off() noexcept {
  if (backoff < kMaxBackoff) ++backoff;
}

}  // namespace millrace::tcp
