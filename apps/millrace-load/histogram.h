// A histogram of latencies in nanoseconds: log-linear, fixed memory, three significant digits.
//
// The layout is HdrHistogram's: below 2048 ns each value has a counter of its own; above, each power of two is divided
// into 1024 equal steps, so a value is known to 0.1 %. Recording is one shift and one increment. Values of 2^36 ns (69
// s) and more count as the largest one. Histograms of the same kind merge by adding; the owner is one thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace millrace::load {

class Histogram {
 public:
  /// Spans below 0 count as 0.
  void record(Duration span) noexcept {
    const std::int64_t ns = to_ns(span);
    const std::uint64_t value = ns < 0                                      ? 0
                                : static_cast<std::uint64_t>(ns) > kLargest ? kLargest
                                                                            : static_cast<std::uint64_t>(ns);
    ++counts_[index_of(value)];
    ++count_;
    sum_ns_ += value;
    if (value > max_ns_) max_ns_ = value;
  }
  void merge(const Histogram& other) noexcept;
  void clear() noexcept { *this = {}; }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The least value such that a share `q` (0..1) of all values is no larger, to 0.1 %; 0 when there is none.
  [[nodiscard]] Duration quantile(double q) const noexcept;
  [[nodiscard]] Duration max() const noexcept { return Duration{static_cast<std::int64_t>(max_ns_)}; }
  /// 0 when there is none.
  [[nodiscard]] Duration mean() const noexcept;

  static constexpr std::uint64_t kLargest = (std::uint64_t{1} << 36) - 1;
  static constexpr std::size_t kCounters = std::size_t{27} << 10;

  /// Where a value up to kLargest is counted.
  [[nodiscard]] static constexpr std::size_t index_of(std::uint64_t ns) noexcept {
    const int width = std::bit_width(ns);
    const int shift = width > kLinearBits ? width - kLinearBits : 0;
    return (static_cast<std::size_t>(shift) << (kLinearBits - 1)) + (ns >> shift);
  }
  /// The largest value that is counted there.
  [[nodiscard]] static constexpr std::uint64_t last_value_of(std::size_t index) noexcept {
    constexpr std::size_t kHalf = std::size_t{1} << (kLinearBits - 1);
    if (index < 2 * kHalf) return index;
    const std::size_t shift = index / kHalf - 1;
    return ((index - shift * kHalf + 1) << shift) - 1;
  }

 private:
  static constexpr int kLinearBits = 11;  // 2048 values with a counter each

  std::array<std::uint64_t, kCounters> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ns_ = 0;
  std::uint64_t max_ns_ = 0;
};
static_assert(Histogram::index_of(Histogram::kLargest) + 1 == Histogram::kCounters);

}  // namespace millrace::load
