// How long a call may rest, by the stack's clock, and what it does meanwhile.
#include "sockets/waiting.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace millrace::sockets {

void Bell::ring() noexcept {
  const std::lock_guard lock{mutex_};
  rung_ = true;
  rung_changed_.notify_one();
}

bool Bell::rest(std::optional<Duration> longest) {
  std::unique_lock lock{mutex_};
  const auto rung = [this] { return rung_; };
  if (longest) {
    (void)rung_changed_.wait_for(lock, std::chrono::nanoseconds{longest->count()}, rung);
  } else {
    rung_changed_.wait(lock, rung);
  }
  return std::exchange(rung_, false);
}

Wait::Wait(mr_stack& stack, std::optional<Duration> longest) : stack_(stack) {
  // Longer than any program lives is for ever; it must not overflow.
  constexpr Duration kForEver = std::chrono::hours{24 * 365 * 100};
  if (longest && *longest < kForEver) deadline_ = stack.drive->now() + *longest;
}

int Wait::turn(Time until) {
  if (stack_.wait == nullptr) return -EDEADLK;
  return -stack_.wait(stack_.wait_arg, to_ns(until));
}

int Wait::once(std::optional<Duration> look) {
  const Time now = stack_.drive->now();
  if (deadline_ && now >= *deadline_) return -ETIMEDOUT;
  std::optional<Time> until = deadline_;
  if (look) until = earlier(until, now + *look);
  if (stack_.drive->turned_by_caller()) return turn(until.value_or(Time::max()));
  if (stack_.drive->called_by_worker()) return -EDEADLK;  // the worker that would have to turn
  (void)bell.rest(until ? std::optional{*until - now} : std::nullopt);
  return 0;
}

}  // namespace millrace::sockets
