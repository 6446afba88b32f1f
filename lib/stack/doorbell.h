// How a sleeping worker is woken: by whoever gives it frames or a task.
//
// ring() costs one load while the worker is awake. The worker announces its sleep, looks at its rings once more and
// waits. A ring() that falls just between may be missed: there is no fence on the giving side, which would cost every
// burst, so a worker sleeps for bounded times only and such a miss costs one of them.
#pragma once

#include <poll.h>

#include <atomic>
#include <span>

#include "base/time.h"

namespace millrace::stack {

class Doorbell {
 public:
  /// Throws std::system_error when the kernel gives no eventfd.
  Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  ~Doorbell();

  /// Any thread: wakes the worker if it sleeps.
  void ring() noexcept {
    if (asleep_.load(std::memory_order_relaxed)) wake();
  }

  /// The worker: from now on ring() wakes. Look for work once more, then wait() or stay_awake().
  void fall_asleep() noexcept { asleep_.store(true, std::memory_order_seq_cst); }
  void stay_awake() noexcept { asleep_.store(false, std::memory_order_relaxed); }
  /// Sleeps until rung, until one of `others` is readable, until a signal, or for `at_most`; awake afterwards. False
  /// when the time passed.
  bool wait(std::span<const int> others, Duration at_most) noexcept;

  static constexpr std::size_t kMostOthers = 31;  ///< further descriptors are not watched

 private:
  void wake() noexcept;

  std::atomic<bool> asleep_{false};
  int event_fd_;
};

}  // namespace millrace::stack
