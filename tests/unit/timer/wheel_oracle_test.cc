// Both wheels against a sorted map: millions of random arms, cancels and advances, small steps and long jumps, small
// budgets and none, callbacks that arm and cancel.
//
// The map knows for each timer the tick at which it is due. As the wheel promises, that is the deadline rounded up, but
// not before the wheel's tick and not beyond the horizon; what a callback arms for the past is due at the tick to which
// the wheel is being advanced, in the next call.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/random.h"
#include "wheel_kinds.h"

namespace millrace::timer {
namespace {

struct alignas(32) Large {
  Node node;
  std::uint64_t other = 0;
};

/// How far random times spread, in bits of nanoseconds, and how long it goes on.
template <class Kind>
struct Spread;
template <>
struct Spread<Hierarchical> {
  static constexpr unsigned kDeadline = 48, kPast = 40, kStep = 19, kLongStep = 30, kJump = 49;
  static constexpr int kSteps = 300'000;
  static constexpr std::uint64_t kLeastCuts = 10;
};
template <>
struct Spread<OneLevel> {
  static constexpr unsigned kDeadline = 28, kPast = 25, kStep = 14, kLongStep = 22, kJump = 32;
  static constexpr int kSteps = 200'000;
  static constexpr std::uint64_t kLeastCuts = 1000;
};

template <class Kind>
class Model {
 public:
  Model(std::uint64_t seed, std::int64_t start_ns)
      : random_(seed), now_ns_(start_ns), current_(tick_of(start_ns)), wheel_(time_from_ns(start_ns)) {
    wheel_.set_arena(0, small_.data(), sizeof(Node));
    wheel_.set_arena(2, &large_[0].node, sizeof(Large));
  }

  void step() {
    const auto dice = random_.below(100);
    if (dice < 45) {
      arm();
    } else if (dice < 60) {
      cancel();
    } else {
      advance();
    }
    check_next_deadline();
  }

  void drain() {
    while (!due_.empty()) advance();
  }

  std::uint64_t fired() const { return fired_; }
  /// Calls that left something due: of cascades those that were cut, else those whose budget was used up.
  std::uint64_t cuts() const { return cuts_; }

 private:
  static constexpr std::uint32_t kPerKind = 300;
  using Due = std::multimap<std::int64_t, std::uint32_t>;

  static std::int64_t tick_of(std::int64_t ns) { return ns >> Kind::kTickShift; }
  static std::int64_t tick_after(std::int64_t ns) { return -tick_of(-ns); }

  TimerId random_timer() {
    return TimerId::make(random_.chance(0.5) ? 2 : 0, static_cast<std::uint32_t>(random_.below(kPerKind)));
  }
  // Every magnitude is equally likely.
  std::int64_t random_span(unsigned max_bits) {
    return static_cast<std::int64_t>(random_.next() >> (64 - 1 - random_.below(max_bits)));
  }

  unsigned random_step() {
    if (random_.chance(0.03)) return Spread<Kind>::kJump;
    return random_.chance(0.3) ? Spread<Kind>::kLongStep : Spread<Kind>::kStep;
  }

  void arm() {
    const auto timer = random_timer();
    auto deadline = now_ns_ + random_span(Spread<Kind>::kDeadline);
    if (random_.chance(0.1)) deadline = now_ns_ - random_span(Spread<Kind>::kPast);
    if (random_.chance(0.1)) deadline = (tick_of(now_ns_) + random_span(12)) << Kind::kTickShift;
    forget(timer);
    wheel_.arm(timer, time_from_ns(deadline));
    const auto tick = tick_after(deadline);
    if (advancing_to_ && tick <= *advancing_to_) {
      late_.push_back(timer.value);
    } else {
      insert(timer.value, std::clamp(tick, current_, current_ + Kind::kHorizonTicks));
    }
  }

  void cancel() {
    const auto timer = random_timer();
    forget(timer);
    wheel_.cancel(timer);
  }

  void insert(std::uint32_t timer, std::int64_t tick) { places_[timer] = due_.emplace(tick, timer); }

  void forget(TimerId timer) {
    std::erase(late_, timer.value);
    const auto place = places_.find(timer.value);
    if (place == places_.end()) return;
    due_.erase(place->second);
    places_.erase(place);
  }

