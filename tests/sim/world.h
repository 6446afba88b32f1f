// Two hosts, a link each way, one clock: runs until something holds or time is up. Hours take milliseconds.
#pragma once

#include <functional>

#include "sim/host.h"
#include "sim/link.h"

namespace millrace::sim {

class World {
 public:
  World(const HostOptions& a, const HostOptions& b, const LinkProfile& a_to_b, const LinkProfile& b_to_a,
        std::uint64_t seed);

  /// Runs turns, carries frames, moves the clock to the next instant at which something happens. True when `done` held;
  /// false when `limit` of simulated time has passed without it.
  bool run_until(const std::function<bool()>& done, Duration limit);
  /// Runs for a span of simulated time.
  void run_for(Duration span);

  /// The host dies without a word and starts again with these options: nothing that it knew is left.
  void restart(Host& host, const HostOptions& options);

  [[nodiscard]] Time now() const noexcept { return clock.now(); }

  stack::ManualClock clock;
  Host a;
  Host b;
  Link a_to_b;
  Link b_to_a;

 private:
  void settle();
  void carry(Host& from, Link& link);
  void exchange();
  [[nodiscard]] Time next_instant(Time limit) const;
};

}  // namespace millrace::sim
