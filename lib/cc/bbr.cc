// The calls, and the steps of each in the draft's order: initialization (5.2.1), per ACK (5.2.3), restart from idle
// (5.4.1), recovery's begin and end (5.6.4.4). The steps themselves are in the other bbr_*.cc.
#include "cc/bbr.h"

namespace millrace::cc {

void Bbr::start(Window& window, const Sender& sender) noexcept {
  *this = Bbr{};
  initial_cwnd_ = window.cwnd;
  if (sender.srtt > Duration{0}) min_rtt_ = sender.srtt;
  min_rtt_stamp_ = probe_rtt_min_stamp_ = extra_acked_interval_start_ = sender.now;
  init_pacing_rate(window, sender);
}

void Bbr::on_ack(Window& window, const AckSample& sample) noexcept {
  if (!seen_rtt_ && sample.srtt > Duration{0}) init_pacing_rate(window, sample);

  update_latest_delivery_signals(sample);
  update_congestion_signals(window, sample);
  update_ack_aggregation(window, sample);
  check_full_bw_reached(sample);
  check_startup_done(sample);
  check_drain_done(sample);
  update_probe_bw_cycle_phase(window, sample);
  update_min_rtt(sample);
  check_probe_rtt(window, sample);
  advance_latest_delivery_signals(sample);

  set_pacing_rate(window, pacing_gain_percent());
  set_cwnd(window, sample);
  if (!in_recovery_) state_saved_ = false;
}

void Bbr::on_restart(Window& window, const Sender& sender, Duration) noexcept {
  idle_restart_ = true;
  extra_acked_interval_start_ = sender.now;
  if (is_in_a_probe_bw_state())
    set_pacing_rate(window, 100);
  else if (state_ == State::ProbeRtt)
    check_probe_rtt_done(window, sender);
}

void Bbr::on_recovery(Window& window, const Sender&) noexcept {
  save_state_upon_loss(window);
  in_recovery_ = true;
}

void Bbr::on_timeout(Window& window, const Sender& sender, bool) noexcept {
  save_state_upon_loss(window);
  in_recovery_ = true;
  window.cwnd = sender.in_flight + sender.smss;
}

void Bbr::on_recovered(Window& window, const Sender&) noexcept {
  if (in_recovery_) restore_cwnd(window);
  in_recovery_ = false;
}

}  // namespace millrace::cc
