// What the proxy stores with a connection, so that an event finds its owner without a lookup.
//
// From the top: 2 bits of owner, 1 bit of leg, 32 bits of index. 0 means that nothing was stored yet: an event recorded
// in the same burst as Accepted carries it.
#pragma once

#include <cstdint>

namespace millrace::proxy {

/// The two connections of a pair.
enum class Leg : std::uint8_t { Client = 0, Upstream = 1 };
[[nodiscard]] constexpr Leg other(Leg leg) noexcept { return leg == Leg::Client ? Leg::Upstream : Leg::Client; }

enum class Owner : std::uint8_t { Nobody = 0, Pair = 1, Probe = 2 };

struct UserTag {
  Owner owner = Owner::Nobody;
  Leg leg = Leg::Client;
  std::uint32_t index = 0;

  [[nodiscard]] constexpr std::uint64_t encode() const noexcept {
    return std::uint64_t{static_cast<std::uint8_t>(owner)} << 33 | std::uint64_t{static_cast<std::uint8_t>(leg)} << 32 |
           index;
  }
  [[nodiscard]] static constexpr UserTag decode(std::uint64_t user) noexcept {
    return {static_cast<Owner>(user >> 33 & 3), static_cast<Leg>(user >> 32 & 1), static_cast<std::uint32_t>(user)};
  }
  friend constexpr bool operator==(UserTag, UserTag) = default;
};

}  // namespace millrace::proxy
