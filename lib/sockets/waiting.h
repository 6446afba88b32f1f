// How a call waits: a thread rests until the socket's worker tells it of a change; on a stack that the caller turns,
// the function of mr_set_wait() is called.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/time.h"
#include "sockets/home.h"
#include "sockets/socket.h"

struct mr_stack;

namespace millrace::sockets {

/// Where a thread rests; rung from others.
class Bell {
 public:
  void ring() noexcept;
  /// Until it rings, or has rung since the last time; false after `longest`.
  bool rest(std::optional<Duration> longest);

 private:
  std::mutex mutex_;
  std::condition_variable rung_changed_;
  bool rung_ = false;
};

/// One call's waiting, with its deadline.
class Wait {
 public:
  /// `longest`: nullopt is for ever.
  Wait(mr_stack& stack, std::optional<Duration> longest);

  /// Returns when something may have changed: 0. -ETIMEDOUT: the deadline has passed; -EDEADLK: this thread cannot
  /// wait; or what the function of mr_set_wait() said. `look`: come back after so long anyway.
  [[nodiscard]] int once(std::optional<Duration> look = {});

  Bell bell;

 private:
  [[nodiscard]] int turn(Time until);

  mr_stack& stack_;
  std::optional<Time> deadline_;
};

/// A bell that a socket rings.
class SocketBell final : public Watcher {
 public:
  SocketBell(Socket& socket, Bell& bell) : socket_(socket), bell_(bell) { socket_.watchers.add(*this); }
  ~SocketBell() { socket_.watchers.remove(*this); }
  SocketBell(const SocketBell&) = delete;
  SocketBell& operator=(const SocketBell&) = delete;
  void changed(std::uint32_t, std::uint32_t) noexcept override { bell_.ring(); }

 private:
  Socket& socket_;
  Bell& bell_;
};

/// SO_RCVTIMEO and SO_SNDTIMEO.
[[nodiscard]] inline std::optional<Duration> patience(std::int64_t timeout_ns) {
  return timeout_ns == 0 ? std::nullopt : std::optional{Duration{timeout_ns}};
}

/// Calls go() -> ssize_t until it answers something else than -EAGAIN, or the patience is over: -EAGAIN then.
template <class Go>
[[nodiscard]] ssize_t until_done(Socket& socket, bool nonblocking, std::optional<Duration> longest, Go go) {
  ssize_t result = go();
  if (result != -EAGAIN || nonblocking) return result;
  Wait wait{socket.stack(), longest};
  const SocketBell bell{socket, wait.bell};
  for (;;) {
    result = go();  // once more: it may have changed before the bell was there
    if (result != -EAGAIN) return result;
    if (const int error = wait.once(); error != 0) return error == -ETIMEDOUT ? -EAGAIN : error;
  }
}

}  // namespace millrace::sockets
