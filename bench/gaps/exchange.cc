// Two threads that hand a number to and fro.
#include "exchange.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>

#include "core.h"

namespace millrace::bench {
namespace {

constexpr int kTrips = 2000;  ///< of an average
constexpr int kAverages = 20;
constexpr std::uint64_t kEnd = ~std::uint64_t{0};

struct Line {
  alignas(128) std::atomic<std::uint64_t> number{0};
};

void answer(Line& there, Line& back) {
  for (std::uint64_t seen = 0; seen != kEnd;) {
    const std::uint64_t number = there.number.load(std::memory_order_acquire);
    if (number == seen) continue;
    seen = number;
    back.number.store(seen, std::memory_order_release);
  }
}

void send(std::uint64_t number, Line& there, const Line& back) {
  there.number.store(number, std::memory_order_release);
  while (back.number.load(std::memory_order_acquire) != number) continue;
}

}  // namespace

std::optional<Duration> exchange_time(const base::TscClock& clock, unsigned here, unsigned there) {
  Line way, way_back;
  bool answers = false;
  std::thread other{[&] {
    answers = run_on(there);
    answer(way, way_back);
  }};
  bool asks = false;
  Duration least = Duration::max();
  std::thread one{[&] {
    asks = run_on(here);
    std::uint64_t number = 0;
    for (int i = 0; i < kAverages; ++i) {
      const Time start = clock.now();
      for (int trip = 0; trip < kTrips; ++trip) send(++number, way, way_back);
      least = std::min(least, (clock.now() - start) / kTrips);
    }
    send(kEnd, way, way_back);
  }};
  one.join();
  other.join();
  if (!asks || !answers) return std::nullopt;
  return least;
}

}  // namespace millrace::bench
