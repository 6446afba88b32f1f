// RFC 9438 4: the window's growth in the Reno-friendly, concave and convex regions, its reductions, and their undo.
#include "cc/cubic.h"

#include <algorithm>
#include <memory>

#include "cc/cubic_function.h"

namespace millrace::cc {
namespace {

// beta_cubic = 7 / 10, and alpha_cubic = 3 * (1 - beta) / (1 + beta) = 9 / 17.
constexpr std::uint32_t scaled_by_beta(std::uint32_t bytes) noexcept {
  return static_cast<std::uint32_t>(std::uint64_t{bytes} * 7 / 10);
}
constexpr std::uint32_t kAlphaNumerator = 9, kAlphaDenominator = 17;

/// Fast convergence (4.7): bytes * (1 + beta) / 2.
constexpr std::uint32_t converged(std::uint32_t bytes) noexcept {
  return static_cast<std::uint32_t>(std::uint64_t{bytes} * 17 / 20);
}

}  // namespace

void Cubic::start(Window&, const Sender& sender) noexcept {
  std::construct_at(this);
  round_.start(sender);
  validation_.start(sender);
}

void Cubic::on_ack(Window& window, const AckSample& sample) noexcept {
  const std::uint32_t volume = round_.volume(sample);
  const bool new_round = round_.ends(sample);
  validation_.on_ack(window, sample, new_round ? volume : 0);
  if (sample.phase == Phase::Recovery) return;
  const bool slow_start = window.cwnd < window.ssthresh;
  if (slow_start) hystart_.on_ack(window, sample, new_round);
  if (!validation_.may_grow(window, sample)) return hold(to_tick(sample.now));
  if (slow_start && window.cwnd < window.ssthresh) return hystart_.grow_window(window, sample);
  avoid_congestion(window, sample);
}

void Cubic::avoid_congestion(Window& window, const AckSample& sample) noexcept {
  if (state_.stage == kNone) begin_stage(window, sample);
  resume(to_tick(sample.now));
  grow_estimate(window, sample);
  const Tick t = to_tick(sample.now) - state_.epoch;
  if (cubic_window(t, state_.k, state_.w_max, sample.smss) < state_.w_est) {
    window.cwnd = std::max(window.cwnd, state_.w_est);  // the Reno-friendly region
    return;
  }
  const Tick rtt = to_ticks(std::max(sample.srtt, Duration{0}));
  const std::uint32_t target = std::clamp(cubic_window(t + rtt, state_.k, state_.w_max, sample.smss), window.cwnd,
                                          window.cwnd + window.cwnd / 2);
  const std::uint64_t credit = std::uint64_t{growth_bytes(sample)} * (target - window.cwnd) + cwnd_rest_;
  cwnd_rest_ = static_cast<std::uint32_t>(credit % window.cwnd);
  grow(window, credit / window.cwnd);
}

/// 4.2 and 4.3. A window that is not below W_max comes from a timeout (4.8) or from HyStart++ (4.10): then W_max is the
/// window itself, and K is zero.
void Cubic::begin_stage(const Window& window, const Sender& sender) noexcept {
  if (state_.cwnd_prior == 0) state_.cwnd_prior = window.cwnd;
  state_.w_max = std::max(state_.w_max, window.cwnd);
  state_.k = cubic_k(state_.w_max - window.cwnd, sender.smss);
  state_.w_est = window.cwnd;
  state_.epoch = to_tick(sender.now);
  state_.stage = kRunning;
  cwnd_rest_ = w_est_rest_ = 0;
}

/// W_est += alpha * acked / cwnd, alpha being Reno's once W_est has come back to where the reduction was (4.3).
void Cubic::grow_estimate(const Window& window, const AckSample& sample) noexcept {
  const std::uint32_t alpha = state_.w_est >= state_.cwnd_prior ? kAlphaDenominator : kAlphaNumerator;
  const std::uint64_t credit =
      std::uint64_t{growth_bytes(sample)} * sample.smss * alpha / kAlphaDenominator + w_est_rest_;
  w_est_rest_ = static_cast<std::uint32_t>(credit % window.cwnd);
  state_.w_est = static_cast<std::uint32_t>(std::min<std::uint64_t>(state_.w_est + credit / window.cwnd, kMaxWindow));
}

/// The time in which the application limits is not part of t (4.2, 5.8).
void Cubic::hold(Tick now) noexcept {
  if (state_.stage != kRunning) return;
  state_.epoch = now - state_.epoch;
  state_.stage = kHeld;
}

void Cubic::resume(Tick now) noexcept {
  if (state_.stage != kHeld) return;
  state_.epoch = now - state_.epoch;
  state_.stage = kRunning;
}

void Cubic::on_lost(Window&, const Sender&, const LostSegment& lost) noexcept { validation_.on_lost(lost.length); }

/// What each reduction does (4.6, 4.7). The answer is the new window before any lower bound.
std::uint32_t Cubic::reduce(Window& window, const Sender& sender) noexcept {
  undo_ = state_;
  undo_ssthresh_ = window.ssthresh;
  const std::uint32_t used = validation_.used(window, sender);
  // A window that was not used says nothing about where the path is full.
  const std::uint32_t reached = validation_.validated(window, sender) ? window.cwnd : used;
  state_.w_max = reached < state_.w_max ? converged(reached) : reached;
  state_.cwnd_prior = window.cwnd;
  state_.stage = kNone;
  window.ssthresh = std::max(scaled_by_beta(used), 2 * sender.smss);
  return scaled_by_beta(used);
}

void Cubic::on_recovery(Window& window, const Sender& sender) noexcept {
  validation_.on_recovery(window, sender);
  static_cast<void>(reduce(window, sender));
  undoable_ = true;
}

void Cubic::on_recovered(Window& window, const Sender& sender) noexcept {
  const auto left = validation_.on_recovered(sender);
  if (left) window.cwnd = window.ssthresh = std::max(scaled_by_beta(*left), 2 * sender.smss);
}

void Cubic::on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept {
  if (first_expiry) {
    static_cast<void>(reduce(window, sender));
    undoable_ = true;
  }
  state_.w_max = 0;
  state_.stage = kNone;
  window.cwnd = sender.smss;
  validation_.forget_loss();
}

void Cubic::on_ecn(Window& window, const Sender& sender) noexcept {
  window.cwnd = std::max(reduce(window, sender), sender.smss);
  undoable_ = false;
}

void Cubic::on_spurious(Window& window, const Sender&) noexcept {
  if (!undoable_) return;
  undoable_ = false;
  validation_.forget_loss();
  if (window.cwnd >= state_.cwnd_prior) return;
  window.cwnd = state_.cwnd_prior;
  window.ssthresh = undo_ssthresh_;
  state_ = undo_;
}

void Cubic::on_restart(Window& window, const Sender& sender, Duration idle) noexcept {
  if (state_.stage == kRunning) {
    state_.epoch += to_ticks(idle);
    // `idle` counts from the last segment sent; an epoch that began with a later ACK must not begin in the future.
    const Tick now = to_tick(sender.now);
    if (static_cast<std::int32_t>(state_.epoch - now) > 0) state_.epoch = now;
  }
  validation_.on_restart(window, sender, idle);
}

}  // namespace millrace::cc
