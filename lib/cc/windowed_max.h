// The largest of the samples of a sliding window, in constant space and time: Kathleen Nichols' estimator, which keeps
// the best sample of the window, the best since that one, and the best since those two.
#pragma once

#include <array>
#include <cstdint>

namespace millrace::cc {

class WindowedMax {
 public:
  [[nodiscard]] std::uint32_t best() const noexcept { return samples_[0].value; }

  /// A sample of the virtual time `now`; those from before `now` - `length` have passed.
  void update(std::uint32_t value, std::uint32_t now, std::uint32_t length) noexcept {
    const Sample sample{value, now};
    if (value >= samples_[0].value || now - samples_[2].time > length) {
      samples_.fill(sample);
      return;
    }
    if (value >= samples_[1].value)
      samples_[1] = samples_[2] = sample;
    else if (value >= samples_[2].value)
      samples_[2] = sample;
    forget(sample, length);
  }

 private:
  struct Sample {
    std::uint32_t value = 0;
    std::uint32_t time = 0;
  };

  /// The best has passed: the next ones move up. Else a quarter and a half of the window without a better second and
  /// third take the newest, so that there is a successor of late when the best passes.
  void forget(const Sample& sample, std::uint32_t length) noexcept {
    const std::uint32_t age = sample.time - samples_[0].time;
    if (age > length) {
      samples_ = {samples_[1], samples_[2], sample};
      if (sample.time - samples_[0].time > length) samples_ = {samples_[1], samples_[2], sample};
    } else if (samples_[1].time == samples_[0].time && age > length / 4) {
      samples_[1] = samples_[2] = sample;
    } else if (samples_[2].time == samples_[1].time && age > length / 2) {
      samples_[2] = sample;
    }
  }

  std::array<Sample, 3> samples_{};  ///< best first; each later than the one before it, or the same
};

}  // namespace millrace::cc
