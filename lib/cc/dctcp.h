// Data Center TCP (RFC 8257): the window falls by half the share of bytes that the network marks, once per window; all
// the rest is NewReno's. For networks whose switches mark at a low threshold, under one administration.
#pragma once

#include "cc/new_reno.h"

namespace millrace::cc {

/// See NewReno for when each is called.
class Dctcp {
 public:
  void start(Window& window, const Sender& sender) noexcept;
  void on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept;
  void on_recovery(Window& window, const Sender& sender) noexcept;
  void on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept;
  /// cwnd = cwnd * (1 - alpha / 2) (3.3); told at most once per window.
  void on_ecn(Window& window, const Sender& sender) noexcept;
  void on_spurious(Window& window, const Sender& sender) noexcept;
  void on_recovered(Window& window, const Sender& sender) noexcept;
  void on_ack(Window& window, const AckSample& sample) noexcept;
  void on_restart(Window& window, const Sender& sender, Duration idle) noexcept;

  /// DCTCP.Alpha in units of 1 / kAlphaOne.
  [[nodiscard]] std::uint32_t alpha() const noexcept { return alpha_; }

  static constexpr std::uint32_t kAlphaOne = 1u << 16;
  static constexpr bool kOwnRecovery = false;

 private:
  NewReno reno_;
  RoundTrip window_;                 ///< the observation window
  std::uint32_t alpha_ = kAlphaOne;  ///< "initialised to 1": the first mark halves
  std::uint32_t bytes_acked_ = 0;    ///< DCTCP.BytesAcked, of this window
  std::uint32_t bytes_marked_ = 0;   ///< DCTCP.BytesMarked, of this window
};
static_assert(sizeof(Dctcp) <= 72);

}  // namespace millrace::cc
