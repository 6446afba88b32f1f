// A one-level timing wheel with fine ticks: when paced connections may send next.
//
// Ticks of 2^10 ns (1.02 us), 4096 slots: 4.19 ms ahead of the wheel's tick (`now` of the last advance(), or the tick
// of the timer fired last while more are due). Departures lie closer than that but at low rates; farther ones are
// parked at that horizon and the owner arms again when it is called early, so a wait of a second costs 240 calls. Arm
// and cancel are O(1), and so is finding the earliest timer: a bitmap of the slots in use, and one of the bitmap's
// words. Work per call is bounded by the caller. A timer within the horizon never fires before its deadline: deadlines
// round up to the next tick, so it fires at most one tick late when advance() is called in time. Timers of one tick
// fire in the order in which they were armed.
//
// The wheel owns no timer, see node_lists.h. One thread owns a wheel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/check.h"
#include "base/time.h"
#include "timer/node_lists.h"

namespace millrace::timer {

class PacingWheel {
 public:
  static constexpr unsigned kTickShift = 10;
  static constexpr unsigned kSlots = 4096;
  /// How far ahead of the wheel a deadline can be held.
  static constexpr std::int64_t kHorizonTicks = kSlots - 1;

  explicit PacingWheel(Time start) noexcept;
  PacingWheel(const PacingWheel&) = delete;
  PacingWheel& operator=(const PacingWheel&) = delete;

  /// Tells where the objects of `kind` (0..3) lie: first node and distance between nodes, in bytes.
  void set_arena(unsigned kind, Node* first, std::size_t stride) noexcept { lists_.set_arena(kind, first, stride); }

  /// Arms or re-arms. A deadline that has passed fires at the next advance(), never within the running one.
  void arm(TimerId id, Time deadline) noexcept;
  /// Does nothing when the timer is not armed.
  void cancel(TimerId id) noexcept;

  /// Fires what is due at `now` (deadline <= now, to the tick), oldest tick first: each node is unarmed, then
  /// on_expired(TimerId) is called, which may arm and cancel any timer, but not advance. At most `budget` calls;
  /// returns how many. What the bound leaves is done at the next call; next_deadline() is then not after `now`. A
  /// `now` before an earlier one counts as that one.
  template <class OnExpired>
  std::size_t advance(Time now, std::size_t budget, OnExpired&& on_expired);

  /// When the earliest timer fires, exactly; nullopt when nothing is armed.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  /// Timers armed.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

 private:
  using Tick = std::int64_t;   ///< ticks since the epoch of Time
  using List = std::uint16_t;  ///< a slot, or kLateList
  using Lists = NodeLists<kSlots + 1>;

  static constexpr List kLateList = kSlots;  ///< armed within advance() for a time that has passed
  static constexpr unsigned kWords = kSlots / Lists::kWordBits;
  static_assert(kWords == 64, "one word tells which words are not 0");
  static constexpr Tick kNotAdvancing = std::numeric_limits<Tick>::min();

  [[nodiscard]] TimerId take_due() noexcept;
  void begin_advance(Time now) noexcept;
  void end_advance() noexcept;
  [[nodiscard]] std::optional<Tick> earliest_tick() const noexcept;
  void link(std::uint32_t id, Tick tick) noexcept;
  void unlink(Node& n) noexcept;

  Tick current_;  ///< nothing armed lies before it, nor beyond the horizon from it
  Tick advancing_to_ = kNotAdvancing;
  std::size_t pending_ = 0;
  std::uint64_t words_in_use_ = 0;  ///< bit i: one of the slots 64 i to 64 i + 63 is in use
  Lists lists_;
};

template <class OnExpired>
std::size_t PacingWheel::advance(Time now, std::size_t budget, OnExpired&& on_expired) {
  begin_advance(now);
  std::size_t fired = 0;
  while (fired < budget) {
    const TimerId id = take_due();
    if (id == TimerId{}) break;
    ++fired;
    on_expired(id);
  }
  end_advance();
  return fired;
}

}  // namespace millrace::timer
