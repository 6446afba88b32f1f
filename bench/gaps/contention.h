// Whether two cores are one: the two hardware threads of a core share its execution units.
//
// What they exchange is in the first cache of both, and what they compute takes up to twice as long, so figures taken
// there belong to another kind of machine. A guest is not told which of its cores are threads of one.
#pragma once

#include <optional>

#include "base/tsc_clock.h"

namespace millrace::bench {

/// How many times as long additions that fill the units of `here` take while `there` does the same: 1 for two cores,
/// about 2 for two threads of one. nullopt when a thread may not run on one of them.
[[nodiscard]] std::optional<double> slowdown(const base::TscClock& clock, unsigned here, unsigned there);

}  // namespace millrace::bench
