// The model of the path's rate and delay: packet-timed rounds (5.5.1), the bandwidth filter over two ProbeBW cycles
// (5.5.2 to 5.5.6), the delay filter (5.3.4.3, 5.5.7), aggregation (5.5.9), and what the last round delivered
// (5.5.10.3).
#include <algorithm>

#include "cc/bbr.h"
#include "cc/rate.h"

namespace millrace::cc {
namespace {

constexpr std::uint32_t kExtraAckedFilterLen = 10;  // rounds
constexpr Duration kMinRttFilterLen = seconds{10};
constexpr Duration kProbeRttInterval = seconds{5};

bool delivers(const AckSample& sample) noexcept { return sample.newly_delivered > 0; }

}  // namespace

/// What ProbeRTT held back tells nothing of the path either (MarkConnectionAppLimited in HandleProbeRTT).
bool Bbr::is_app_limited(const AckSample& sample) const noexcept {
  const std::uint64_t sent_at = sample.rate.prior_delivered;
  return sample.rate.app_limited || (sent_at >= held_back_from_ && sent_at <= held_back_until_);
}

void Bbr::update_round(const AckSample& sample) noexcept {
  round_start_ = round_.ends(sample);
  if (round_start_) {
    ++round_count_;
    ++rounds_since_probe_up_;
    limited_in_last_round_ = limited_in_round_;
    limited_in_round_ = false;
  }
  if (sample.cwnd_limited) limited_in_round_ = true;
}

void Bbr::update_latest_delivery_signals(const AckSample& sample) noexcept {
  loss_round_start_ = false;
  if (!delivers(sample)) return;
  bw_latest_ = std::max(bw_latest_, sample.rate.rate);
  inflight_latest_ = std::max(inflight_latest_, sample.rate.delivered);
  if (sample.rate.prior_delivered < loss_round_delivered_) return;
  loss_round_delivered_ = sample.delivered;
  loss_round_start_ = true;
}

void Bbr::advance_latest_delivery_signals(const AckSample& sample) noexcept {
  if (!loss_round_start_) return;
  bw_latest_ = sample.rate.rate;
  inflight_latest_ = sample.rate.delivered;
}

void Bbr::update_congestion_signals(const Window& window, const AckSample& sample) noexcept {
  update_max_bw(sample);
  drain_excess_loss(sample.newly_delivered);
  if (!loss_round_start_) return;
  adapt_lower_bounds_from_congestion(window);
  is_loss_in_round_ = false;
  if (is_congested_in_round_) forget_losses();  // answered once
}

void Bbr::update_max_bw(const AckSample& sample) noexcept {
  update_round(sample);
  if (!delivers(sample) || sample.rate.rate == 0) return;
  if (sample.rate.rate >= max_bw() || !is_app_limited(sample))
    max_bw_filter_[0] = std::max(max_bw_filter_[0], sample.rate.rate);
}

/// A cycle without a sample is no reason to forget the last one that had some.
void Bbr::advance_max_bw_filter() noexcept {
  if (max_bw_filter_[0] != 0) max_bw_filter_ = {0, max_bw_filter_[0]};
}

void Bbr::update_ack_aggregation(const Window& window, const AckSample& sample) noexcept {
  std::uint64_t expected = bytes_in(bw(), sample.now - extra_acked_interval_start_);
  if (extra_acked_delivered_ <= expected) {
    extra_acked_delivered_ = 0;
    extra_acked_interval_start_ = sample.now;
    expected = 0;
  }
  extra_acked_delivered_ += sample.newly_delivered;
  const std::uint64_t extra = std::min<std::uint64_t>(extra_acked_delivered_ - expected, window.cwnd);
  extra_acked_filter_.update(static_cast<std::uint32_t>(extra), round_count_,
                             full_bw_reached_ ? kExtraAckedFilterLen : 1);
}

void Bbr::update_min_rtt(const AckSample& sample) noexcept {
  probe_rtt_expired_ = sample.now > probe_rtt_min_stamp_ + kProbeRttInterval;
  if (sample.rtt >= Duration{0} && (sample.rtt < probe_rtt_min_delay_ || probe_rtt_expired_)) {
    probe_rtt_min_delay_ = sample.rtt;
    probe_rtt_min_stamp_ = sample.now;
  }
  const bool min_rtt_expired = sample.now > min_rtt_stamp_ + kMinRttFilterLen;
  if (probe_rtt_min_delay_ < min_rtt_ || min_rtt_expired) {
    min_rtt_ = probe_rtt_min_delay_;
    min_rtt_stamp_ = probe_rtt_min_stamp_;
  }
}

}  // namespace millrace::cc
