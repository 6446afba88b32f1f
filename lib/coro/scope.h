// Scopes: a time limit or a cancellation around everything that is awaited inside, however deep.
//
// When a scope fires, the operation that its strand waits for ends with TimedOut or Cancelled, and so does at once
// whatever else is awaited inside; what is after the scope goes on as usual. A scope lies in the frame of who awaits
// it.
#pragma once

#include <boost/intrusive/list.hpp>
#include <concepts>
#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/export.h"
#include "base/time.h"
#include "coro/error.h"
#include "coro/strand.h"
#include "coro/timers.h"

namespace millrace::coro {

class CancelSource;

/// One limit around one strand; made by with_timeout() and with_cancel().
class MILLRACE_API Scope final
    : public Timer,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Scope(std::optional<Duration> limit, CancelSource* source) noexcept : limit_(limit), source_(source) {}
  /// One that was not entered yet may be moved.
  Scope(Scope&& other) noexcept : Scope(other.limit_, other.source_) {}
  Scope& operator=(Scope&&) = delete;
  ~Scope() { leave(); }

  void enter(Strand& strand) noexcept;
  void leave() noexcept;

  [[nodiscard]] const Scope* outer() const noexcept { return outer_; }
  [[nodiscard]] std::optional<ErrorKind> fired() const noexcept { return fired_; }

 private:
  friend class CancelSource;
  void fire(ErrorKind kind) noexcept;
  void expired() noexcept override { fire(ErrorKind::TimedOut); }

  std::optional<Duration> limit_;
  CancelSource* source_;
  Strand* strand_ = nullptr;  ///< while inside
  Scope* outer_ = nullptr;
  std::optional<ErrorKind> fired_;
};

/// Ends what is awaited under it, once and for good. Belongs to one worker's thread; another thread posts a task that
/// cancels. Outlives the with_cancel() and spawn() that were given it, or they are never cancelled.
class MILLRACE_API CancelSource {
 public:
  CancelSource() = default;
  CancelSource(const CancelSource&) = delete;
  CancelSource& operator=(const CancelSource&) = delete;

  /// The coroutines go on in this turn, or in the next ones if they are many; none runs before this returns.
  void cancel() noexcept;
  /// True once cancel() was called.
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

 private:
  friend class Scope;
  boost::intrusive::list<Scope, boost::intrusive::constant_time_size<false>> scopes_;
  bool cancelled_ = false;
};

/// What with_timeout() and with_cancel() return; await it at once.
template <class Awaiter>
class [[nodiscard]] Scoped {
 public:
  Scoped(Awaiter&& awaiter, std::optional<Duration> limit, CancelSource* source) noexcept
      : scope_(limit, source), awaiter_(std::move(awaiter)) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <OnStrand Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> at) {
    scope_.enter(*at.promise().strand);
    return awaiter_.await_suspend(at);
  }
  decltype(auto) await_resume() {
    const Leave after{scope_};  // scopes inside leave before
    return awaiter_.await_resume();
  }

 private:
  struct Leave {
    Scope& scope;
    ~Leave() { scope.leave(); }
  };

  Scope scope_;  // before the awaiter, whose scopes are inside and go first
  Awaiter awaiter_;
};

/// The awaiter of a task or an operation of this room.
template <class Awaitable>
[[nodiscard]] auto awaiter_of(Awaitable&& awaitable) {
  static_assert(std::is_rvalue_reference_v<Awaitable&&>, "await it where it is made, or std::move() it");
  if constexpr (requires { std::move(awaitable).operator co_await(); })
    return std::move(awaitable).operator co_await();
  else
    return std::remove_cvref_t<Awaitable>(std::move(awaitable));
}

/// Awaits a task or an operation for at most `limit`; then it ends with TimedOut. A task is not torn down: what it
/// awaits fails, and it returns what it makes of that.
template <class Awaitable>
[[nodiscard]] auto with_timeout(Duration limit, Awaitable&& awaitable) {
  return Scoped{awaiter_of(std::forward<Awaitable>(awaitable)), limit, nullptr};
}

/// Awaits a task or an operation until the source is cancelled; then it ends with Cancelled.
template <class Awaitable>
[[nodiscard]] auto with_cancel(CancelSource& source, Awaitable&& awaitable) {
  return Scoped{awaiter_of(std::forward<Awaitable>(awaitable)), std::nullopt, &source};
}

}  // namespace millrace::coro
