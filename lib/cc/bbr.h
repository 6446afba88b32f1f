// BBR version 3 as drafted (draft-ietf-ccwg-bbr-06): a model of the path (bandwidth, propagation delay, what it bears
// in flight) drives pacing rate and window through the states of 5.1.1.
//
// The names are the draft's. bbr.cc has the calls in its order (5.2), bbr_model.cc the rate and aggregation filters
// (5.5), bbr_loss.cc losses and their undoing (5.5.10, 5.5.11), bbr_startup.cc Startup and Drain (5.3.1, 5.3.2),
// bbr_probe_bw.cc and bbr_probe_rtt.cc those states (5.3.3, 5.3.4), bbr_window.cc rate and window (5.6).
// Delivery rate sampling (4.1), loss detection and pacing itself are the sender's.
#pragma once

#include <algorithm>
#include <array>

#include "cc/facts.h"
#include "cc/round_trip.h"
#include "cc/windowed_max.h"

namespace millrace::cc {

class Bbr {
 public:
  enum class State : std::uint8_t { Startup, Drain, ProbeBwDown, ProbeBwCruise, ProbeBwRefill, ProbeBwUp, ProbeRtt };

  void start(Window& window, const Sender& sender) noexcept;
  void on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept;
  void on_recovery(Window& window, const Sender& sender) noexcept;
  void on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept;
  /// The draft leaves ECN open but has a mark be congestion (3.7): it counts as a loss in this round.
  void on_ecn(Window& window, const Sender& sender) noexcept;
  void on_spurious(Window& window, const Sender& sender) noexcept;
  void on_recovered(Window& window, const Sender& sender) noexcept;
  void on_ack(Window& window, const AckSample& sample) noexcept;
  /// The window stays; it paces at the bandwidth, and what the idleness drained needs no ProbeRTT (5.4.1).
  void on_restart(Window& window, const Sender& sender, Duration idle) noexcept;

  /// The model bounds the window in recovery too (5.6.4.4).
  static constexpr bool kOwnRecovery = true;

  static constexpr Rate kNoRateBound = ~Rate{0};
  static constexpr std::uint32_t kNoBound = 0xffff'ffff;

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] Rate max_bw() const noexcept { return std::max(max_bw_filter_[0], max_bw_filter_[1]); }
  /// What pacing follows: BoundBWForModel.
  [[nodiscard]] Rate bw() const noexcept { return std::min(max_bw(), bw_shortterm_); }
  [[nodiscard]] Rate bw_shortterm() const noexcept { return bw_shortterm_; }
  [[nodiscard]] Duration min_rtt() const noexcept { return min_rtt_; }
  [[nodiscard]] std::uint32_t inflight_longterm() const noexcept { return inflight_longterm_; }
  [[nodiscard]] std::uint32_t inflight_shortterm() const noexcept { return inflight_shortterm_; }
  [[nodiscard]] std::uint32_t extra_acked() const noexcept { return extra_acked_filter_.best(); }
  [[nodiscard]] std::uint32_t round_count() const noexcept { return round_count_; }
  [[nodiscard]] bool full_bw_reached() const noexcept { return full_bw_reached_; }
  /// The state's BBR.pacing_gain (5.6.1).
  [[nodiscard]] std::uint32_t pacing_gain_percent() const noexcept;
  /// How long this ProbeBW cycle may last before bandwidth is probed again, random (5.3.3.8.2).
  [[nodiscard]] Duration probe_wait() const noexcept { return Duration{bw_probe_wait_}; }

 private:
  /// What the ACKs that arrive tell about the last bandwidth probe (2.14).
  enum class AckPhase : std::uint8_t { Init, Refilling, ProbeStarting, ProbeFeedback, ProbeStopping };
  enum class Undo : std::uint8_t { None, Startup, ProbeBwUp };

