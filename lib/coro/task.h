// Task<T>: a coroutine that is awaited once, by its caller. Lazy: it starts when it is awaited. The caller owns it, so
// destroying the caller's frame destroys the callee's too, wherever it waits.
//
// An exception that leaves a task is thrown again where the task is awaited. A strand's first task is owned by a Root.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "coro/frame_pool.h"
#include "coro/strand.h"

namespace millrace::coro {

/// What all promises of this room share.
struct PromiseBase {
  Strand* strand = nullptr;              ///< once it has started
  std::coroutine_handle<> continuation;  ///< who awaits it; none: a strand's root

  static void* operator new(std::size_t bytes) { return FramePool::allocate(bytes); }
  static void operator delete(void* frame) noexcept { FramePool::release(frame); }

  struct Return {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      ended.promise().strand->continue_with(ended.promise().continuation);
    }
    void await_resume() const noexcept {}
  };
  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] Return final_suspend() const noexcept { return {}; }
};

template <class T>
struct TaskPromise : PromiseBase {
  std::optional<T> value;
  std::exception_ptr failure;

  template <class From = T>
  void return_value(From&& from) {
    value.emplace(std::forward<From>(from));
  }
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  T take() {
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
};

template <>
struct TaskPromise<void> : PromiseBase {
  std::exception_ptr failure;

  void return_void() const noexcept {}
  void unhandled_exception() noexcept { failure = std::current_exception(); }
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

/// Owns a coroutine that returns T; see the head of this file.
template <class T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : TaskPromise<T> {
    Task get_return_object() noexcept { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
  };

  /// `other` is no task afterwards.
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  /// Destroys the coroutine that this one owned.
  Task& operator=(Task&& other) noexcept {
    if (this != &other) destroy(), handle_ = std::exchange(other.handle_, nullptr);
    return *this;
  }
  ~Task() { destroy(); }

  /// `co_await task()` or `co_await std::move(task)`. Throws std::logic_error when it was awaited or moved before.
  [[nodiscard]] auto operator co_await() && noexcept { return Awaiter{std::move(*this)}; }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
  void destroy() noexcept {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }

  class Awaiter {
   public:
    explicit Awaiter(Task&& task) noexcept : task_(std::move(task)) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <OnStrand Promise>
    [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> caller) {
      if (!task_.handle_) throw std::logic_error("a task that was awaited or moved before is awaited");
      task_.handle_.promise().strand = caller.promise().strand;
      task_.handle_.promise().continuation = caller;
      caller.promise().strand->continue_with(task_.handle_);
      return true;
    }
    T await_resume() { return task_.handle_.promise().take(); }

   private:
    Task task_;
  };

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace millrace::coro
