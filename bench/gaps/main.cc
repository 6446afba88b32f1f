// bench-gaps: whether cores are quiet, how far the first two are apart, and whether they are two. A thread spins on
// each and looks how long it was away: for an interrupt, another program, or the hypervisor.
//
//   bench-gaps MILLISECONDS CPU...
//
// prints JSON objects, one per line: {"cpu":0,"worst_us":4.2,"over_10us":0}, and for two and more
// {"exchange_ns":104,"slowdown":1.02}.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "base/tsc_clock.h"
#include "contention.h"
#include "core.h"
#include "exchange.h"

namespace {

using namespace millrace;

constexpr Duration kGap = microseconds{10};

struct Gaps {
  unsigned cpu;
  Duration worst{0};
  std::uint64_t over = 0;
};

void watch(const base::TscClock& clock, Duration span, Gaps& gaps) {
  if (!bench::run_on(gaps.cpu)) {
    gaps.worst = span;
    return;
  }
  Time last = clock.now();
  for (const Time end = last + span; last < end;) {
    const Time now = clock.now();
    gaps.worst = std::max(gaps.worst, now - last);
    if (now - last > kGap) ++gaps.over;
    last = now;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const long span = argc < 3 ? 0 : std::strtol(argv[1], nullptr, 10);
  if (span <= 0) {
    std::fputs("usage: bench-gaps MILLISECONDS CPU...\n", stderr);
    return 2;
  }
  const base::TscClock clock = base::TscClock::calibrate();
  std::vector<Gaps> all;
  for (int i = 2; i < argc; ++i) all.push_back({.cpu = static_cast<unsigned>(std::strtoul(argv[i], nullptr, 10))});
  std::vector<std::thread> threads;
  for (Gaps& gaps : all) threads.emplace_back([&] { watch(clock, milliseconds{span}, gaps); });
  for (std::thread& thread : threads) thread.join();
  for (const Gaps& gaps : all)
    fmt::print("{{\"cpu\":{},\"worst_us\":{:.1f},\"over_10us\":{}}}\n", gaps.cpu,
               static_cast<double>(to_ns(gaps.worst)) / 1000, gaps.over);
  if (all.size() < 2) return 0;
  const auto exchange = bench::exchange_time(clock, all[0].cpu, all[1].cpu);
  const auto slowdown = bench::slowdown(clock, all[0].cpu, all[1].cpu);
  if (!exchange || !slowdown) {
    std::fputs("bench-gaps: no thread may run on one of the first two cores\n", stderr);
    return 1;
  }
  fmt::print("{{\"exchange_ns\":{},\"slowdown\":{:.2f}}}\n", to_ns(*exchange), *slowdown);
  return 0;
}
