// A hierarchical timing wheel (Varghese, Lauck 1987; scheme 6/7): every deadline of a shard.
//
// Ticks of 2^14 ns (16.4 us), 4 levels of 256 slots: 19.4 h ahead of the wheel's tick (`now` of the last advance(), or
// the tick of the timer fired last while more are due); farther deadlines are parked at that horizon and the owner
// re-arms when it is called early. Arm and cancel are O(1); an occupancy bitmap per level lets advance() skip
// empty slots, so a jump over hours costs what a jump over one tick costs; work per call is bounded by the caller. A
// timer within the horizon never fires before its deadline: deadlines round up to the next tick, so it fires at most
// one tick late when advance() is called in time. Timers of one tick fire in the order in which they reached its slot.
//
// A timer lies on the level of the highest base-256 digit in which its tick differs from the wheel's. So all ticks of a
// level lie before those of the next, the first slot in use on the lowest level in use holds the earliest timer, and
// when the wheel enters a slot above level 0 each timer there goes at once to the level where it belongs (a cascade, at
// most three in a timer's life).
//
// The wheel owns no timer, see node_lists.h. One thread owns a wheel.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/check.h"
#include "base/time.h"
#include "timer/node_lists.h"
#include "timer/ticks.h"

namespace millrace::timer {

inline constexpr unsigned kTickShift = 14;
/// How far ahead of the wheel a deadline can be held: 255 slots of the highest level, 19.4 h.
inline constexpr std::int64_t kHorizonTicks = std::int64_t{255} << 24;

class Wheel {
 public:
  explicit Wheel(Time start) noexcept;
  Wheel(const Wheel&) = delete;
  Wheel& operator=(const Wheel&) = delete;

  /// Tells where the objects of `kind` (0..3) lie: first node and distance between nodes, in bytes.
  void set_arena(unsigned kind, Node* first, std::size_t stride) noexcept { lists_.set_arena(kind, first, stride); }

  /// Arms or re-arms. A deadline that has passed fires at the next advance(), never within the running one.
  void arm(TimerId id, Time deadline) noexcept;
  /// Does nothing when the timer is not armed.
  void cancel(TimerId id) noexcept;

  /// Fires what is due at `now` (deadline <= now, to the tick), oldest tick first: each node is unarmed, then
  /// on_expired(TimerId) is called, which may arm and cancel any timer, but not advance. At most `budget` calls;
  /// returns how many. A cascade moves at most kMovesPerCall * budget timers per call. What either bound leaves is done
  /// at the next call; next_deadline() is then not after `now`. A `now` before an earlier one counts as that one.
  template <class OnExpired>
  std::size_t advance(Time now, std::size_t budget, OnExpired&& on_expired);

  /// The earliest instant at which advance() may have something to do: exact for deadlines in the lowest level, a lower
  /// bound above it; nullopt when nothing is armed.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  /// When an armed timer fires, if that is less than 9 h ahead.
  [[nodiscard]] Time deadline(TimerId id) const noexcept;
  /// Timers armed.
  [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

  /// A move costs a fraction of a callback, and a cascade that is cut delays the timers behind it.
  static constexpr std::size_t kMovesPerCall = 4;

 private:
  using Tick = std::int64_t;   ///< ticks since the epoch of Time
  using List = std::uint16_t;  ///< level << kDigitBits | slot, or kLateList

  static constexpr unsigned kLevels = 4;
  static constexpr unsigned kDigitBits = 8;
  static constexpr unsigned kSlots = 1u << kDigitBits;
  static constexpr List kLateList = kLevels * kSlots;  ///< armed within advance() for a time that has passed
  static constexpr List kNoList = Node::kUnarmed;
  using Lists = NodeLists<kLevels * kSlots + 1>;
  static constexpr unsigned kWordBits = Lists::kWordBits;
  static constexpr unsigned kWordsPerLevel = kSlots / kWordBits;
  static constexpr Tick kNotAdvancing = std::numeric_limits<Tick>::min();
  static constexpr Tick kUnknown = std::numeric_limits<Tick>::min();

  using WheelTicks = Ticks<kTickShift>;

  struct SlotStart {
    List list;
    Tick tick;
  };

  [[nodiscard]] bool pass_quiet(Time now) noexcept;
  void note_armed(Tick tick, List list) noexcept;
  void begin_advance(Time now, std::size_t budget) noexcept;
  [[nodiscard]] TimerId take_due() noexcept;
  void end_advance() noexcept;

  [[nodiscard]] std::optional<SlotStart> earliest_slot() const noexcept;
  [[nodiscard]] std::optional<unsigned> slots_ahead(unsigned level) const noexcept;
  [[nodiscard]] bool finish_cascade() noexcept;
  [[nodiscard]] List list_of(Tick tick) const noexcept;
  [[nodiscard]] unsigned digit(unsigned level) const noexcept;

  Tick current_;  ///< nothing armed lies before it; only level 0 and a running cascade lie at it
  Tick advancing_to_ = kNotAdvancing;
  Tick quiet_until_ = kUnknown;  ///< no slot in use begins before it, and nothing is left to do
  std::size_t moves_left_ = 0;   ///< of this advance()
  std::size_t pending_ = 0;
  List cascading_ = kNoList;  ///< slot that current_ has entered and that may not be empty yet
  Lists lists_;
};

/// Most calls find nothing due: an advance that has moved only the wheel's tick.
inline bool Wheel::pass_quiet(Time now) noexcept {
  const Tick tick = std::max(WheelTicks::at(now), current_);
  if (tick >= quiet_until_) return false;
  current_ = tick;
  return true;
}

template <class OnExpired>
std::size_t Wheel::advance(Time now, std::size_t budget, OnExpired&& on_expired) {
  if (budget > 0 && pass_quiet(now)) return 0;
  begin_advance(now, budget);
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
