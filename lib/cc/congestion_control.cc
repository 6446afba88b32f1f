// Passes each call on to the algorithm in use.
#include "cc/congestion_control.h"

namespace millrace::cc {

static_assert(Controller<NewReno> && Controller<Cubic> && Controller<Bbr> && Controller<Dctcp>);

CongestionControl::CongestionControl(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::NewReno:
      state_.emplace<NewReno>();
      break;
    case Algorithm::Cubic:
      state_.emplace<Cubic>();
      break;
    case Algorithm::Bbr:
      state_.emplace<Bbr>();
      break;
    case Algorithm::Dctcp:
      state_.emplace<Dctcp>();
      break;
  }
}

bool CongestionControl::own_recovery() const noexcept {
  return std::visit([]<class A>(const A&) { return A::kOwnRecovery; }, state_);
}

void CongestionControl::start(Window& window, const Sender& sender) noexcept {
  std::visit([&](auto& a) { a.start(window, sender); }, state_);
}

void CongestionControl::on_lost(Window& window, const Sender& sender, const LostSegment& lost) noexcept {
  std::visit([&](auto& a) { a.on_lost(window, sender, lost); }, state_);
}

void CongestionControl::on_recovery(Window& window, const Sender& sender) noexcept {
  std::visit([&](auto& a) { a.on_recovery(window, sender); }, state_);
}

void CongestionControl::on_timeout(Window& window, const Sender& sender, bool first_expiry) noexcept {
  std::visit([&](auto& a) { a.on_timeout(window, sender, first_expiry); }, state_);
}

void CongestionControl::on_ecn(Window& window, const Sender& sender) noexcept {
  std::visit([&](auto& a) { a.on_ecn(window, sender); }, state_);
}

void CongestionControl::on_spurious(Window& window, const Sender& sender) noexcept {
  std::visit([&](auto& a) { a.on_spurious(window, sender); }, state_);
}

void CongestionControl::on_recovered(Window& window, const Sender& sender) noexcept {
  std::visit([&](auto& a) { a.on_recovered(window, sender); }, state_);
}

void CongestionControl::on_ack(Window& window, const AckSample& sample) noexcept {
  std::visit([&](auto& a) { a.on_ack(window, sample); }, state_);
}

void CongestionControl::on_restart(Window& window, const Sender& sender, Duration idle) noexcept {
  std::visit([&](auto& a) { a.on_restart(window, sender, idle); }, state_);
}

}  // namespace millrace::cc
