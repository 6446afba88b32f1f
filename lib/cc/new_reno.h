// NewReno's window: congestion avoidance by byte counting (RFC 5681 3.1, RFC 3465), halving, and its undo. Slow start
// is HyStart++'s (hystart.h), and whether the window may grow at all is validation.h's.
#pragma once

#include "cc/facts.h"
#include "cc/hystart.h"
#include "cc/round_trip.h"
#include "cc/validation.h"

namespace millrace::cc {

class NewReno {
 public:
  /// The connection is established; `window` is the initial one already.
  void start(Window& window, const Sender& sender) noexcept;
  /// An acknowledgment. An application-limited sender does not grow its window.
  void on_ack(Window& window, const AckSample& sample) noexcept;
  /// A segment was marked lost.
  void on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept;
  /// Recovery begins: ssthresh is half of what was used, at least 2 * SMSS (RFC 5681 (4)); PRR sets cwnd.
  void on_recovery(Window& window, const Sender& sender) noexcept;
  /// Recovery is over: all that was outstanding at its start is acknowledged, and cwnd is ssthresh already.
  void on_recovered(Window& window, const Sender& sender) noexcept;
  /// The retransmission timer expired: cwnd falls to one segment; ssthresh falls only at the first expiry for this
  /// data.
  void on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept;
  /// The network marked a packet (RFC 3168 6.1.2); told at most once per round trip. The window falls at once, down to
  /// one segment if marks go on.
  void on_ecn(Window& window, const Sender& sender) noexcept;
  /// The last reduction for loss was a mistake (RFC 4015, RFC 3708): back to what was before it, once.
  void on_spurious(Window& window, const Sender& sender) noexcept;
  /// Sending starts again after nothing was in flight for `idle` (RFC 7661 4.4.3).
  void on_restart(Window& window, const Sender& sender, Duration idle) noexcept;

  /// What a mark does to the window when it leaves `bytes` of it.
  void take_mark(Window& window, const Sender& sender, std::uint32_t bytes) noexcept;

  /// False: PRR (RFC 9937) sets cwnd during recovery.
  static constexpr bool kOwnRecovery = false;

 private:
  void halve(Window& window, const Sender& sender) noexcept;
  void avoid_congestion(Window& window, const AckSample& sample) noexcept;

  RoundTrip round_;
  HyStart hystart_;
  Validation validation_;
  std::uint32_t acked_ = 0;       ///< bytes acknowledged since the last growth in congestion avoidance
  std::uint32_t prior_cwnd_ = 0;  ///< before the last reduction for loss; 0: nothing to take back
  std::uint32_t prior_ssthresh_ = 0;
};
static_assert(sizeof(NewReno) <= 48);

}  // namespace millrace::cc
