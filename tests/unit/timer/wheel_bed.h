// A wheel of either kind with a few thousand timers of kind 0, driven in ticks.
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "wheel_kinds.h"

namespace millrace::timer {

/// Indices of timers, in the order in which they fired.
using Fired = std::vector<std::uint32_t>;

template <class Kind>
class WheelBed : public ::testing::Test {
 protected:
  static constexpr std::int64_t kTick = std::int64_t{1} << Kind::kTickShift;  ///< ns
  static constexpr std::int64_t kHorizon = Kind::kHorizonTicks;
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  struct Object {
    std::uint64_t other = 0;
    Node node;
  };

  explicit WheelBed(std::int64_t start_ns = 0) : wheel_(time_from_ns(start_ns)), objects_(8192) {
    wheel_.set_arena(0, &objects_[0].node, sizeof(Object));
  }

  static Time at_tick(std::int64_t tick) { return time_from_ns(tick * kTick); }
  static TimerId id(std::uint32_t index) { return TimerId::make(0, index); }
  [[nodiscard]] const Node& node(std::uint32_t index) const { return objects_[index].node; }

  void arm_tick(std::uint32_t index, std::int64_t tick) { wheel_.arm(id(index), at_tick(tick)); }
  Fired advance(Time now, std::size_t budget = kAll) {
    Fired fired;
    const auto n = wheel_.advance(now, budget, [&](TimerId timer) {
      EXPECT_EQ(timer.kind(), 0u);
      EXPECT_FALSE(node(timer.index()).armed());
      fired.push_back(timer.index());
    });
    EXPECT_EQ(n, fired.size());
    return fired;
  }
  Fired advance_tick(std::int64_t tick, std::size_t budget = kAll) { return advance(at_tick(tick), budget); }

  typename Kind::Wheel wheel_;
  std::vector<Object> objects_;
};

}  // namespace millrace::timer
