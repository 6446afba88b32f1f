// The pacing wheel against a sorted map: random arms, cancels and advances, small steps and jumps, small budgets and
// none, callbacks that arm and cancel.
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
#include "timer/pacing_wheel.h"

namespace millrace::timer {
namespace {

struct alignas(32) Large {
  Node node;
  std::uint64_t other = 0;
};

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
  std::uint64_t cuts() const { return cuts_; }

 private:
  static constexpr std::uint32_t kPerKind = 300;
  using Due = std::multimap<std::int64_t, std::uint32_t>;

  static std::int64_t tick_of(std::int64_t ns) { return ns >> PacingWheel::kTickShift; }
  static std::int64_t tick_after(std::int64_t ns) { return -tick_of(-ns); }

  TimerId random_timer() {
    return TimerId::make(random_.chance(0.5) ? 2 : 0, static_cast<std::uint32_t>(random_.below(kPerKind)));
  }
  // Every magnitude is equally likely.
  std::int64_t random_span(unsigned max_bits) {
    return static_cast<std::int64_t>(random_.next() >> (64 - 1 - random_.below(max_bits)));
  }

  void arm() {
    const auto timer = random_timer();
    auto deadline = now_ns_ + random_span(28);
    if (random_.chance(0.1)) deadline = now_ns_ - random_span(25);
    if (random_.chance(0.1)) deadline = (tick_of(now_ns_) + random_span(12)) << PacingWheel::kTickShift;
    forget(timer);
    wheel_.arm(timer, time_from_ns(deadline));
    const auto tick = tick_after(deadline);
    if (advancing_to_ && tick <= *advancing_to_) {
      late_.push_back(timer.value);
    } else {
      insert(timer.value, std::clamp(tick, current_, current_ + PacingWheel::kHorizonTicks));
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
    now_ns_ += random_.chance(0.03) ? random_span(32) : random_span(random_.chance(0.3) ? 22 : 14);
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
    if (n < budget) {
      ASSERT_TRUE(due_.empty() || due_.begin()->first > advanced_to) << "what is due was left";
      current_ = advanced_to;
    } else if (!due_.empty() && due_.begin()->first <= advanced_to) {
      ++cuts_;
    }
    for (const auto timer : late_) insert(timer, std::min(advanced_to, current_ + PacingWheel::kHorizonTicks));
    late_.clear();
  }

  void check_next_deadline() {
    ASSERT_EQ(wheel_.pending(), due_.size());
    const auto next = wheel_.next_deadline();
    ASSERT_EQ(next.has_value(), !due_.empty());
    if (!next) return;
    ASSERT_EQ(to_ns(*next), due_.begin()->first << PacingWheel::kTickShift);
  }

  base::Random random_;
  std::int64_t now_ns_;
  std::int64_t current_;
  std::optional<std::int64_t> advancing_to_;
  PacingWheel wheel_;
  std::vector<Node> small_{kPerKind};
  std::vector<Large> large_{kPerKind};
  Due due_;
  std::map<std::uint32_t, Due::iterator> places_;
  std::vector<std::uint32_t> late_;
  std::uint64_t fired_ = 0;
  std::uint64_t cuts_ = 0;
};

class PacingWheelOracle : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(PacingWheelOracle, AgreesWithASortedMap) {
  constexpr std::int64_t kStarts[] = {0, -1'000'000'000'000'000, 1'700'000'000'000'000'000, (1ll << 46) - 1};
  Model model{GetParam(), kStarts[GetParam() % 4]};
  for (int i = 0; i < 200'000; ++i) {
    model.step();
    if (HasFatalFailure()) FAIL() << "seed " << GetParam() << " step " << i;
  }
  model.drain();
  EXPECT_GT(model.fired(), 50'000u);
  EXPECT_GT(model.cuts(), 1000u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PacingWheelOracle, ::testing::Range(std::uint64_t{0}, std::uint64_t{8}));

}  // namespace
}  // namespace millrace::timer
