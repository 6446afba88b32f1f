#include "cc/cubic_function.h"

#include <gtest/gtest.h>

#include <cmath>

#include "cc/facts.h"

namespace millrace::cc {
namespace {

TEST(CubicFunction, CubeRootIsExact) {
  EXPECT_EQ(cube_root(0), 0u);
  for (std::uint64_t r = 1; r <= 2'642'245; r = r * 21 / 20 + 1) {
    EXPECT_EQ(cube_root(r * r * r), r);
    EXPECT_EQ(cube_root(r * r * r - 1), r - 1);
  }
  EXPECT_EQ(cube_root(~std::uint64_t{0}), 2'642'245u);
}

// K = cbrt(bytes / SMSS / C), in ticks of 65.536 us.
TEST(CubicFunction, KIsTheFormula) {
  for (const std::uint32_t smss : {88u, 536u, 1460u, 8960u, 65495u})
    for (std::uint64_t bytes = 1; bytes < kMaxWindow; bytes = bytes * 5 / 4 + 1) {
      const double k = std::cbrt(static_cast<double>(bytes) / smss / 0.4) / 65.536e-6;
      EXPECT_NEAR(cubic_k(static_cast<std::uint32_t>(bytes), smss), std::min<double>(k, kMaxCubicSpan), 1 + k * 1e-6);
    }
}

TEST(CubicFunction, WindowIsTheFormula) {
  for (const std::uint32_t smss : {88u, 536u, 1460u, 8960u, 65495u})
    for (const double k : {0.0, 0.5, 7.0, 60.0})
      for (double t = 0; t < 130; t = t * 1.2 + 0.001) {
        const double expected = 50e6 + 0.4 * std::pow(t - k, 3) * smss;
        const auto window =
            cubic_window(static_cast<Tick>(t / 65.536e-6), static_cast<std::uint32_t>(k / 65.536e-6), 50'000'000, smss);
        const double bounded = std::clamp<double>(expected, 0, kMaxWindow);
        EXPECT_NEAR(window, bounded, 2 + 1e-3 * std::abs(bounded - 50e6)) << "t " << t << ", K " << k;
      }
}

// A connection of hours, and one whose counter of ticks has wrapped, stay in range.
TEST(CubicFunction, FarFromKItIsBounded) {
  EXPECT_EQ(cubic_window(0xffff'ffff, 0, kMaxWindow, 65495), kMaxWindow);
  EXPECT_EQ(cubic_window(0, kMaxCubicSpan, 1000, 1460), 0u);
}

}  // namespace
}  // namespace millrace::cc
