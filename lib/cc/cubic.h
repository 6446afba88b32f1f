// CUBIC (RFC 9438): after a reduction the window grows by a cubic function of time, quickly back to where the last loss
// was, slowly around it, then quickly again; never slower than Reno would. Slow start is HyStart++'s (hystart.h), and
// whether the window may grow at all is validation.h's. All in bytes and integers.
#pragma once

#include "cc/facts.h"
#include "cc/hystart.h"
#include "cc/round_trip.h"
#include "cc/tick.h"
#include "cc/validation.h"

namespace millrace::cc {

/// See NewReno for when each is called.
class Cubic {
 public:
  void start(Window& window, const Sender& sender) noexcept;
  void on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept;
  /// ssthresh = 0.7 of what was used (4.6); PRR sets cwnd.
  void on_recovery(Window& window, const Sender& sender) noexcept;
  void on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept;
  void on_ecn(Window& window, const Sender& sender) noexcept;
  void on_spurious(Window& window, const Sender& sender) noexcept;
  void on_recovered(Window& window, const Sender& sender) noexcept;
  void on_ack(Window& window, const AckSample& sample) noexcept;
  void on_restart(Window& window, const Sender& sender, Duration idle) noexcept;

  static constexpr bool kOwnRecovery = false;

 private:
  /// Of the congestion avoidance stage.
  enum Stage : std::uint8_t {
    kNone,     ///< not begun
    kRunning,  ///< epoch is t_epoch
    kHeld,     ///< the application limits: epoch is the time that had elapsed
  };
  /// What an undo brings back (4.9.2).
  struct State {
    std::uint32_t cwnd_prior = 0;  ///< cwnd before the last reduction
    std::uint32_t w_max = 0;
    std::uint32_t w_est = 0;  ///< Reno's window
    Tick epoch = 0;
    std::uint32_t k : 24 = 0;  ///< ticks
    std::uint32_t stage : 8 = kNone;
  };

  [[nodiscard]] std::uint32_t reduce(Window& window, const Sender& sender) noexcept;
  void avoid_congestion(Window& window, const AckSample& sample) noexcept;
  void begin_stage(const Window& window, const Sender& sender) noexcept;
  void hold(Tick now) noexcept;
  void resume(Tick now) noexcept;
  void grow_estimate(const Window& window, const AckSample& sample) noexcept;

  RoundTrip round_;
  HyStart hystart_;
  Validation validation_;
  State state_;
  State undo_;
  std::uint32_t undo_ssthresh_ = 0;
  std::uint32_t cwnd_rest_ = 0;   ///< growth of cwnd below a byte, in bytes / cwnd
  std::uint32_t w_est_rest_ = 0;  ///< that of w_est
  bool undoable_ = false;
};
static_assert(sizeof(Cubic) <= 96);

}  // namespace millrace::cc