  // The model: bbr_model.cc.
  [[nodiscard]] bool is_app_limited(const AckSample& sample) const noexcept;
  [[nodiscard]] bool is_cwnd_limited() const noexcept { return limited_in_round_ || limited_in_last_round_; }
  void update_round(const AckSample& sample) noexcept;
  void update_latest_delivery_signals(const AckSample& sample) noexcept;
  void advance_latest_delivery_signals(const AckSample& sample) noexcept;
  void update_congestion_signals(const Window& window, const AckSample& sample) noexcept;
  void update_max_bw(const AckSample& sample) noexcept;
  void advance_max_bw_filter() noexcept;
  void update_ack_aggregation(const Window& window, const AckSample& sample) noexcept;
  void update_min_rtt(const AckSample& sample) noexcept;

  // Loss: bbr_loss.cc.
  [[nodiscard]] static bool is_inflight_too_high(const Sender& sender, std::uint32_t lost,
                                                 std::uint32_t tx_in_flight) noexcept;
  void drain_excess_loss(std::uint32_t delivered) noexcept;
  void count_excess_loss(const Sender& sender, std::uint32_t lost) noexcept;
  void forget_losses() noexcept;
  void reset_congestion_signals() noexcept;
  void reset_short_term_model() noexcept;
  void adapt_lower_bounds_from_congestion(const Window& window) noexcept;
  void save_cwnd(const Window& window) noexcept;
  void restore_cwnd(Window& window) const noexcept;
  void save_state_upon_loss(const Window& window) noexcept;
  void note_loss(const Window& window, const Sender& sender) noexcept;
  void count_lost_range(const LostSegment& lost) noexcept;
  void handle_inflight_too_high(const Window& window, const Sender& sender, const LostSegment& lost,
                                std::uint32_t tx_in_flight) noexcept;

  // Startup and Drain: bbr_startup.cc.
  void enter_startup() noexcept;
  void reset_full_bw() noexcept;
  void check_full_bw_reached(const AckSample& sample) noexcept;
  void check_startup_high_loss(const AckSample& sample) noexcept;
  void check_startup_done(const AckSample& sample) noexcept;
  void check_drain_done(const AckSample& sample) noexcept;

  // ProbeBW: bbr_probe_bw.cc.
  [[nodiscard]] bool is_in_a_probe_bw_state() const noexcept;
  [[nodiscard]] bool is_probing_bw() const noexcept;
  [[nodiscard]] bool is_time_to_probe_bw(const Window& window, const AckSample& sample) const noexcept;
  [[nodiscard]] bool is_time_to_cruise(const AckSample& sample) const noexcept;
  [[nodiscard]] bool is_time_to_go_down(const Window& window, const AckSample& sample) noexcept;
  [[nodiscard]] bool adapt_long_term_model(const Window& window, const AckSample& sample) noexcept;
  void probe_inflight_longterm_upward(const Window& window, const AckSample& sample) noexcept;
  void raise_inflight_longterm_slope(const Window& window, const Sender& sender) noexcept;
  void pick_probe_wait(const Sender& sender) noexcept;
  void start_probe_bw_down(const Sender& sender) noexcept;
  void start_probe_bw_refill(const Sender& sender) noexcept;
  void start_probe_bw_up(const Window& window, const AckSample& sample) noexcept;
  void update_probe_bw_cycle_phase(const Window& window, const AckSample& sample) noexcept;

  // ProbeRTT: bbr_probe_rtt.cc.
  void check_probe_rtt(Window& window, const AckSample& sample) noexcept;
  void handle_probe_rtt(Window& window, const AckSample& sample) noexcept;
  void check_probe_rtt_done(Window& window, const Sender& sender) noexcept;

