// A clock that stands still until somebody moves it: for simulations and tests of whole workers.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace millrace::stack {

/// One cycle is one nanosecond. Used by one thread.
class ManualClock {
 public:
  explicit ManualClock(Time start = Time{}) noexcept : ns_(static_cast<std::uint64_t>(to_ns(start))) {}

  [[nodiscard]] std::uint64_t cycles() const noexcept { return ns_; }
  [[nodiscard]] static Time at(std::uint64_t cycles) noexcept {
    return time_from_ns(static_cast<std::int64_t>(cycles));
  }
  [[nodiscard]] Time now() const noexcept { return at(ns_); }
  void advance(Duration by) noexcept { ns_ += static_cast<std::uint64_t>(to_ns(by)); }

 private:
  std::uint64_t ns_;
};

}  // namespace millrace::stack
