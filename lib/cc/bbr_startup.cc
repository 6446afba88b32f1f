// Startup and Drain (5.3.1, 5.3.2): double the rate each round until it grows no more or too much is lost, then drain
// what that has queued.
#include "cc/bbr.h"
#include "cc/rate.h"

namespace millrace::cc {
namespace {

constexpr std::uint8_t kFullBwRounds = 3;
constexpr std::uint8_t kStartupFullLossCnt = 6;
constexpr std::uint32_t kDrainRounds = 3;

}  // namespace

void Bbr::enter_startup() noexcept { state_ = State::Startup; }

void Bbr::reset_full_bw() noexcept {
  full_bw_ = 0;
  full_bw_count_ = 0;
  full_bw_now_ = false;
}

/// Three rounds in which the rate grew by less than a quarter.
void Bbr::check_full_bw_reached(const AckSample& sample) noexcept {
  if (full_bw_now_ || !round_start_ || is_app_limited(sample)) return;
  if (sample.rate.rate * 4 >= full_bw_ * 5) {
    reset_full_bw();
    full_bw_ = sample.rate.rate;
    return;
  }
  ++full_bw_count_;
  full_bw_now_ = full_bw_count_ >= kFullBwRounds;
  if (full_bw_now_) full_bw_reached_ = true;
}

/// A round after the first loss, so that a whole round of recovery is behind.
void Bbr::check_startup_high_loss(const AckSample& sample) noexcept {
  if (!loss_round_start_) return;
  const std::uint8_t ranges = lost_ranges_in_round_;
  lost_ranges_in_round_ = 0;
  if (full_bw_reached_ || sample.phase != Phase::Recovery) return;
  if (!is_inflight_too_high(sample, sample.rate.lost, sample.rate.tx_in_flight)) return;
  if (sample.sack && ranges < kStartupFullLossCnt) return;
  undo_state_ = Undo::Startup;
  full_bw_reached_ = true;
  inflight_longterm_ = std::max(window_bytes(bdp_multiple(bw(), 100)), inflight_latest_);
}

void Bbr::check_startup_done(const AckSample& sample) noexcept {
  check_startup_high_loss(sample);
  if (state_ != State::Startup || !full_bw_reached_) return;
  state_ = State::Drain;
  drain_start_round_ = round_count_;
}

void Bbr::check_drain_done(const AckSample& sample) noexcept {
  if (state_ != State::Drain) return;
  if (sample.in_flight <= inflight(sample, bw()) || round_count_ > drain_start_round_ + kDrainRounds)
    start_probe_bw_down(sample);
}

}  // namespace millrace::cc
