// How punctual the link was: a bench may believe a run only if this stayed far below the times that it measures.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace millrace::link {

class Lateness {
 public:
  void note(Duration late) noexcept {
    ++count_;
    over_100us_ += late > microseconds{100};
    over_1ms_ += late > milliseconds{1};
    worst_ = std::max(worst_, late);
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::uint64_t over_100us() const noexcept { return over_100us_; }
  [[nodiscard]] std::uint64_t over_1ms() const noexcept { return over_1ms_; }
  [[nodiscard]] Duration worst() const noexcept { return worst_; }

 private:
  std::uint64_t count_ = 0, over_100us_ = 0, over_1ms_ = 0;
  Duration worst_{0};
};

}  // namespace millrace::link
