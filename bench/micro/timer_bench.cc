// What a timer costs when many are pending: arm, cancel and fire of lib/timer's wheel.
//
// The timers lie in half-open entries, a cache line each, in a slab as the stack has them. There are twice as many as
// are pending, taken in random orders: an entry comes up again when all others have been, so its neighbors in the
// wheel's lists are in no cache. It itself is, as in the stack, where a timer changes when something has happened to
// its owner; "cold": it is not either. Deadlines are uniform over a minute. "hot" takes the same 256 timers again and
// again, as a busy connection does with its own.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/slab.h"
#include "lap.h"
#include "tcp/half_open.h"
#include "timer/wheel.h"

namespace millrace::bench {
namespace {

constexpr Time kNow = time_from_ns(1'000'000'000'000);
constexpr Duration kFarthest = seconds{60};
constexpr std::uint32_t kBatch = 1024;
constexpr std::uint32_t kHotBatch = 256;

/// Two equal sets of timers that take turns: while those of one are cancelled batch by batch, as many of the other are
/// armed. Each set is armed and cancelled in random orders of its own, so neighbors in a list of the wheel are not
/// cancelled together.
class Timers {
 public:
  explicit Timers(std::uint32_t pending) : entries_(pending * 2), wheel_(kNow) {
    for (std::uint32_t i = 0; i < pending * 2; ++i) (void)entries_.take();
    auto* first = static_cast<std::byte*>(entries_.memory()) + offsetof(tcp::HalfOpen, timer);
    wheel_.set_arena(0, reinterpret_cast<timer::Node*>(first), entries_.stride());
    base::Random random{1};
    armed_ = shuffled_set(0, pending, random);
    idle_ = shuffled_set(pending, pending, random);
    for (const Step& step : armed_.to_arm) wheel_.arm(step.timer, step.deadline);
  }

  void cancel(std::size_t n) {
    for (std::size_t i = at_; i < at_ + n; ++i) wheel_.cancel(armed_.to_cancel[i]);
  }
  void arm(std::size_t n) {
    for (std::size_t i = at_; i < at_ + n; ++i) wheel_.arm(idle_.to_arm[i].timer, idle_.to_arm[i].deadline);
  }
  /// Cancels what arm(n) has armed, in that order.
  void take_back(std::size_t n) {
    for (std::size_t i = at_; i < at_ + n; ++i) wheel_.cancel(idle_.to_arm[i].timer);
  }
  /// Brings what the next cancel(n) and arm(n) are about into the cache, not their neighbors.
  void touch(std::size_t n) {
    unsigned sum = 0;
    for (std::size_t i = at_; i < at_ + n; ++i)
      sum += entries_[armed_.to_cancel[i].index()].timer.slot + entries_[idle_.to_arm[i].timer.index()].timer.slot;
    benchmark::DoNotOptimize(sum);
  }
  /// `n` were cancelled and armed.
  void move_on(std::size_t n) {
    at_ += n;
    if (at_ < armed_.to_cancel.size()) return;
    at_ = 0;
    std::swap(armed_, idle_);
  }
  [[nodiscard]] timer::Wheel& wheel() noexcept { return wheel_; }

 private:
  struct Step {
    timer::TimerId timer;
    Time deadline;
  };
  struct Set {
    std::vector<Step> to_arm;
    std::vector<timer::TimerId> to_cancel;
  };

  static Set shuffled_set(std::uint32_t first, std::uint32_t n, base::Random& random) {
    Set set;
    for (std::uint32_t i = first; i < first + n; ++i) {
      const auto ahead = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(to_ns(kFarthest))));
      set.to_cancel.push_back(timer::TimerId::make(0, i));
      set.to_arm.push_back({set.to_cancel.back(), kNow + Duration{ahead}});
    }
    std::shuffle(set.to_arm.begin(), set.to_arm.end(), random);
    std::shuffle(set.to_cancel.begin(), set.to_cancel.end(), random);
    return set;
  }

  base::Slab<tcp::HalfOpen> entries_;
  timer::Wheel wheel_;
  Set armed_, idle_;
  std::size_t at_ = 0;  ///< before it in both sets: cancelled, and armed
};

std::uint32_t whole_batches(std::int64_t pending) { return static_cast<std::uint32_t>(pending) / kBatch * kBatch; }

enum class Measured { Arm, Cancel };

enum class Owner { Near, Cold };

template <Measured kWhich, Owner kOwner>
void measure(benchmark::State& state) {
  const auto pending = whole_batches(state.range(0));
  Timers& timers = data_of<Timers>(pending);
  Laps laps;
  for (auto _ : state) {
    const auto cancel = [&] { timers.cancel(kBatch); };
    const auto arm = [&] { timers.arm(kBatch); };
    if constexpr (kWhich == Measured::Arm) {
      cancel();
      if (kOwner == Owner::Near) timers.touch(kBatch);
      laps.lap(state, kBatch, arm);
    } else {
      arm();
      if (kOwner == Owner::Near) timers.touch(kBatch);
      laps.lap(state, kBatch, cancel);
    }
    timers.move_on(kBatch);
    if (timers.wheel().pending() != pending) return state.SkipWithError("the number of pending timers has changed");
  }
  laps.report(state);
}

template <Measured kWhich>
void hot(benchmark::State& state) {
  Timers& timers = data_of<Timers>(whole_batches(state.range(0)));
  Laps laps;
  for (auto _ : state) {
    const auto arm = [&] { timers.arm(kHotBatch); };
    const auto take_back = [&] { timers.take_back(kHotBatch); };
    if constexpr (kWhich == Measured::Arm) {
      laps.lap(state, kHotBatch, arm);
      take_back();
    } else {
      arm();
      laps.lap(state, kHotBatch, take_back);
    }
  }
  laps.report(state);
}

/// All pending timers run out, by turns of a millisecond with the shard's budget; cascades are part of it.
void fire(benchmark::State& state) {
  constexpr std::size_t kBudget = 256;
  const auto pending = whole_batches(state.range(0));
  Laps laps;
  for (auto _ : state) {
    Timers timers{pending};
    std::size_t fired = 0;
    laps.lap(state, pending, [&] {
      for (Time now = kNow; fired < pending; now += milliseconds{1})
        fired += timers.wheel().advance(now, kBudget, [](timer::TimerId id) { benchmark::DoNotOptimize(id); });
    });
  }
  laps.report(state);
}

[[maybe_unused]] const bool kTimersRegistered = [] {
  for (const std::int64_t pending : {kMillion, 10 * kMillion}) {
    const auto add = [pending](const char* name, void (*body)(benchmark::State&)) {
      return benchmark::RegisterBenchmark(name, body)->Arg(pending)->UseManualTime();
    };
    add("timer.arm_ns", measure<Measured::Arm, Owner::Near>);
    add("timer.cancel_ns", measure<Measured::Cancel, Owner::Near>);
    add("timer.arm_cold_ns", measure<Measured::Arm, Owner::Cold>);
    add("timer.cancel_cold_ns", measure<Measured::Cancel, Owner::Cold>);
    add("timer.arm_hot_ns", hot<Measured::Arm>);
    add("timer.cancel_hot_ns", hot<Measured::Cancel>);
    add("timer.fire_ns", fire)->Iterations(1);
  }
  return true;
}();

}  // namespace
}  // namespace millrace::bench
