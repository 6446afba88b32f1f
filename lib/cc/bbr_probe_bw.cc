// ProbeBW (5.3.3): DOWN drains, CRUISE holds, REFILL fills the pipe, UP sends faster than the path is known to deliver.
// How long to wait between probes is drawn from the facts of the moment, so that runs replay and flows differ.
#include <algorithm>

#include "cc/bbr.h"
#include "cc/rate.h"

namespace millrace::cc {
namespace {

constexpr std::uint32_t kRenoRounds = 63;  // 5.3.3.8.2: 62 or 63 rounds, by the round that rounds_since_probe_up has
constexpr std::uint64_t kLeastProbeWait = 2'000'000'000;  // nanoseconds
constexpr std::uint64_t kProbeWaitSpread = 1'000'000'000;
constexpr std::uint8_t kMostProbeUpRounds = 30;

/// A number that looks random: splitmix64's last step over what no two flows share for long.
std::uint64_t draw(const Sender& sender) noexcept {
  std::uint64_t x = static_cast<std::uint64_t>(to_ns(sender.now)) * 0x9e37'79b9'7f4a'7c15;
  x ^= sender.delivered;
  x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9;
  x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11eb;
  return x ^ (x >> 31);
}

}  // namespace

bool Bbr::is_in_a_probe_bw_state() const noexcept { return state_ >= State::ProbeBwDown && state_ <= State::ProbeBwUp; }

bool Bbr::is_probing_bw() const noexcept {
  return state_ == State::Startup || state_ == State::ProbeBwRefill || state_ == State::ProbeBwUp;
}

void Bbr::pick_probe_wait(const Sender& sender) noexcept {
  const std::uint64_t random = draw(sender);
  rounds_since_probe_up_ = random & 1;
  bw_probe_wait_ = static_cast<std::uint32_t>(kLeastProbeWait + (random >> 1) % kProbeWaitSpread);
}

void Bbr::start_probe_bw_down(const Sender& sender) noexcept {
  reset_congestion_signals();
  probe_up_acked_per_inc_ = kNoBound;
  pick_probe_wait(sender);
  cycle_stamp_ = sender.now;
  ack_phase_ = AckPhase::ProbeStopping;
  round_.start(sender);
  state_ = State::ProbeBwDown;
}

void Bbr::start_probe_bw_refill(const Sender& sender) noexcept {
  reset_short_term_model();
  bw_probe_up_rounds_ = 0;
  bw_probe_up_acked_ = 0;
  prev_probe_precautionary_ = false;
  ack_phase_ = AckPhase::Refilling;
  round_.start(sender);
  state_ = State::ProbeBwRefill;
}

void Bbr::start_probe_bw_up(const Window& window, const AckSample& sample) noexcept {
  is_bw_probe_sample_ = true;
  ack_phase_ = AckPhase::ProbeStarting;
  round_.start(sample);
  reset_full_bw();
  full_bw_ = sample.rate.rate;
  state_ = State::ProbeBwUp;
  raise_inflight_longterm_slope(window, sample);
}

void Bbr::update_probe_bw_cycle_phase(const Window& window, const AckSample& sample) noexcept {
  if (!full_bw_reached_ || adapt_long_term_model(window, sample)) return;
  switch (state_) {
    case State::ProbeBwDown:
      if (is_time_to_probe_bw(window, sample))
        start_probe_bw_refill(sample);
      else if (is_time_to_cruise(sample))
        state_ = State::ProbeBwCruise;
      return;
    case State::ProbeBwCruise:
      if (is_time_to_probe_bw(window, sample)) start_probe_bw_refill(sample);
      return;
    case State::ProbeBwRefill:
      if (round_start_) start_probe_bw_up(window, sample);
      return;
    case State::ProbeBwUp:
      if (!is_time_to_go_down(window, sample)) return;
      prev_probe_too_high_ = false;  // no high loss so far
      start_probe_bw_down(sample);
      return;
    default:
      return;
  }
}

/// The own time scale, or where that comes first one on which Reno and CUBIC thrive (5.3.3.8).
bool Bbr::is_time_to_probe_bw(const Window& window, const AckSample& sample) const noexcept {
  if (sample.now > cycle_stamp_ + Duration{bw_probe_wait_}) return true;
  return rounds_since_probe_up_ >= std::min(target_inflight(window) / sample.smss, kRenoRounds);
}

bool Bbr::is_time_to_cruise(const AckSample& sample) const noexcept {
  return sample.in_flight <= inflight_with_headroom(sample) && sample.in_flight <= inflight(sample, max_bw());
}

/// What was in flight when the ACK came tells whether the bound was reached; a window has room for no part of a
/// segment, so it counts as reached when no further segment fits.
bool Bbr::is_time_to_go_down(const Window& window, const AckSample& sample) noexcept {
  if (prev_probe_too_high_ && std::uint64_t{sample.prior_in_flight} + sample.smss > inflight_longterm_) {
    prev_probe_precautionary_ = true;
    return true;
  }
  if (!is_cwnd_limited() || window.cwnd < inflight_longterm_) return full_bw_now_;
  reset_full_bw();  // the bound, not the path, limits the rate
  full_bw_ = sample.rate.rate;
  return false;
}

/// inflight_longterm shall grow by 1, 2, 4, ... segments in the rounds of one probe.
void Bbr::raise_inflight_longterm_slope(const Window& window, const Sender& sender) noexcept {
  const std::uint32_t growth_this_round = 1U << bw_probe_up_rounds_;
  bw_probe_up_rounds_ = std::min<std::uint8_t>(bw_probe_up_rounds_ + 1, kMostProbeUpRounds);
  probe_up_acked_per_inc_ = std::max(window.cwnd / growth_this_round, sender.smss);
}

void Bbr::probe_inflight_longterm_upward(const Window& window, const AckSample& sample) noexcept {
  if (!is_cwnd_limited() || window.cwnd < inflight_longterm_) return;
  bw_probe_up_acked_ += sample.newly_delivered;
  const std::uint32_t delta = bw_probe_up_acked_ / probe_up_acked_per_inc_;
  bw_probe_up_acked_ -= delta * probe_up_acked_per_inc_;
  inflight_longterm_ = window_bytes(std::uint64_t{inflight_longterm_} + std::uint64_t{delta} * sample.smss);
  if (round_start_) raise_inflight_longterm_slope(window, sample);
}

/// True if it has decided what state is next.
bool Bbr::adapt_long_term_model(const Window& window, const AckSample& sample) noexcept {
  if (ack_phase_ == AckPhase::ProbeStarting && round_start_) ack_phase_ = AckPhase::ProbeFeedback;
  if (ack_phase_ == AckPhase::ProbeStopping && round_start_) {
    is_bw_probe_sample_ = false;
    ack_phase_ = AckPhase::Init;
    if (is_in_a_probe_bw_state()) {
      if (!is_app_limited(sample)) advance_max_bw_filter();
      if (prev_probe_precautionary_ && !prev_probe_too_high_) {
        start_probe_bw_refill(sample);
        return true;
      }
    }
  }
  if (inflight_longterm_ == kNoBound || is_inflight_too_high(sample, sample.rate.lost, sample.rate.tx_in_flight))
    return false;
  inflight_longterm_ = std::max(inflight_longterm_, sample.rate.tx_in_flight);
  if (state_ == State::ProbeBwUp) probe_inflight_longterm_upward(window, sample);
  return false;
}

}  // namespace millrace::cc
