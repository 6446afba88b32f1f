// NewReno's window: slow start, congestion avoidance by byte counting (RFC 5681 3.1, RFC 3465 with L = 2).
#pragma once

#include "cc/facts.h"

namespace millrace::cc {

class NewReno {
 public:
  /// The connection is established; `window` is the initial one already.
  void start(Window& window, const Sender& sender) noexcept;
  /// An acknowledgment. An application-limited sender does not grow its window (RFC 7661 in spirit).
  void on_ack(Window& window, const AckSample& sample) noexcept;
  /// A segment was marked lost.
  void on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept;
  /// Recovery begins: ssthresh = max(FlightSize / 2, 2 * SMSS) (RFC 5681 (4)); PRR sets cwnd.
  void on_recovery(Window& window, const Sender& sender) noexcept;
  /// Recovery is over: all that was outstanding at its start is acknowledged.
  void on_recovered(Window& window, const Sender& sender) noexcept;
  /// The retransmission timer expired: cwnd falls to one segment; ssthresh falls only at the first expiry for this
  /// data.
  void on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept;
  /// The network marked a packet (RFC 3168 6.1.2); told at most once per round trip.
  void on_ecn(Window& window, const Sender& sender) noexcept;
  /// The last reduction was a mistake (RFC 4015, RFC 3708): back to what was before.
  void on_spurious(Window& window, const Sender& sender) noexcept;
  /// Sending starts again after nothing was in flight for `idle`.
  void on_restart(Window& window, const Sender& sender, Duration idle) noexcept;

  /// False: PRR (RFC 6937) sets cwnd during recovery.
  static constexpr bool kOwnRecovery = false;

 private:
  std::uint32_t acked_ = 0;  ///< bytes acknowledged since the last growth in congestion avoidance
  std::uint32_t prior_cwnd_ = 0;
  std::uint32_t prior_ssthresh_ = 0;
};

}  // namespace millrace::cc
