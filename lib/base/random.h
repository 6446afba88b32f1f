// A small fast generator (xoshiro256**) seeded by whoever starts the stack; the same seed gives the same run.
//
// It spreads ports, jitters timers and drives simulations. Secrets come from the operating system
// (os_entropy, called by programs at start only), never from here.
#pragma once

#include <array>
#include <cstdint>

namespace millrace::base {

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept;
  [[nodiscard]] std::uint64_t next() noexcept;
  /// Uniform in [0, bound); 0 when bound is 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;
  /// True with the given probability (0..1).
  [[nodiscard]] bool chance(double probability) noexcept;

  using result_type = std::uint64_t;
  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return ~result_type{0}; }
  result_type operator()() noexcept { return next(); }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace millrace::base
