// Frames on their way, by the time at which they leave; those of one time in the order in which they came.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "base/time.h"

namespace millrace::link {

template <class Frame>
class Schedule {
 public:
  struct Due {
    Frame frame;
    Time at;
  };

  void add(Frame frame, Time at) { frames_.emplace(at, frame); }
  /// The next frame that leaves at `now` or before.
  [[nodiscard]] std::optional<Due> take_due(Time now) {
    if (frames_.empty() || frames_.begin()->first > now) return std::nullopt;
    const Due due{frames_.begin()->second, frames_.begin()->first};
    frames_.erase(frames_.begin());
    return due;
  }
  [[nodiscard]] std::optional<Time> next() const {
    if (frames_.empty()) return std::nullopt;
    return frames_.begin()->first;
  }
  [[nodiscard]] std::size_t size() const noexcept { return frames_.size(); }

 private:
  std::multimap<Time, Frame> frames_;  // equal keys keep the order of their insertion
};

}  // namespace millrace::link
