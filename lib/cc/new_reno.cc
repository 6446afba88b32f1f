// The arithmetic of Reno's window: RFC 5681 3.1 with byte counting (RFC 3465, L = 2). Growth needs proof that the
// window was the limit. When loss is detected, and what is sent again, is lib/tcp's business.
#include "cc/new_reno.h"

#include <algorithm>

namespace millrace::cc {

void NewReno::start(Window&, const Sender&) noexcept { *this = NewReno{}; }

void NewReno::on_ack(Window& window, const AckSample& sample) noexcept {
  // RFC 3168 6.1.2: no growth by an ACK that reports marks.
  if (!sample.cwnd_limited || sample.phase == Phase::Recovery || sample.ece) return;
  if (window.cwnd < window.ssthresh) {
    // Slow start: one ACK of a whole burst may stand for many segments, yet grows the window by two at most (RFC
    // 3465 2.3).
    window.cwnd += std::min(sample.acked, 2 * sample.smss);
    return;
  }
  acked_ += sample.acked;
  if (acked_ < window.cwnd) return;
  acked_ -= window.cwnd;
  window.cwnd += sample.smss;
}

void NewReno::on_lost(Window&, const Sender&, const LostSegment&) noexcept {}

void NewReno::on_recovery(Window& window, const Sender& sender) noexcept {
  prior_cwnd_ = window.cwnd;
  prior_ssthresh_ = window.ssthresh;
  window.ssthresh = std::max(sender.flight_size / 2, 2 * sender.smss);
  acked_ = 0;
}

void NewReno::on_recovered(Window&, const Sender&) noexcept {}

void NewReno::on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept {
  if (first_expiry) on_recovery(window, sender);
  window.cwnd = sender.smss;
  acked_ = 0;
}

void NewReno::on_ecn(Window& window, const Sender& sender) noexcept {
  on_recovery(window, sender);
  window.cwnd = window.ssthresh;
}

void NewReno::on_spurious(Window& window, const Sender&) noexcept {
  window.cwnd = std::max(window.cwnd, prior_cwnd_);
  window.ssthresh = std::max(window.ssthresh, prior_ssthresh_);
}

void NewReno::on_restart(Window& window, const Sender& sender, Duration) noexcept {
  window.cwnd = std::min(window.cwnd, initial_window(sender.smss));
  acked_ = 0;
}

}  // namespace millrace::cc
