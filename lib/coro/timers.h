// Instants at which coroutines go on: an ordered list whose links lie in what waits, so that arming allocates nothing.
//
// O(log n) to arm and to cancel. Those of one instant expire in the order in which they were armed.
#pragma once

#include <boost/intrusive/set.hpp>
#include <cstddef>
#include <optional>

#include "base/time.h"

namespace millrace::coro {

/// Something that waits for an instant. Goes out of the list by itself when it is destroyed.
class Timer : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  [[nodiscard]] Time deadline() const noexcept { return deadline_; }
  [[nodiscard]] bool armed() const noexcept { return is_linked(); }
  void cancel() noexcept {
    if (is_linked()) unlink();
  }

 protected:
  Timer() = default;
  /// A timer that is armed stays where it is: the copy is not.
  Timer(const Timer&) noexcept : set_base_hook() {}
  Timer& operator=(const Timer&) = delete;
  ~Timer() = default;
  /// The instant has come; the timer is not armed any more. Runs no coroutine.
  virtual void expired() noexcept = 0;

 private:
  friend class Timers;
  Time deadline_{};
};

class Timers {
 public:
  /// Arms a timer that is not armed.
  void start(Timer& timer, Time deadline) noexcept {
    timer.deadline_ = deadline;
    timers_.insert(timer);
  }

  [[nodiscard]] std::optional<Time> next() const noexcept {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->deadline();
  }

  /// Those that are due, `most` of them; the others are due still.
  void expire(Time now, std::size_t most) noexcept {
    for (; most > 0 && !timers_.empty() && timers_.begin()->deadline() <= now; --most) {
      Timer& timer = *timers_.begin();
      timer.cancel();
      timer.expired();
    }
  }

 private:
  struct Earlier {
    bool operator()(const Timer& a, const Timer& b) const noexcept { return a.deadline() < b.deadline(); }
  };
  boost::intrusive::multiset<Timer, boost::intrusive::compare<Earlier>, boost::intrusive::constant_time_size<false>>
      timers_;
};

}  // namespace millrace::coro
