// Running a strand, and what the scopes around the place where it is have to say.
#include "coro/strand.h"

#include <utility>

#include "coro/scope.h"

namespace millrace::coro {

void Strand::run() {
  while (next_) std::exchange(next_, nullptr).resume();
}

std::optional<Error> Strand::interruption() const noexcept {
  for (const Scope* scope = innermost_; scope != nullptr; scope = scope->outer())
    if (const auto kind = scope->fired()) return Error{.kind = *kind};
  return std::nullopt;
}

}  // namespace millrace::coro
