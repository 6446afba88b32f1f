// The local ends of a part, dealt so that neighbors have different addresses.
#pragma once

#include <cstdint>

#include "index_ring.h"
#include "sources.h"

namespace millrace::load {

/// How many connections a part can have at once.
[[nodiscard]] inline std::uint64_t count_local_ends(const Sources& sources, PortRange ports) noexcept {
  return std::uint64_t{sources.count()} * ports.size();
}

/// Puts the first `n` of them into the ring; there are as many.
inline void fill_local_ends(const Sources& sources, PortRange ports, std::uint64_t n, IndexRing& ring) noexcept {
  std::uint32_t place = 0, port = ports.first;
  for (; n > 0; --n) {
    ring.push(place << 16 | port);
    if (++place < sources.count()) continue;
    place = 0;
    ++port;
  }
}

}  // namespace millrace::load
