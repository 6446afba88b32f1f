// One coroutine waits until another one, or a task that another thread has posted to this worker, says go.
#pragma once

#include <utility>

#include "coro/operation.h"

namespace millrace::coro {

/// A set() wakes who waits; with nobody there it lets the next wait() pass, once. One coroutine may wait at a time.
/// Belongs to one worker's thread; stays where it is while it is awaited.
class Signal {
 public:
  /// What wait() returns; await it.
  class [[nodiscard]] Wait final : public Operation {
   public:
    // For the rest of this room, and the compiler.
    explicit Wait(Signal& signal) noexcept : signal_(&signal) {}
    Result<void> await_resume() const noexcept { return error_ ? Result<void>{*error_} : Result<void>{}; }

   private:
    std::optional<Error> begin(Strand&) noexcept override {
      wait_at(signal_->waiter_);
      return std::nullopt;
    }
    bool poll() noexcept override { return std::exchange(signal_->set_, false); }

    Signal* signal_;
  };

  Signal() = default;
  /// Who waits gets NotOpen.
  ~Signal() { waiter_.interrupt(Error{.kind = ErrorKind::NotOpen}); }

  /// The coroutine goes on in this turn, after this has returned.
  void set() noexcept {
    set_ = true;
    waiter_.wake();
  }
  /// Waits for set(); at once over if it was called since the last wait().
  [[nodiscard]] Wait wait() noexcept { return Wait{*this}; }

 private:
  WaitSlot waiter_;
  bool set_ = false;
};

}  // namespace millrace::coro
