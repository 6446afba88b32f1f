// RFC 9406 4.2, with the constants of 4.3.
#include "cc/hystart.h"

#include <algorithm>

namespace millrace::cc {
namespace {

constexpr std::uint32_t kMinRttThresh = 4'000;   // microseconds
constexpr std::uint32_t kMaxRttThresh = 16'000;  // microseconds
constexpr std::uint32_t kMinRttDivisor = 8;
constexpr std::uint32_t kRttSamples = 8;
constexpr std::uint32_t kCssGrowthDivisor = 4;
constexpr std::uint32_t kCssRounds = 5;
constexpr std::uint32_t kSegmentLimit = 8;  // L

}  // namespace

void HyStart::on_ack(Window& window, const AckSample& sample, bool new_round) noexcept {
  if (window.ssthresh != kNoSsthresh) return;
  if (new_round) begin_round(window);
  if (sample.rtt.count() < 0) return;
  take_rtt(sample.rtt);
  judge_delay();
}

void HyStart::begin_round(Window& window) noexcept {
  last_min_ = current_min_;
  current_min_ = kInfinite;
  samples_ = 0;
  if (!conservative()) return;
  // The part of a round in which CSS began is its first.
  if (css_rounds_ == kCssRounds) window.ssthresh = window.cwnd;
  ++css_rounds_;
}

void HyStart::take_rtt(Duration rtt) noexcept {
  const auto us = static_cast<std::uint32_t>(std::min<std::int64_t>(to_us(rtt), kInfinite - 1));
  current_min_ = std::min<std::uint32_t>(current_min_, us);
  if (samples_ < kRttSamples) ++samples_;
}

void HyStart::judge_delay() noexcept {
  if (samples_ < kRttSamples) return;
  if (conservative()) {
    if (current_min_ < css_baseline_) css_baseline_ = kInfinite;
    return;
  }
  if (last_min_ == kInfinite) return;
  const std::uint32_t threshold =
      std::max(kMinRttThresh, std::min<std::uint32_t>(last_min_ / kMinRttDivisor, kMaxRttThresh));
  if (current_min_ < last_min_ + threshold) return;
  css_baseline_ = current_min_;
  css_rounds_ = 1;
}

void HyStart::grow_window(Window& window, const AckSample& sample) const noexcept {
  std::uint32_t bytes = growth_bytes(sample);
  if (window.pacing_rate == 0) bytes = std::min(bytes, kSegmentLimit * sample.smss);
  if (window.ssthresh == kNoSsthresh && conservative()) bytes /= kCssGrowthDivisor;
  grow(window, std::min(bytes, window.ssthresh - window.cwnd));
}

}  // namespace millrace::cc
