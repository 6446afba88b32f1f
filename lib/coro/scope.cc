// The scopes of a strand form a stack; the operation that it waits for is inside all of them.
#include "coro/scope.h"

#include "coro/operation.h"
#include "coro/scheduler.h"

namespace millrace::coro {

void Scope::enter(Strand& strand) noexcept {
  strand_ = &strand;
  outer_ = std::exchange(strand.innermost_, this);
  if (limit_) strand.scheduler().start_timer(*this, *limit_);
  if (source_ == nullptr) return;
  if (source_->cancelled()) fire(ErrorKind::Cancelled);
  source_->scopes_.push_back(*this);
}

void Scope::leave() noexcept {
  if (strand_ == nullptr) return;
  std::exchange(strand_, nullptr)->innermost_ = outer_;
  cancel();
  if (list_base_hook::is_linked()) list_base_hook::unlink();
}

void Scope::fire(ErrorKind kind) noexcept {
  if (fired_) return;
  fired_ = kind;
  if (strand_->waits_for_ != nullptr) strand_->waits_for_->interrupt(Error{.kind = kind});
}

void CancelSource::cancel() noexcept {
  cancelled_ = true;
  for (Scope& scope : scopes_) scope.fire(ErrorKind::Cancelled);
}

}  // namespace millrace::coro
