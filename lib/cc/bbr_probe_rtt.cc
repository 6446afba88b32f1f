// ProbeRTT (5.3.4): every five seconds without a lower RTT, half a BDP in flight for 200 ms and a round, so that the
// queues drain and the propagation delay shows.
#include "cc/bbr.h"

namespace millrace::cc {
namespace {

constexpr Duration kProbeRttDuration = milliseconds{200};

}  // namespace

void Bbr::check_probe_rtt(Window& window, const AckSample& sample) noexcept {
  if (state_ != State::ProbeRtt && probe_rtt_expired_ && !idle_restart_) {
    save_cwnd(window);
    state_ = State::ProbeRtt;
    probe_rtt_timed_ = false;
    ack_phase_ = AckPhase::ProbeStopping;
    round_.start(sample);
    held_back_from_ = sample.delivered;
  }
  if (state_ == State::ProbeRtt) handle_probe_rtt(window, sample);
  if (sample.newly_delivered > 0) idle_restart_ = false;
}

void Bbr::handle_probe_rtt(Window& window, const AckSample& sample) noexcept {
  held_back_until_ = sample.delivered + sample.in_flight;
  if (!probe_rtt_timed_) {
    if (sample.in_flight > probe_rtt_cwnd(sample)) return;
    probe_rtt_timed_ = true;
    probe_rtt_done_stamp_ = sample.now + kProbeRttDuration;
    probe_rtt_round_done_ = false;
    round_.start(sample);
    return;
  }
  if (round_start_) probe_rtt_round_done_ = true;
  if (probe_rtt_round_done_) check_probe_rtt_done(window, sample);
}

/// The pipe is below its BDP, so ProbeBW goes on in CRUISE at once (5.3.4.4).
void Bbr::check_probe_rtt_done(Window& window, const Sender& sender) noexcept {
  if (!probe_rtt_timed_ || sender.now <= probe_rtt_done_stamp_) return;
  probe_rtt_min_stamp_ = sender.now;
  restore_cwnd(window);
  reset_short_term_model();
  if (!full_bw_reached_) return enter_startup();
  start_probe_bw_down(sender);
  state_ = State::ProbeBwCruise;
}

}  // namespace millrace::cc
