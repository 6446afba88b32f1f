// How short packets are, in two steps, computed from the data pool once in a while (the count is a scan over cores).
//
// Below a quarter the receive windows stop growing, so that what is promised to peers stays within what is there; below
// an eighth new SYNs are refused as well, so that the connections that exist can finish.
#pragma once

#include <cstdint>

namespace millrace::stack {

enum class Pressure : std::uint8_t { None, HoldWindows, RefuseSyns };

/// `available` of `size` packets are free.
[[nodiscard]] constexpr Pressure pressure(std::uint32_t available, std::uint32_t size) noexcept {
  if (available < size / 8) return Pressure::RefuseSyns;
  if (available < size / 4) return Pressure::HoldWindows;
  return Pressure::None;
}

}  // namespace millrace::stack
