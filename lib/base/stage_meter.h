// Where a worker's cycles go: the stages of a turn, told apart by readings of the TSC at their borders.
//
// Compiled in on demand (meson -Dprofile=true): else a meter is an empty class and its calls are nothing. enter() gives
// no time back, so who names a border below the worker still can't read a clock, and nothing but these counters depends
// on what it read. A reading costs about 25 cycles; a turn has about a dozen, however many packets it carries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.h"
#include "base/tsc_clock.h"

namespace millrace::base {

/// In the order of a turn.
enum class Stage : std::uint8_t {
  Receive,      ///< the ports' RX bursts, and handing frames over
  Parse,        ///< frame to segment
  Lookup,       ///< flows of the burst
  Segments,     ///< RFC 9293 3.10.7 for each, and what is not TCP
  Timers,       ///< what is due
  Inbox,        ///< tasks of other threads
  Events,       ///< collecting them, ending the batch
  Application,  ///< its calls included
  Output,       ///< what is owed becomes frames
  Transmit,     ///< the ports' TX bursts
  Between,      ///< from one turn to the next: rest, neighbor news, the loop of an embedder
};
inline constexpr std::array<std::string_view, 11> kStageNames = {"receive", "parse",    "lookup", "segments",
                                                                 "timers",  "inbox",    "events", "application",
                                                                 "output",  "transmit", "between"};
inline constexpr std::size_t kStages = kStageNames.size();

/// Written by the worker, read by anybody. TSC cycles.
struct StageCounters {
  std::array<Counter, kStages> busy;  ///< of turns that did something
  Counter idle;                       ///< of the others, all stages
};

/// Clock: static uint64_t cycles().
template <class Clock>
class CountingStageMeter {
 public:
  /// Books the turn before, by whether it did anything, and enters Stage::Receive.
  void begin_turn(bool last_was_busy) noexcept {
    enter(Stage::Receive);
    if (turns_++ > 0) book(last_was_busy);
    spent_ = {};
  }
  /// What comes belongs to `stage`.
  void enter(Stage stage) noexcept {
    const std::uint64_t now = Clock::cycles();
    spent_[static_cast<std::size_t>(stage_)] += now - since_;
    since_ = now;
    stage_ = stage;
  }
  [[nodiscard]] const StageCounters& count() const noexcept { return count_; }

 private:
  void book(bool busy) noexcept {
    for (std::size_t i = 0; i < kStages; ++i) (busy ? count_.busy[i] : count_.idle).add(spent_[i]);
  }

  std::array<std::uint64_t, kStages> spent_{};  ///< in this turn
  std::uint64_t since_ = 0;                     ///< the last border
  std::uint64_t turns_ = 0;
  Stage stage_ = Stage::Between;
  StageCounters count_;
};

struct NoStageMeter {
  void begin_turn(bool) noexcept {}
  void enter(Stage) noexcept {}
  [[nodiscard]] StageCounters count() const noexcept { return {}; }
};

#ifdef MILLRACE_PROFILE
using StageMeter = CountingStageMeter<TscClock>;
inline constexpr bool kProfile = true;
#else
using StageMeter = NoStageMeter;
inline constexpr bool kProfile = false;
#endif

}  // namespace millrace::base
