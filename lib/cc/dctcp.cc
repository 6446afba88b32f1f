// RFC 8257 3.3 (alpha and what it does), 3.4 (loss: as conventional TCP).
#include "cc/dctcp.h"

#include <algorithm>

namespace millrace::cc {

void Dctcp::start(Window& window, const Sender& sender) noexcept {
  *this = Dctcp{};
  reno_.start(window, sender);
  window_.start(sender);
}

/// Alpha = Alpha * (1 - g) + g * BytesMarked / BytesAcked, g = 1 / 16, at the end of each window.
void Dctcp::on_ack(Window& window, const AckSample& sample) noexcept {
  bytes_acked_ += sample.newly_delivered;
  bytes_marked_ += std::min(sample.ce_bytes, sample.newly_delivered);
  if (window_.ends(sample)) {
    const auto marked = static_cast<std::uint32_t>(std::uint64_t{bytes_marked_} * kAlphaOne / bytes_acked_);
    alpha_ = (15 * alpha_ + marked) / 16;
    bytes_acked_ = bytes_marked_ = 0;
  }
  reno_.on_ack(window, sample);
}

void Dctcp::on_ecn(Window& window, const Sender& sender) noexcept {
  const auto cut = static_cast<std::uint32_t>(std::uint64_t{window.cwnd} * alpha_ / (2 * kAlphaOne));
  reno_.take_mark(window, sender, window.cwnd - cut);
}

void Dctcp::on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept {
  reno_.on_lost(window, sender, lost);
}

void Dctcp::on_recovery(Window& window, const Sender& sender) noexcept { reno_.on_recovery(window, sender); }

void Dctcp::on_recovered(Window& window, const Sender& sender) noexcept { reno_.on_recovered(window, sender); }

void Dctcp::on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept {
  reno_.on_timeout(window, sender, first_expiry);
}

void Dctcp::on_spurious(Window& window, const Sender& sender) noexcept { reno_.on_spurious(window, sender); }

void Dctcp::on_restart(Window& window, const Sender& sender, Duration idle) noexcept {
  reno_.on_restart(window, sender, idle);
}

}  // namespace millrace::cc
