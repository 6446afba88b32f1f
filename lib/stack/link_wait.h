// Waiting for links: a NIC that was just started negotiates for some seconds, and loses what it is given meanwhile.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"

namespace millrace::stack {

inline constexpr Duration kLinkPatience = seconds{9};
inline constexpr Duration kLinkStep = milliseconds{50};

/// Waits until every port's link is up; returns those, by index, that are down when kLinkPatience is over. `pause` lets
/// the time that it is given pass.
template <class Ports, class Pause>
[[nodiscard]] std::vector<std::size_t> down_after_waiting(const Ports& ports, Pause&& pause) {
  std::vector<std::size_t> down;
  for (Duration waited{0};; waited += kLinkStep) {
    down.clear();
    for (std::size_t i = 0; i < ports.size(); ++i)
      if (!ports[i].link().up) down.push_back(i);
    if (down.empty() || waited >= kLinkPatience) return down;
    pause(kLinkStep);
  }
}

}  // namespace millrace::stack
