// The steps of being idle, in the order in which they are reached.
#include "stack/idle.h"

#include <algorithm>

namespace millrace::stack {

IdleStep AdaptiveIdle::step(const IdleFacts& facts) noexcept {
  const Duration idle_for = facts.now - *idle_since_;
  if (idle_for < settings_.pause) return {IdleStep::Kind::Pause};
  if (facts.has_work) return {IdleStep::Kind::Yield};

  const Duration until_deadline = facts.deadline ? *facts.deadline - facts.now : Duration::max();
  // The kernel wakes a sleeper some 50 us late, so what is nearly due is waited for awake.
  if (until_deadline < settings_.first_sleep) return {IdleStep::Kind::Pause};
  return {IdleStep::Kind::Sleep, std::min(take_sleep(idle_for, facts.alarmed), until_deadline)};
}

// Interrupts do not shorten the way to the first long sleep: some are edges, and an edge that comes before its frame
// can be received is not repeated.
Duration AdaptiveIdle::take_sleep(Duration idle_for, bool alarmed) noexcept {
  const bool quiet = idle_for >= settings_.quiet;
  if (quiet && alarmed) return settings_.alarmed_sleep;
  const Duration sleep = std::min(next_sleep_, quiet ? settings_.long_sleep : settings_.short_sleep);
  next_sleep_ = std::min(sleep * 2, settings_.long_sleep);
  return sleep;
}

}  // namespace millrace::stack
