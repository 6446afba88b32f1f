// RFC 7661 4.2 (pipeACK), 4.3 (the phases), 4.4 (what loss and time do to a window that is not validated).
#include "cc/validation.h"

#include <algorithm>

namespace millrace::cc {
namespace {

constexpr Duration kNonValidatedPeriod = minutes{5};

/// The pipeACK sampling period.
Tick sampling_period(const Sender& sender) noexcept {
  return to_ticks(std::max<Duration>(3 * sender.srtt, seconds{1}));
}

}  // namespace

void Validation::start(const Sender& sender) noexcept {
  *this = Validation{};
  valid_at_ = to_tick(sender.now);
}

void Validation::on_ack(Window& window, const AckSample& sample, std::uint32_t volume) noexcept {
  if (volume > 0) end_round(sample, volume);
  if (sample.phase != Phase::Open) partial_ = 1;  // no samples during recovery
  if (sample.newly_delivered > 0 && sample.cwnd_limited) limited_ = 1;
  const bool undefined = pipe_ack_ == kUndefined && !limited() && window.cwnd > initial_window(sample.smss);
  if (!undefined && validated(window, sample)) {
    valid_at_ = to_tick(sample.now);
  } else if (to_tick(sample.now) - valid_at_ > to_ticks(kNonValidatedPeriod)) {
    shrink(window, sample);
  }
}

void Validation::end_round(const AckSample& sample, std::uint32_t volume) noexcept {
  was_limited_ = limited_;
  limited_ = 0;
  if (partial_) {
    partial_ = 0;
    return;
  }
  const bool stale = to_tick(sample.now) - pipe_ack_at_ > sampling_period(sample);
  if (pipe_ack_ != kUndefined && !stale && volume < pipe_ack_) return;
  pipe_ack_ = std::min(volume, kUndefined - 1);
  pipe_ack_at_ = to_tick(sample.now);
}

bool Validation::may_grow(const Window& window, const AckSample& sample) const noexcept {
  if (sample.cwnd_limited || limited()) return true;
  return window.cwnd < window.ssthresh && sample.prior_in_flight >= window.cwnd / 2;
}

bool Validation::validated(const Window& window, const Sender& sender) const noexcept {
  return limited() || pipe_ack_ == kUndefined || pipe_ack_ >= window.cwnd / 2 ||
         window.cwnd <= initial_window(sender.smss);
}

std::uint32_t Validation::used(const Window& window, const Sender& sender) const noexcept {
  const std::uint32_t proved = pipe_ack_ == kUndefined ? 0 : pipe_ack_;
  return std::min(window.cwnd, std::max(proved, sender.flight_size));
}

void Validation::on_lost(std::uint32_t bytes) noexcept {
  if (unvalidated_loss_)
    loss_ -= std::min<std::uint32_t>(bytes, loss_);
  else
    loss_ += std::min<std::uint32_t>(bytes, kUndefined - loss_);
}

void Validation::on_recovery(const Window& window, const Sender& sender) noexcept {
  if (validated(window, sender)) return;
  const std::uint32_t lost = loss_;
  loss_ = std::min(used(window, sender), kUndefined);
  unvalidated_loss_ = 1;
  on_lost(lost);
}

std::optional<std::uint32_t> Validation::on_recovered(const Sender& sender) noexcept {
  std::optional<std::uint32_t> left;
  if (unvalidated_loss_) left = std::uint32_t{loss_};
  forget_loss();
  pipe_ack_ = kUndefined;
  valid_at_ = to_tick(sender.now);
  return left;
}

void Validation::forget_loss() noexcept {
  loss_ = 0;
  unvalidated_loss_ = 0;
}

void Validation::on_restart(Window& window, const Sender& sender, Duration idle) noexcept {
  if (idle <= sender.srtt) return;  // less than a round trip is no pause
  limited_ = was_limited_ = 0;
  partial_ = 1;
  if (to_ticks(idle) > sampling_period(sender)) pipe_ack_ = kUndefined;
  Duration unused =
      std::max<Duration>(idle, Duration{static_cast<std::int64_t>(to_tick(sender.now) - valid_at_) << 16});
  for (; unused > kNonValidatedPeriod && window.cwnd > initial_window(sender.smss); unused -= kNonValidatedPeriod)
    shrink(window, sender);
}

void Validation::shrink(Window& window, const Sender& sender) noexcept {
  window.ssthresh = std::max(window.ssthresh, window.cwnd / 4 * 3);
  window.cwnd = std::max(window.cwnd / 2, std::min(window.cwnd, initial_window(sender.smss)));
  valid_at_ = to_tick(sender.now);
}

}  // namespace millrace::cc
