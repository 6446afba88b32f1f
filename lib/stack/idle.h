// What a worker does after a turn that found nothing to do: spin, pause, give the core away, sleep.
//
// A busy worker answers within a turn; an idle one must not eat the core that the programs it talks to need. So the
// cost of being idle falls in steps, by how long nothing has happened: first look again at once, then with pause
// instructions, then sleep, shortly at first and longer the longer it stays quiet. A sleep never passes the next
// deadline, and with output waiting there is none, only a yield. Pure policy: it is told the time and says what to do.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "stack/config.h"

namespace millrace::stack {

struct IdleSettings {
  Duration spin = microseconds{20};          ///< look again at once for so long
  Duration pause = microseconds{50};         ///< then with pauses until so long after the last work
  Duration first_sleep = microseconds{10};   ///< doubles with each sleep
  Duration short_sleep = microseconds{100};  ///< the bound while the quiet is short
  Duration quiet = milliseconds{20};         ///< after so long without work the bound is the next one
  Duration long_sleep = milliseconds{1};
  Duration alarmed_sleep = milliseconds{10};  ///< instead, where traffic ends the sleep at once
};

/// What is asked once looking again at once has not helped; a busy worker need not know it.
struct IdleFacts {
  Time now;
  bool has_work = false;         ///< output waits for the port
  bool alarmed = false;          ///< every queue can wake the worker
  std::optional<Time> deadline;  ///< the earliest of the stack's and the application's
};

struct IdleStep {
  enum class Kind : std::uint8_t { Pause, Yield, Sleep };
  Kind kind = Kind::Pause;
  Duration at_most{0};  ///< of a sleep
  friend bool operator==(const IdleStep&, const IdleStep&) = default;
};

class AdaptiveIdle {
 public:
  explicit AdaptiveIdle(IdlePolicy policy, const IdleSettings& settings = {}) noexcept
      : settings_(settings), policy_(policy), next_sleep_(settings.first_sleep) {}

  /// After every turn; `busy`: it did something. False: a step is to be taken.
  [[nodiscard]] bool looks_again(Time now, bool busy) noexcept {
    if (busy || policy_ == IdlePolicy::Spin) {
      start_over();
      return true;
    }
    if (!idle_since_) idle_since_ = now;
    return now - *idle_since_ < settings_.spin;
  }
  /// The step, after looks_again() has said no at the same time.
  [[nodiscard]] IdleStep step(const IdleFacts& facts) noexcept;
  /// Something ended a sleep early: work is near, even if the next turn does not find it yet.
  void woken() noexcept { start_over(); }

 private:
  [[nodiscard]] Duration take_sleep(Duration idle_for, bool alarmed) noexcept;
  void start_over() noexcept {
    idle_since_.reset();
    next_sleep_ = settings_.first_sleep;
  }

  IdleSettings settings_;
  IdlePolicy policy_;
  Duration next_sleep_;
  std::optional<Time> idle_since_;
};

}  // namespace millrace::stack
