// The application's own timers, on the wheel of its shard: armed and cancelled in O(1), told as events.
//
// A timer that is due waits in a list until the batch of events has room for it. It is cancelled, and its handle goes
// stale, at any time before that; so whoever cancels is never called afterwards.
#pragma once

#include <cstdint>
#include <vector>

#include "base/slab.h"
#include "base/time.h"
#include "stack/app_timer_id.h"
#include "tcp/event.h"
#include "timer/wheel.h"

namespace millrace::stack {

class AppTimers {
 public:
  /// The arena of these timers, beside those of tcp::Kind.
  static constexpr unsigned kKind = 3;

  /// Room for `capacity` timers; throws std::bad_alloc.
  AppTimers(std::uint32_t capacity, timer::Wheel& wheel);

  /// Index base::kNoIndex when all are in use. A time that has passed fires in the next turn.
  [[nodiscard]] AppTimerId start(Time at, std::uint64_t user) noexcept;
  /// False when it was told or cancelled before.
  bool cancel(const AppTimerId& id) noexcept;

  /// The wheel fired. Arms it again when its time is beyond what the wheel can hold.
  void expired(std::uint32_t index, Time now) noexcept;
  /// One that is due, as an event; the timer is gone afterwards. False when there is none.
  [[nodiscard]] bool take_due(tcp::Event& event) noexcept;

  [[nodiscard]] bool any_due() const noexcept { return first_due_ != base::kNoIndex; }

 private:
  struct AppTimer {
    timer::Node node;
    Time at;
    std::uint64_t user;
    std::uint32_t next_due;
    bool cancelled;  ///< while it is due
  };
  void release(std::uint32_t index) noexcept;
  [[nodiscard]] static timer::TimerId on_wheel(std::uint32_t index) noexcept {
    return timer::TimerId::make(kKind, index);
  }

  timer::Wheel& wheel_;
  base::Slab<AppTimer> timers_;
  std::vector<std::uint32_t> generations_;  ///< odd while the timer is in use
  std::uint32_t first_due_ = base::kNoIndex;
  std::uint32_t last_due_ = base::kNoIndex;
};

}  // namespace millrace::stack
