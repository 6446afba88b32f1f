// What a strand can wait for: the base of read, write, accept, connect and sleep. It lies in the frame of the coroutine
// that awaits it and links itself to where the news will come, so waiting allocates nothing.
//
// Life: begin() says where it waits, or why it can't. poll() tries; what succeeds at once does not suspend. Then it
// waits until wake(), which tries again, or interrupt(). Destroying it (with its frame) in any state takes it out.
#pragma once

#include <coroutine>
#include <optional>

#include "base/export.h"
#include "coro/strand.h"

namespace millrace::coro {

/// A place at which one operation waits.
class MILLRACE_API WaitSlot {
 public:
  WaitSlot() = default;
  WaitSlot(const WaitSlot&) = delete;
  WaitSlot& operator=(const WaitSlot&) = delete;

  [[nodiscard]] bool occupied() const noexcept { return waiter_ != nullptr; }
  /// There is news: the operation that waits here, if any, tries again.
  void wake() noexcept;
  /// The operation that waits here, if any, ends with this error.
  void interrupt(const Error& error) noexcept;

 private:
  friend class Operation;
  Operation* waiter_ = nullptr;
};

class MILLRACE_API Operation {
 public:
  Operation& operator=(const Operation&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <OnStrand Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> at) noexcept {
    return !start(*at.promise().strand, at);
  }

  void wake() noexcept;
  void interrupt(const Error& error) noexcept;

 protected:
  Operation() = default;
  /// One that was not awaited yet may be moved, into with_timeout() for example.
  Operation(Operation&&) noexcept {}
  ~Operation();

  /// Before the first poll(): an error ends it.
  [[nodiscard]] virtual std::optional<Error> begin(Strand& strand) noexcept = 0;
  /// True when it is done: with error_, or without.
  [[nodiscard]] virtual bool poll() noexcept = 0;

  void wait_at(WaitSlot& slot) noexcept { slot_ = &slot; }
  [[nodiscard]] bool waits() const noexcept { return strand_ != nullptr; }
  /// Done; the strand goes on in this turn.
  void complete() noexcept;
  /// Waits no more, without an answer. Called by a destructor whose members would end the waiting.
  void leave() noexcept;

  std::optional<Error> error_;

 private:
  [[nodiscard]] bool start(Strand& strand, std::coroutine_handle<> at) noexcept;

  WaitSlot* slot_ = nullptr;
  Strand* strand_ = nullptr;  ///< while it waits
  std::coroutine_handle<> resume_point_;
};

}  // namespace millrace::coro
