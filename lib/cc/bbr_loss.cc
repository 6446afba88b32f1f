// What losses teach: while bandwidth is probed, how much in flight the path bears (5.5.10.2); else, what it delivers of
// late (5.5.10.3). What was learned is kept so that a mistake can be taken back (5.5.11).
//
// Losses count as too many when they exceed the threshold by more than chance makes of fewer: one loss in a flight of
// ten, or two in one of a hundred, say nothing of a path that loses 1 % (departure from 5.5.10). The short-term bounds
// follow such rounds only, not any with a loss; over several rounds the excess adds up until it is answered.
//
// A state is saved once per episode: were it saved anew at the first loss of each round of one episode, as the draft's
// NoteLoss reads, only the last round could be undone.
#include <algorithm>

#include "cc/bbr.h"
#include "cc/rate.h"

namespace millrace::cc {
namespace {

constexpr std::uint32_t kLossThreshPercent = 2;
constexpr std::uint32_t kBetaPercent = 70;
constexpr std::uint32_t kChanceSegments = 4;

/// What fewer losses than the threshold may exceed it by, in bytes.
std::uint32_t chance_loss(const Sender& sender) noexcept { return kChanceSegments * sender.smss; }

/// InflightAtLoss: what was in flight when the losses became too many, part of the way through this segment.
std::uint32_t inflight_at_loss(const Sender& sender, const LostSegment& lost) noexcept {
  const std::int64_t inflight_prev = std::int64_t{lost.tx_in_flight} - lost.length;
  const std::int64_t lost_prev = std::int64_t{lost.lost} - lost.length;
  const std::int64_t above_chance = lost_prev - (sender.sack ? chance_loss(sender) : 0);
  const std::int64_t lost_prefix =
      (kLossThreshPercent * inflight_prev - 100 * above_chance) / (100 - std::int64_t{kLossThreshPercent});
  return static_cast<std::uint32_t>(std::max<std::int64_t>(inflight_prev, 0) + std::max<std::int64_t>(lost_prefix, 0));
}

}  // namespace

bool Bbr::is_inflight_too_high(const Sender& sender, std::uint32_t lost, std::uint32_t tx_in_flight) noexcept {
  if (!sender.sack) return lost > 0;
  return lost > scaled(tx_in_flight, kLossThreshPercent) + chance_loss(sender);
}

/// A bucket: each lost byte fills it, the threshold's share of what is sent drains it. So it rises while more than that
/// is lost, in small flights over several rounds.
void Bbr::drain_excess_loss(std::uint32_t delivered) noexcept {
  excess_loss_ -= std::min(excess_loss_, std::uint64_t{delivered} * kLossThreshPercent);
}

void Bbr::count_excess_loss(const Sender& sender, std::uint32_t lost) noexcept {
  excess_loss_ += std::uint64_t{lost} * (100 - kLossThreshPercent);
  if (!sender.sack || excess_loss_ > std::uint64_t{100} * chance_loss(sender)) is_congested_in_round_ = true;
}

void Bbr::forget_losses() noexcept {
  is_loss_in_round_ = false;
  is_congested_in_round_ = false;
  excess_loss_ = 0;
}

void Bbr::reset_congestion_signals() noexcept {
  forget_losses();
  bw_latest_ = 0;
  inflight_latest_ = 0;
}

void Bbr::reset_short_term_model() noexcept {
  bw_shortterm_ = kNoRateBound;
  inflight_shortterm_ = kNoBound;
}

/// Once per round with too many losses, unless bandwidth is being probed: InitLowerBounds and LossLowerBounds. Were it
/// any loss (5.5.10.3), each round of a cycle would take from the rate what it lost and the pacing margin, and a path
/// that loses 1 % at random would have four fifths of its rate or less.
void Bbr::adapt_lower_bounds_from_congestion(const Window& window) noexcept {
  if (is_probing_bw() || !is_congested_in_round_) return;
  if (bw_shortterm_ == kNoRateBound) bw_shortterm_ = max_bw();
  if (inflight_shortterm_ == kNoBound) inflight_shortterm_ = window.cwnd;
  bw_shortterm_ = std::max(bw_latest_, scaled(bw_shortterm_, kBetaPercent));
  inflight_shortterm_ = std::max(inflight_latest_, window_bytes(scaled(inflight_shortterm_, kBetaPercent)));
}

void Bbr::save_cwnd(const Window& window) noexcept {
  const bool good = !in_recovery_ && state_ != State::ProbeRtt;
  prior_cwnd_ = good ? window.cwnd : std::max(prior_cwnd_, window.cwnd);
}

void Bbr::restore_cwnd(Window& window) const noexcept { window.cwnd = std::max(window.cwnd, prior_cwnd_); }

void Bbr::save_state_upon_loss(const Window& window) noexcept {
  if (state_saved_) return;
  state_saved_ = true;
  save_cwnd(window);
  undo_state_ = Undo::None;
  undo_bw_shortterm_ = bw_shortterm_;
  undo_inflight_shortterm_ = inflight_shortterm_;
  undo_inflight_longterm_ = inflight_longterm_;
}

void Bbr::note_loss(const Window& window, const Sender& sender) noexcept {
  if (!is_loss_in_round_) loss_round_delivered_ = sender.delivered;
  is_loss_in_round_ = true;
  save_state_upon_loss(window);
}

void Bbr::count_lost_range(const LostSegment& lost) noexcept {
  const bool neighbour = lost_ranges_in_round_ > 0 && lost.sequence == lost_range_end_;
  if (!neighbour && lost_ranges_in_round_ < 0xff) ++lost_ranges_in_round_;
  lost_range_end_ = lost.sequence + lost.length;
}

void Bbr::on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept {
  note_loss(window, sender);
  count_lost_range(lost);
  count_excess_loss(sender, lost.length);
  if (!is_bw_probe_sample_ || !is_inflight_too_high(sender, lost.lost, lost.tx_in_flight)) return;
  handle_inflight_too_high(window, sender, lost, inflight_at_loss(sender, lost));
}

void Bbr::on_ecn(Window& window, const Sender& sender) noexcept {
  note_loss(window, sender);
  is_congested_in_round_ = true;
}

void Bbr::handle_inflight_too_high(const Window& window, const Sender& sender, const LostSegment& lost,
                                   std::uint32_t tx_in_flight) noexcept {
  prev_probe_too_high_ = true;
  is_bw_probe_sample_ = false;
  if (!lost.app_limited)
    inflight_longterm_ = std::max(tx_in_flight, window_bytes(scaled(target_inflight(window), kBetaPercent)));
  if (state_ != State::ProbeBwUp) return;
  undo_state_ = Undo::ProbeBwUp;
  start_probe_bw_down(sender);
}

void Bbr::on_spurious(Window& window, const Sender& sender) noexcept {
  restore_cwnd(window);
  in_recovery_ = false;
  state_saved_ = false;
  forget_losses();
  reset_full_bw();
  bw_shortterm_ = std::max(bw_shortterm_, undo_bw_shortterm_);
  inflight_shortterm_ = std::max(inflight_shortterm_, undo_inflight_shortterm_);
  inflight_longterm_ = std::max(inflight_longterm_, undo_inflight_longterm_);
  if (undo_state_ == Undo::Startup && state_ != State::Startup) {
    full_bw_reached_ = false;
    if (state_ != State::ProbeRtt) enter_startup();
  } else if (undo_state_ == Undo::ProbeBwUp && state_ != State::ProbeBwUp && state_ != State::ProbeRtt) {
    start_probe_bw_refill(sender);
  }
  undo_state_ = Undo::None;
}

}  // namespace millrace::cc
