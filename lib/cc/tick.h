// Instants and spans in 32 bits, for state that each connection keeps: units of 2^16 ns (65.5 us), which wrap after 78
// hours. Only differences mean anything.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace millrace::cc {

using Tick = std::uint32_t;

[[nodiscard]] constexpr Tick to_ticks(Duration span) noexcept { return static_cast<Tick>(to_ns(span) >> 16); }
[[nodiscard]] constexpr Tick to_tick(Time instant) noexcept { return to_ticks(instant.time_since_epoch()); }

}  // namespace millrace::cc
