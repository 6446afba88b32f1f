// The one place that suspends a strand, and the one that makes it ready again.
#include "coro/operation.h"

#include "base/check.h"
#include "coro/scheduler.h"

namespace millrace::coro {

void WaitSlot::wake() noexcept {
  if (waiter_ != nullptr) waiter_->wake();
}

void WaitSlot::interrupt(const Error& error) noexcept {
  if (waiter_ != nullptr) waiter_->interrupt(error);
}

Operation::~Operation() { leave(); }

/// True when it is done already.
bool Operation::start(Strand& strand, std::coroutine_handle<> at) noexcept {
  error_ = strand.interruption();
  if (!error_) error_ = begin(strand);
  if (error_) return true;
  const bool busy = slot_ != nullptr && slot_->occupied();
  MILLRACE_ASSERT(!busy && "two coroutines wait for the same: one reader and one writer per connection");
  if (busy) error_ = Error{.kind = ErrorKind::Busy};
  if (busy || poll()) return true;
  if (slot_ != nullptr) slot_->waiter_ = this;
  strand_ = &strand;
  strand.waits_for_ = this;
  resume_point_ = at;
  return false;
}

void Operation::leave() noexcept {
  if (!waits()) return;
  if (slot_ != nullptr) slot_->waiter_ = nullptr;
  strand_->waits_for_ = nullptr;
  strand_ = nullptr;
}

void Operation::complete() noexcept {
  Strand& strand = *strand_;
  leave();
  strand.continue_with(resume_point_);
  strand.scheduler().make_ready(strand);
}

void Operation::wake() noexcept {
  if (poll()) complete();
}

void Operation::interrupt(const Error& error) noexcept {
  error_ = error;
  complete();
}

}  // namespace millrace::coro
