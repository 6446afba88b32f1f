#include "sim/world.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace millrace::sim {
namespace {

/// MILLRACE_SIM_PCAP=file records every frame as it is sent, before the link's dice: for looking at a failing seed.
void capture(const io::Frame& frame, Time now) {
  static const char* const path = std::getenv("MILLRACE_SIM_PCAP");
  if (path == nullptr) return;
  static std::ofstream file = [] {
    std::ofstream out(path, std::ios::binary);
    const std::uint32_t header[6] = {0xa1b23c4d, 0x0004'0002, 0, 0, 65535, 1};  // nanoseconds, version 2.4, Ethernet
    out.write(reinterpret_cast<const char*>(header), sizeof header);
    return out;
  }();
  const auto ns = static_cast<std::uint64_t>(to_ns(now));
  const auto size = static_cast<std::uint32_t>(frame.size());
  const std::uint32_t record[4] = {static_cast<std::uint32_t>(ns / 1'000'000'000),
                                   static_cast<std::uint32_t>(ns % 1'000'000'000), size, size};
  file.write(reinterpret_cast<const char*>(record), sizeof record);
  file.write(reinterpret_cast<const char*>(frame.data()), size);
  file.flush();
}

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

void World::restart(Host& host, const HostOptions& options) {
  std::destroy_at(&host);
  std::construct_at(&host, options, clock);
}

void World::carry(Host& from, Link& link) {
  if (from.port().tx_pending() == 0) return;
  for (io::Frame& frame : from.port().take_sent()) {
    capture(frame, clock.now());
    link.send(std::move(frame), clock.now());
  }
}

void World::exchange() {
  carry(a, a_to_b);
  carry(b, b_to_a);
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