  void advance() {
    now_ns_ += random_span(random_step());
    const auto budget = static_cast<std::size_t>(random_.chance(0.5) ? 1'000'000 : random_.below(12));
    advancing_to_ = std::max(tick_of(now_ns_), current_);
    std::size_t calls = 0;
    const auto n = wheel_.advance(time_from_ns(now_ns_), budget, [&](TimerId timer) {
      ++calls;
      expired(timer);
    });
    ASSERT_EQ(n, calls);
    ASSERT_LE(n, budget);
    settle(n, budget);
  }

  void expired(TimerId timer) {
    ++fired_;
    ASSERT_FALSE(due_.empty());
    const auto place = places_.find(timer.value);
    ASSERT_NE(place, places_.end()) << "a timer fired that was not armed";
    const auto tick = place->second->first;
    ASSERT_EQ(tick, due_.begin()->first) << "not the oldest";
    ASSERT_LE(tick, *advancing_to_) << "early";
    current_ = tick;
    forget(timer);
    while (random_.chance(0.4)) random_.chance(0.6) ? arm() : cancel();
  }

  // Where the wheel stands after a call, and that it left nothing that it had to do.
  void settle(std::size_t n, std::size_t budget) {
    const auto advanced_to = *advancing_to_;
    advancing_to_.reset();
    const bool left = !due_.empty() && due_.begin()->first <= advanced_to;
    if (left && (n < budget) == Kind::kCascades) ++cuts_;
    if (n < budget) arrived(advanced_to, left, budget);
    for (const auto timer : late_) insert(timer, std::min(advanced_to, current_ + Kind::kHorizonTicks));
    late_.clear();
  }

  // Within the budget all that is due has fired, save what a cut cascade has left.
  void arrived(std::int64_t advanced_to, bool left, std::size_t budget) {
    if constexpr (Kind::kCascades) {
      ASSERT_TRUE(!left || budget < 12) << "a large budget leaves nothing";
      // After a cut cascade the wheel stands at its start, which next_deadline() tells; else it has arrived.
      const auto next = wheel_.next_deadline();
      current_ = next ? std::min(tick_of(to_ns(*next)), advanced_to) : advanced_to;
    } else {
      ASSERT_FALSE(left) << "what is due was left";
      current_ = advanced_to;
    }
  }

  void check_next_deadline() {
    ASSERT_EQ(wheel_.pending(), due_.size());
    const auto next = wheel_.next_deadline();
    ASSERT_EQ(next.has_value(), !due_.empty());
    if (!next) return;
    const auto tick = tick_of(to_ns(*next));
    const auto oldest = due_.begin()->first;
    ASSERT_EQ(to_ns(*next), tick << Kind::kTickShift);
    ASSERT_LE(tick, oldest) << "not a lower bound";
    ASSERT_GE(tick, current_);
    const bool exact = !Kind::kCascades || (tick != current_ && (oldest ^ current_) < 256);
    if (exact) {
      ASSERT_EQ(tick, oldest) << "not exact in the lowest level";
    }
  }

  base::Random random_;
  std::int64_t now_ns_;
  std::int64_t current_;
  std::optional<std::int64_t> advancing_to_;
  typename Kind::Wheel wheel_;
  std::vector<Node> small_{kPerKind};
  std::vector<Large> large_{kPerKind};
  Due due_;
  std::map<std::uint32_t, Due::iterator> places_;
  std::vector<std::uint32_t> late_;
  std::uint64_t fired_ = 0;
  std::uint64_t cuts_ = 0;
};

template <class Kind>
class WheelOracle : public ::testing::Test {};
TYPED_TEST_SUITE(WheelOracle, WheelKinds, WheelNames);

TYPED_TEST(WheelOracle, AgreesWithASortedMap) {
  constexpr std::int64_t kStarts[] = {0, -1'000'000'000'000'000, 1'700'000'000'000'000'000, (1ll << 46) - 1};
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    SCOPED_TRACE(seed);
    Model<TypeParam> model{seed, kStarts[seed % 4]};
    for (int i = 0; i < Spread<TypeParam>::kSteps; ++i) {
      model.step();
      ASSERT_FALSE(this->HasFatalFailure()) << "step " << i;
    }
    model.drain();
    EXPECT_GT(model.fired(), 50'000u);
    EXPECT_GT(model.cuts(), Spread<TypeParam>::kLeastCuts);
  }
}

}  // namespace
}  // namespace millrace::timer
