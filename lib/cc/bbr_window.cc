// From the model to pacing rate and window (5.6), by the gains and bounds of 5.6.1.
#include <algorithm>

#include "cc/bbr.h"
#include "cc/rate.h"

namespace millrace::cc {
namespace {

constexpr std::uint32_t kStartupPacingGain = 277;  // percent, as all gains here
constexpr std::uint32_t kDrainPacingGain = 50;
constexpr std::uint32_t kProbeDownPacingGain = 90;
constexpr std::uint32_t kProbeUpPacingGain = 125;
constexpr std::uint32_t kDefaultCwndGain = 200;
constexpr std::uint32_t kProbeUpCwndGain = 225;
constexpr std::uint32_t kProbeRttCwndGain = 50;
constexpr std::uint32_t kPacingMarginPercent = 1;
constexpr std::uint32_t kHeadroomPercent = 15;
constexpr std::uint32_t kMinPipeSegments = 4;

std::uint32_t min_pipe_cwnd(const Sender& sender) noexcept { return kMinPipeSegments * sender.smss; }

}  // namespace

std::uint32_t Bbr::pacing_gain_percent() const noexcept {
  switch (state_) {
    case State::Startup:
      return kStartupPacingGain;
    case State::Drain:
      return kDrainPacingGain;
    case State::ProbeBwDown:
      return kProbeDownPacingGain;
    case State::ProbeBwUp:
      return kProbeUpPacingGain;
    default:
      return 100;
  }
}

std::uint32_t Bbr::cwnd_gain_percent() const noexcept {
  if (state_ == State::ProbeBwUp) return kProbeUpCwndGain;
  return state_ == State::ProbeRtt ? kProbeRttCwndGain : kDefaultCwndGain;
}

/// Without an RTT a window takes a millisecond; the first RTT corrects that.
void Bbr::init_pacing_rate(Window& window, const Sender& sender) noexcept {
  seen_rtt_ = sender.srtt > Duration{0};
  const auto ns = static_cast<std::uint64_t>(to_ns(seen_rtt_ ? sender.srtt : Duration{milliseconds{1}}));
  window.pacing_rate = scaled(initial_cwnd_ * std::uint64_t{1'000'000'000} / ns, kStartupPacingGain);
}

/// Until the pipe is known to be full, a lower estimate does not slow down.
void Bbr::set_pacing_rate(Window& window, std::uint32_t gain_percent) const noexcept {
  const Rate rate = scaled(scaled(bw(), gain_percent), 100 - kPacingMarginPercent);
  if (rate > 0 && (full_bw_reached_ || rate > window.pacing_rate)) window.pacing_rate = rate;
}

std::uint64_t Bbr::bdp_multiple(Rate rate, std::uint32_t gain_percent) const noexcept {
  if (min_rtt_ == Duration::max()) return initial_cwnd_;
  return scaled(bytes_in(rate, min_rtt_), gain_percent);
}

/// The budget for offloads is three quanta (5.5.8.1), here of two segments, the least of 5.6.3: a millisecond's worth,
/// the most, is below the BDP anyway on long paths, and would be a queue of many BDPs on short ones. It is more than
/// BBR.MinPipeCwnd.
std::uint32_t Bbr::quantization_budget(const Sender& sender, std::uint64_t inflight_cap) const noexcept {
  const std::uint32_t offload_budget = 3 * 2 * sender.smss;
  inflight_cap = std::max<std::uint64_t>(inflight_cap, offload_budget);
  if (state_ == State::ProbeBwUp) inflight_cap += 2 * sender.smss;
  return window_bytes(inflight_cap);
}

std::uint32_t Bbr::inflight(const Sender& sender, Rate rate) const noexcept {
  return quantization_budget(sender, bdp_multiple(rate, 100));
}

/// Room for others in the bottleneck's buffer.
std::uint32_t Bbr::inflight_with_headroom(const Sender& sender) const noexcept {
  if (inflight_longterm_ == kNoBound) return kNoBound;
  const std::uint32_t headroom =
      std::max(sender.smss, static_cast<std::uint32_t>(scaled(inflight_longterm_, kHeadroomPercent)));
  return std::max(inflight_longterm_ - std::min(headroom, inflight_longterm_), min_pipe_cwnd(sender));
}

std::uint32_t Bbr::target_inflight(const Window& window) const noexcept {
  return std::min(window_bytes(bdp_multiple(bw(), 100)), window.cwnd);
}

std::uint32_t Bbr::probe_rtt_cwnd(const Sender& sender) const noexcept {
  return std::max(window_bytes(bdp_multiple(bw(), kProbeRttCwndGain)), min_pipe_cwnd(sender));
}

void Bbr::set_cwnd(Window& window, const AckSample& sample) const noexcept {
  const std::uint64_t max_inflight =
      quantization_budget(sample, bdp_multiple(bw(), cwnd_gain_percent()) + extra_acked());
  const std::uint64_t grown = std::uint64_t{window.cwnd} + sample.newly_delivered;
  if (full_bw_reached_)
    window.cwnd = window_bytes(std::min(grown, max_inflight));
  else if (window.cwnd < max_inflight || sample.delivered < initial_cwnd_)
    window.cwnd = window_bytes(grown);
  window.cwnd = std::max(window.cwnd, min_pipe_cwnd(sample));
  if (state_ == State::ProbeRtt) window.cwnd = std::min(window.cwnd, probe_rtt_cwnd(sample));
  bound_cwnd_for_model(window, sample);
}

void Bbr::bound_cwnd_for_model(Window& window, const Sender& sender) const noexcept {
  std::uint32_t cap = kNoBound;
  if (state_ == State::ProbeRtt || state_ == State::ProbeBwCruise)
    cap = inflight_with_headroom(sender);
  else if (is_in_a_probe_bw_state())
    cap = inflight_longterm_;
  cap = std::max(std::min(cap, inflight_shortterm_), min_pipe_cwnd(sender));
  window.cwnd = std::min(window.cwnd, cap);
}

}  // namespace millrace::cc
