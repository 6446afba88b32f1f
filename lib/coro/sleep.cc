// The timer goes with the operation; one that expires after the operation was interrupted does nothing.
#include "coro/sleep.h"

#include "coro/scheduler.h"

namespace millrace::coro {

std::optional<Error> Sleep::begin(Strand& strand) noexcept {
  strand.scheduler().start_timer(*this, span_);
  return std::nullopt;
}

void Sleep::expired() noexcept {
  if (waits()) complete();
}

}  // namespace millrace::coro
