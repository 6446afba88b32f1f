// The arithmetic of Reno's window (RFC 5681 3.1, RFC 3465, RFC 7661 4.4). When loss is detected, and what is sent
// again, is lib/tcp's business.
#include "cc/new_reno.h"

#include <algorithm>

namespace millrace::cc {

void NewReno::start(Window&, const Sender& sender) noexcept {
  *this = NewReno{};
  round_.start(sender);
  validation_.start(sender);
}

void NewReno::on_ack(Window& window, const AckSample& sample) noexcept {
  const std::uint32_t volume = round_.volume(sample);
  const bool new_round = round_.ends(sample);
  validation_.on_ack(window, sample, new_round ? volume : 0);
  if (sample.phase == Phase::Recovery) return;
  if (window.cwnd < window.ssthresh) hystart_.on_ack(window, sample, new_round);
  if (!validation_.may_grow(window, sample)) return;
  if (window.cwnd < window.ssthresh)
    hystart_.grow_window(window, sample);
  else
    avoid_congestion(window, sample);
}

/// One segment for each window of acknowledged bytes (RFC 3465 2.1). Only whole segments fill a window: the rest of it
/// would make a round trip and a bit of each.
void NewReno::avoid_congestion(Window& window, const AckSample& sample) noexcept {
  const std::uint32_t filled = window.cwnd - window.cwnd % sample.smss;
  acked_ += growth_bytes(sample);
  if (acked_ < filled) return;
  acked_ -= filled;
  grow(window, sample.smss);
}

void NewReno::on_lost(Window&, const Sender&, const LostSegment& lost) noexcept { validation_.on_lost(lost.length); }

void NewReno::halve(Window& window, const Sender& sender) noexcept {
  prior_cwnd_ = window.cwnd;
  prior_ssthresh_ = window.ssthresh;
  acked_ = 0;
  window.ssthresh = std::max(validation_.used(window, sender) / 2, 2 * sender.smss);
}

void NewReno::on_recovery(Window& window, const Sender& sender) noexcept {
  validation_.on_recovery(window, sender);
  halve(window, sender);
}

void NewReno::on_recovered(Window& window, const Sender& sender) noexcept {
  const auto left = validation_.on_recovered(sender);
  if (left) window.cwnd = window.ssthresh = std::max(*left / 2, 2 * sender.smss);
}

void NewReno::on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept {
  if (first_expiry) halve(window, sender);
  window.cwnd = sender.smss;
  acked_ = 0;
  validation_.forget_loss();
}

void NewReno::on_ecn(Window& window, const Sender& sender) noexcept {
  take_mark(window, sender, validation_.used(window, sender) / 2);
}

void NewReno::take_mark(Window& window, const Sender& sender, std::uint32_t bytes) noexcept {
  window.ssthresh = std::max(bytes, 2 * sender.smss);
  window.cwnd = std::max(bytes, sender.smss);
  acked_ = 0;
  prior_cwnd_ = 0;
}

void NewReno::on_spurious(Window& window, const Sender&) noexcept {
  if (prior_cwnd_ == 0) return;
  window.cwnd = std::max(window.cwnd, prior_cwnd_);
  window.ssthresh = std::max(window.ssthresh, prior_ssthresh_);
  prior_cwnd_ = 0;
  validation_.forget_loss();
}

void NewReno::on_restart(Window& window, const Sender& sender, Duration idle) noexcept {
  validation_.on_restart(window, sender, idle);
}

}  // namespace millrace::cc
