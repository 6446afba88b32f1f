// HyStart++ (RFC 9406): slow start ends before its overshoot when the round trips of a round are longer than those of
// the round before; first into conservative slow start (CSS), a quarter as fast, which after five rounds becomes
// congestion avoidance, or slow start again if the round trips were but jitter. Used in the first slow start only
// (4.2): a later one knows its ssthresh. Rounds are counted by the caller.
#pragma once

#include "cc/facts.h"

namespace millrace::cc {

class HyStart {
 public:
  /// An ACK in slow start; `new_round`: it begins a round. Sets ssthresh when CSS is over.
  void on_ack(Window& window, const AckSample& sample, bool new_round) noexcept;
  /// Slow start's growth for the ACK: by what it acknowledges, up to eight segments unless sending is paced.
  void grow_window(Window& window, const AckSample& sample) const noexcept;

  [[nodiscard]] bool conservative() const noexcept { return css_baseline_ != kInfinite; }

 private:
  static constexpr std::uint32_t kInfinite = (1u << 28) - 1;  ///< microseconds: no round trip is so long

  void begin_round(Window& window) noexcept;
  void take_rtt(Duration rtt) noexcept;
  void judge_delay() noexcept;

  std::uint32_t current_min_ : 28 = kInfinite;   ///< currentRoundMinRTT
  std::uint32_t samples_ : 4 = 0;                ///< rttSampleCount, up to N_RTT_SAMPLE
  std::uint32_t last_min_ : 28 = kInfinite;      ///< lastRoundMinRTT
  std::uint32_t css_rounds_ : 4 = 0;             ///< of CSS, begun
  std::uint32_t css_baseline_ : 28 = kInfinite;  ///< cssBaselineMinRtt; infinite: not in CSS
};

}  // namespace millrace::cc
