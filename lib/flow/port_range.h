// The ephemeral ports: where active opens take their source port from (RFC 6056 3.2).
#pragma once

#include <cstdint>

namespace millrace::flow {

/// `first` to `last`, both included; first <= last.
struct PortRange {
  std::uint16_t first = 32768;  ///< the smallest port
  std::uint16_t last = 60999;   ///< the largest

  /// How many ports these are; at least 1.
  [[nodiscard]] constexpr std::uint32_t size() const noexcept { return std::uint32_t{last} - first + 1; }
  /// Whether a port is one of them.
  [[nodiscard]] constexpr bool contains(std::uint16_t port) const noexcept { return port >= first && port <= last; }
  /// 0 for the first; the port must be one of them.
  [[nodiscard]] constexpr std::uint32_t index_of(std::uint16_t port) const noexcept {
    return std::uint32_t{port} - first;
  }
  /// The inverse of index_of(); `index` below size().
  [[nodiscard]] constexpr std::uint16_t port_at(std::uint32_t index) const noexcept {
    return static_cast<std::uint16_t>(first + index);
  }
  friend constexpr bool operator==(const PortRange&, const PortRange&) = default;
};

}  // namespace millrace::flow
