#include "histogram.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {

void Histogram::merge(const Histogram& other) noexcept {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

Duration Histogram::quantile(double q) const noexcept {
  if (count_ == 0) return Duration{0};
  const auto wanted =
      std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_))), 1, count_);
  std::uint64_t seen = 0;
  std::size_t index = 0;
  while ((seen += counts_[index]) < wanted) ++index;
  return Duration{static_cast<std::int64_t>(std::min(last_value_of(index), max_ns_))};
}

Duration Histogram::mean() const noexcept {
  return Duration{count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ns_ / count_)};
}

}  // namespace millrace::load
