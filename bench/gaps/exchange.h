// How far two cores are from each other: the time of a cache line there and back.
//
// Cores under one cache exchange it in about 100 ns; across chiplets or sockets it takes several times as long, and
// whatever two cores share, rings of packets above all, costs as much more. A hypervisor moves its guests' cores about.
#pragma once

#include <optional>

#include "base/time.h"
#include "base/tsc_clock.h"

namespace millrace::bench {

/// The least average of several; nullopt when a thread may not run on one of the cores.
[[nodiscard]] std::optional<Duration> exchange_time(const base::TscClock& clock, unsigned here, unsigned there);

}  // namespace millrace::bench
