// When things are due that happen at a constant rate: event k at start + k / rate, whatever became of the others.
//
// A latency that counts from such an instant has no coordinated omission: a server that stops for a second makes all
// requests of that second late, not just the one that it was given.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace millrace::load {

class Schedule {
 public:
  /// Events per second, above 0.
  explicit Schedule(double rate) noexcept : period_ns_(1e9 / rate) {}

  void start(Time now) noexcept { start_ = now; }
  /// How many events are due by now, the one at the start included.
  [[nodiscard]] std::uint64_t due(Time now) const noexcept {
    return now < start_ ? 0 : static_cast<std::uint64_t>(static_cast<double>(to_ns(now - start_)) / period_ns_) + 1;
  }
  [[nodiscard]] Time at(std::uint64_t event) const noexcept {
    return start_ + Duration{static_cast<std::int64_t>(static_cast<double>(event) * period_ns_)};
  }

 private:
  double period_ns_;
  Time start_{};
};

}  // namespace millrace::load
