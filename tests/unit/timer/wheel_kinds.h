// The two wheels, for tests of what they have in common: what they promise differs in the tick, in how far ahead they
// see, and in what next_deadline() knows.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "timer/pacing_wheel.h"
#include "timer/wheel.h"

namespace millrace::timer {

struct Hierarchical {
  using Wheel = timer::Wheel;
  static constexpr unsigned kTickShift = timer::kTickShift;
  static constexpr std::int64_t kHorizonTicks = timer::kHorizonTicks;
  /// Timers above the lowest level move down in cascades, which the budget may cut; until then next_deadline() is a
  /// lower bound.
  static constexpr bool kCascades = true;
};

struct OneLevel {
  using Wheel = PacingWheel;
  static constexpr unsigned kTickShift = PacingWheel::kTickShift;
  static constexpr std::int64_t kHorizonTicks = PacingWheel::kHorizonTicks;
  static constexpr bool kCascades = false;
};

using WheelKinds = ::testing::Types<Hierarchical, OneLevel>;

class WheelNames {
 public:
  template <class Kind>
  static std::string GetName(int) {
    return Kind::kCascades ? "Hierarchical" : "OneLevel";
  }
};

}  // namespace millrace::timer
