// Waiting for time to pass: on the scheduler's timers, never by holding the thread.
#pragma once

#include "base/export.h"
#include "base/time.h"
#include "coro/operation.h"
#include "coro/timers.h"

namespace millrace::coro {

/// What sleep_for() returns; await it.
class [[nodiscard]] MILLRACE_API Sleep final : public Operation, private Timer {
 public:
  // For the rest of this room, and the compiler.
  explicit Sleep(Duration span) noexcept : span_(span) {}
  Result<void> await_resume() const noexcept { return error_ ? Result<void>{*error_} : Result<void>{}; }

 private:
  std::optional<Error> begin(Strand& strand) noexcept override;
  bool poll() noexcept override { return false; }
  void expired() noexcept override;

  Duration span_;
};

/// Waits for `span`, or a turn when it is not positive: others run meanwhile. Fails with TimedOut or Cancelled.
[[nodiscard]] inline Sleep sleep_for(Duration span) noexcept { return Sleep{span}; }

}  // namespace millrace::coro
