#include "sim/world.h"

#include <algorithm>

namespace millrace::sim {
namespace {

/// One wheel tick: timers can't tell finer.
constexpr Duration kTick{1 << timer::kTickShift};

}  // namespace

World::World(const HostOptions& a_options, const HostOptions& b_options, const LinkProfile& ab, const LinkProfile& ba,
             std::uint64_t seed)
    : clock(a_options.start),
      a(a_options, clock),
      b(b_options, clock),
      a_to_b(ab, seed * 2 + 1),
      b_to_a(ba, seed * 2 + 2) {}

void World::exchange() {
  for (io::Frame& frame : a.port().take_sent()) a_to_b.send(std::move(frame), clock.now());
  for (io::Frame& frame : b.port().take_sent()) b_to_a.send(std::move(frame), clock.now());
  for (io::Frame& frame : a_to_b.arrived(clock.now())) b.port().deliver(std::move(frame));
  for (io::Frame& frame : b_to_a.arrived(clock.now())) a.port().deliver(std::move(frame));
}

/// Turns at this instant until nobody has anything left to do; bounded, because an application may always want more.
void World::settle() {
  for (int turns = 0; turns < 10'000; ++turns) {
    const bool a_did = a.turn();
    const bool b_did = b.turn();
    exchange();
    if (!a_did && !b_did && !a.has_work() && !b.has_work()) return;
  }
}

Time World::next_instant(Time limit) const {
  Time next = limit;
  for (const std::optional<Time>& candidate :
       {a.next_deadline(), b.next_deadline(), a_to_b.next_arrival(), b_to_a.next_arrival()})
    if (candidate) next = std::min(next, *candidate);
  return std::max(next, clock.now() + kTick / 16);
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Time end = clock.now() + limit;
  for (;;) {
    settle();
    if (done()) return true;
    if (clock.now() >= end) return false;
    clock.advance(next_instant(end) - clock.now());
    exchange();
  }
}

void World::run_for(Duration span) {
  const Time end = clock.now() + span;
  (void)run_until([&] { return clock.now() >= end; }, span);
}

}  // namespace millrace::sim