  // Rate and window: bbr_window.cc.
  [[nodiscard]] std::uint32_t cwnd_gain_percent() const noexcept;
  [[nodiscard]] std::uint64_t bdp_multiple(Rate rate, std::uint32_t gain_percent) const noexcept;
  [[nodiscard]] std::uint32_t quantization_budget(const Sender& sender, std::uint64_t inflight_cap) const noexcept;
  [[nodiscard]] std::uint32_t inflight(const Sender& sender, Rate rate) const noexcept;
  [[nodiscard]] std::uint32_t inflight_with_headroom(const Sender& sender) const noexcept;
  [[nodiscard]] std::uint32_t target_inflight(const Window& window) const noexcept;
  [[nodiscard]] std::uint32_t probe_rtt_cwnd(const Sender& sender) const noexcept;
  void init_pacing_rate(Window& window, const Sender& sender) noexcept;
  void set_pacing_rate(Window& window, std::uint32_t gain_percent) const noexcept;
  void set_cwnd(Window& window, const AckSample& sample) const noexcept;
  void bound_cwnd_for_model(Window& window, const Sender& sender) const noexcept;

  std::array<Rate, 2> max_bw_filter_{};  ///< best of this ProbeBW cycle and of the one before
  Rate bw_shortterm_ = kNoRateBound;
  Rate bw_latest_ = 0;
  Rate full_bw_ = 0;
  Rate undo_bw_shortterm_ = 0;
  RoundTrip round_;
  std::uint64_t loss_round_delivered_ = 0;
  std::uint64_t extra_acked_delivered_ = 0;
  std::uint64_t excess_loss_ = 0;     ///< bytes above the threshold, in hundredths
  std::uint64_t held_back_from_ = 1;  ///< what was sent at C.delivered between these two was held back by ProbeRTT
  std::uint64_t held_back_until_ = 0;
  Time extra_acked_interval_start_{};
  Time min_rtt_stamp_{};
  Time probe_rtt_min_stamp_{};
  Time probe_rtt_done_stamp_{};
  Time cycle_stamp_{};
  Duration min_rtt_ = Duration::max();
  Duration probe_rtt_min_delay_ = Duration::max();
  WindowedMax extra_acked_filter_;
  std::uint32_t bw_probe_wait_ = 0;  ///< nanoseconds
  std::uint32_t round_count_ = 0;
  std::uint32_t drain_start_round_ = 0;
  std::uint32_t rounds_since_probe_up_ = 0;
  std::uint32_t inflight_latest_ = 0;
  std::uint32_t inflight_longterm_ = kNoBound;
  std::uint32_t inflight_shortterm_ = kNoBound;
  std::uint32_t undo_inflight_longterm_ = 0;
  std::uint32_t undo_inflight_shortterm_ = 0;
  std::uint32_t prior_cwnd_ = 0;
  std::uint32_t initial_cwnd_ = 0;
  std::uint32_t bw_probe_up_acked_ = 0;
  std::uint32_t probe_up_acked_per_inc_ = kNoBound;
  std::uint32_t lost_range_end_ = 0;
  State state_ = State::Startup;
  AckPhase ack_phase_ = AckPhase::Init;
  Undo undo_state_ = Undo::None;
  std::uint8_t full_bw_count_ = 0;
  std::uint8_t bw_probe_up_rounds_ = 0;
  std::uint8_t lost_ranges_in_round_ = 0;
  bool seen_rtt_ : 1 = false;
  bool round_start_ : 1 = false;
  bool loss_round_start_ : 1 = false;
  bool is_loss_in_round_ : 1 = false;
  bool is_congested_in_round_ : 1 = false;  ///< more than chance was lost, or something was marked
  bool full_bw_reached_ : 1 = false;
  bool full_bw_now_ : 1 = false;
  bool is_bw_probe_sample_ : 1 = false;
  bool prev_probe_too_high_ : 1 = false;
  bool prev_probe_precautionary_ : 1 = false;
  bool idle_restart_ : 1 = false;
  bool probe_rtt_expired_ : 1 = false;
  bool probe_rtt_timed_ : 1 = false;  ///< probe_rtt_done_stamp_ is set
  bool probe_rtt_round_done_ : 1 = false;
  bool limited_in_round_ : 1 = false;
  bool limited_in_last_round_ : 1 = false;
  bool in_recovery_ : 1 = false;
  bool state_saved_ : 1 = false;  ///< of this loss episode
};
static_assert(sizeof(Bbr) <= 248);

}  // namespace millrace::cc
