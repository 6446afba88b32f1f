// The first coroutine of a strand: nobody awaits it, the scheduler owns it.
#pragma once

#include <coroutine>

#include "coro/scope.h"
#include "coro/task.h"

namespace millrace::coro {

struct Root {
  struct promise_type;
  std::coroutine_handle<promise_type> handle;
};

struct Root::promise_type : PromiseBase {
  Strand own;

  template <class... Rest>
  explicit promise_type(Scheduler& scheduler, Rest&...) noexcept
      : own(scheduler, std::coroutine_handle<promise_type>::from_promise(*this)) {
    strand = &own;
  }
  Root get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept;
};

/// Frames of strands; they start when the scheduler runs them.
Root run_detached(Scheduler& scheduler, Task<> task);
Root run_detached(Scheduler& scheduler, Task<> task, CancelSource& source);

}  // namespace millrace::coro
