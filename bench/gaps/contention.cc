// Medians of a few hundred microseconds each, alone and then together.
#include "contention.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <thread>

#include "core.h"

namespace millrace::bench {
namespace {

constexpr int kRounds = 31;
constexpr int kAdditions = 20'000;  ///< of each of six independent sums, in a round

void fill_the_units() {
  std::array<std::uint64_t, 6> sums{};
  for (int i = 0; i < kAdditions; ++i)
    for (std::uint64_t& sum : sums) {
      ++sum;
      asm volatile("" : "+r"(sum));
    }
}

Duration round_time(const base::TscClock& clock) {
  std::array<Duration, kRounds> rounds;
  for (Duration& round : rounds) {
    const Time start = clock.now();
    fill_the_units();
    round = clock.now() - start;
  }
  std::nth_element(rounds.begin(), rounds.begin() + kRounds / 2, rounds.end());
  return rounds[kRounds / 2];
}

std::optional<Duration> round_time_on(unsigned cpu, const base::TscClock& clock) {
  std::optional<Duration> time;
  std::thread{[&] {
    if (run_on(cpu)) time = round_time(clock);
  }}.join();
  return time;
}

}  // namespace

std::optional<double> slowdown(const base::TscClock& clock, unsigned here, unsigned there) {
  const auto alone = round_time_on(here, clock);
  std::atomic<bool> ready{false}, stop{false};
  bool disturbs = false;
  std::thread other{[&] {
    disturbs = run_on(there);
    for (ready = true; !stop.load(std::memory_order_relaxed);) fill_the_units();
  }};
  while (!ready) std::this_thread::yield();
  const auto together = round_time_on(here, clock);
  stop = true;
  other.join();
  if (!alone || !together || !disturbs) return std::nullopt;
  return static_cast<double>(together->count()) / static_cast<double>(alone->count());
}

}  // namespace millrace::bench
