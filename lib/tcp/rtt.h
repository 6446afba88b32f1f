// Round-trip time and retransmission timeout (RFC 6298). Samples come from the send record of segments sent once
// (Karn's rule).
#pragma once

#include <cstdint>

#include "base/time.h"
#include "tcp/config.h"

namespace millrace::tcp {

struct RttEstimator {
  std::uint32_t srtt_us = 0;    ///< smoothed; 0: no sample yet
  std::uint32_t rttvar_us = 0;  ///< without a sample: not 0 when the SYN was lost
  std::uint8_t backoff = 0;     ///< doublings since the last acknowledgment of new data

  /// RFC 6298 (5.7): our SYN timed out. Until there is a sample the RTO is 3 s at least.
  void note_lost_syn() noexcept;
  /// RFC 6298 (2.2), (2.3); `rtt` is not negative.
  void add_sample(Duration rtt) noexcept;
  /// SRTT + max(min_rto, 4 * RTTVAR), at most max_rto, doubled `backoff` times (5.5) and again at most max_rto.
  [[nodiscard]] Duration rto(const TcpConfig& config) const noexcept;
  /// (5.5): back off the timer.
  void back_off() noexcept;
};

}  // namespace millrace::tcp
