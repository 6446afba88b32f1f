// Takes the time of batches by the TSC, for Google Benchmark's manual timing.
//
// A lap is a batch of operations; work between laps (what has to be undone or prepared) is not counted. Reports
// nanoseconds and TSC cycles per operation.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include "base/tsc_clock.h"

namespace millrace::bench {

inline constexpr std::int64_t kMillion = 1'000'000;

class Laps {
 public:
  /// Runs `batch`, which does `operations` of what is measured.
  template <class Batch>
  void lap(benchmark::State& state, std::uint64_t operations, Batch&& batch) {
    benchmark::ClobberMemory();
    const std::uint64_t start = base::TscClock::cycles();
    batch();
    benchmark::ClobberMemory();
    const std::uint64_t cycles = base::TscClock::cycles() - start;
    cycles_ += cycles;
    operations_ += operations;
    state.SetIterationTime(static_cast<double>(cycles) / hz());
  }

  /// At the end of the benchmark.
  void report(benchmark::State& state) const {
    const double cycles = static_cast<double>(cycles_) / static_cast<double>(operations_);
    state.counters["cycles"] = cycles;
    state.counters["ns"] = cycles / hz() * 1e9;
  }

 private:
  [[nodiscard]] static double hz() {
    static const double measured = static_cast<double>(base::TscClock::calibrate(milliseconds{100}).hz());
    return measured;
  }

  std::uint64_t cycles_ = 0;
  std::uint64_t operations_ = 0;
};

/// Makes the data of a size once, keeps it for the benchmarks and repetitions of that size, and frees it for the next.
template <class Data>
[[nodiscard]] Data& data_of(std::uint32_t size) {
  static std::uint32_t made_for = 0;
  static std::unique_ptr<Data> data;
  if (made_for != size) {
    data.reset();
    data = std::make_unique<Data>(size);
    made_for = size;
  }
  return *data;
}

}  // namespace millrace::bench
