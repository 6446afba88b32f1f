// A listener as coroutines use it: connections that the stack has accepted wait here, in order, for accept().
#pragma once

#include <utility>

#include "base/export.h"
#include "coro/connection.h"
#include "coro/error.h"
#include "coro/operation.h"
#include "coro/slot.h"

namespace millrace::coro {

/// What Listener::accept() returns; await it.
class [[nodiscard]] MILLRACE_API Accept final : public Operation {
 public:
  // For the rest of this room, and the compiler.
  explicit Accept(const Ref<ListenerSlot>& listener) noexcept : listener_(listener) {}
  Result<Connection> await_resume() noexcept;

 private:
  std::optional<Error> begin(Strand& strand) noexcept override;
  bool poll() noexcept override;

  Ref<ListenerSlot> listener_;
  Connection accepted_;
};

/// Owns one listener, or none. Belongs to one worker.
class MILLRACE_API Listener {
 public:
  /// No listener: accept() answers NotOpen.
  Listener() = default;
  /// `other` is no listener afterwards.
  Listener(Listener&& other) noexcept : slot_(std::exchange(other.slot_, {})) {}
  /// Closes what this one was; `other` is no listener afterwards.
  Listener& operator=(Listener&& other) noexcept;
  /// As close().
  ~Listener() { close(); }

  /// Waits for the next connection. One that ended while it waited here is not shown. One coroutine may wait at a time.
  [[nodiscard]] Accept accept() noexcept { return Accept{slot_}; }
  /// New connections are refused from now on, those in the queue are reset; who waits in accept() gets NotOpen.
  void close() noexcept;
  /// True until it is closed or moved from.
  [[nodiscard]] bool is_open() const noexcept { return slot_.get() != nullptr; }
  /// Connections in the queue.
  [[nodiscard]] std::size_t waiting() const noexcept { return slot_.get() == nullptr ? 0 : slot_.get()->queue.size(); }

 private:
  friend class Scheduler;
  explicit Listener(const Ref<ListenerSlot>& slot) noexcept : slot_(slot) {}

  Ref<ListenerSlot> slot_;
};

}  // namespace millrace::coro
