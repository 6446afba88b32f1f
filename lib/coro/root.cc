// A task that ends by an exception ends its strand, nothing else: the scheduler is told, and goes on.
#include "coro/root.h"

#include "coro/scheduler.h"

namespace millrace::coro {

void Root::promise_type::unhandled_exception() noexcept { own.scheduler().report_exception(); }

Root run_detached(Scheduler&, Task<> task) { co_await std::move(task); }

Root run_detached(Scheduler&, Task<> task, CancelSource& source) { co_await with_cancel(source, std::move(task)); }

}  // namespace millrace::coro
