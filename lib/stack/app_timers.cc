// Due timers form a list by index, in the order in which they fired; a cancelled one among them is passed over.
#include "stack/app_timers.h"

namespace millrace::stack {

AppTimers::AppTimers(std::uint32_t capacity, timer::Wheel& wheel)
    : wheel_(wheel), timers_(capacity), generations_(capacity) {
  wheel.set_arena(kKind, static_cast<timer::Node*>(timers_.memory()), timers_.stride());
}

AppTimerId AppTimers::start(Time at, std::uint64_t user) noexcept {
  const std::uint32_t index = timers_.take(AppTimer{{}, at, user, base::kNoIndex, false});
  if (index == base::kNoIndex) return {};
  wheel_.arm(on_wheel(index), at);
  return {index, ++generations_[index]};
}

bool AppTimers::cancel(const AppTimerId& id) noexcept {
  const bool known = id.index < generations_.size() && generations_[id.index] == id.generation;
  if (!known || id.generation % 2 == 0) return false;
  AppTimer& timer = timers_[id.index];
  if (timer.cancelled) return false;
  if (timer.node.armed()) {
    wheel_.cancel(on_wheel(id.index));
    release(id.index);
  } else {
    timer.cancelled = true;
  }
  return true;
}

void AppTimers::expired(std::uint32_t index, Time now) noexcept {
  AppTimer& timer = timers_[index];
  if (timer.at > now) return wheel_.arm(on_wheel(index), timer.at);
  if (last_due_ == base::kNoIndex)
    first_due_ = index;
  else
    timers_[last_due_].next_due = index;
  last_due_ = index;
}

bool AppTimers::take_due(tcp::Event& event) noexcept {
  while (first_due_ != base::kNoIndex) {
    const std::uint32_t index = first_due_;
    const AppTimer timer = timers_[index];
    first_due_ = timer.next_due;
    if (first_due_ == base::kNoIndex) last_due_ = base::kNoIndex;
    release(index);
    if (timer.cancelled) continue;
    event = {.kind = tcp::EventKind::Timer, .user = timer.user};
    return true;
  }
  return false;
}

void AppTimers::release(std::uint32_t index) noexcept {
  ++generations_[index];
  timers_.give_back(index);
}

}  // namespace millrace::stack
