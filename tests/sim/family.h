// The IP version that a simulation runs on: all worlds and scenarios run on both.
//
// Hosts have a number n, 0x0a000001 and so on: address 10.0.0.1/24 or 2001:db8::a00:1/64, MAC 02:00:0a:00:00:01.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "wire/address.h"

namespace millrace::sim {

enum class Family { V4, V6 };

/// "V4", "V6": also what a parameterised test appends to its name.
[[nodiscard]] constexpr std::string_view to_string(Family family) noexcept {
  return family == Family::V4 ? "V4" : "V6";
}

/// MILLRACE_SIM_FAMILY=4 or 6 forces it, where a test does not ask for one of them.
[[nodiscard]] inline std::optional<Family> forced_family() {
  const char* text = std::getenv("MILLRACE_SIM_FAMILY");
  if (text == nullptr) return std::nullopt;
  return std::string_view{text} == "6" ? Family::V6 : Family::V4;
}

/// The address of host `number`.
[[nodiscard]] constexpr wire::IpAddress address_of(Family family, std::uint32_t number) noexcept {
  wire::IpAddress address = wire::IpAddress::v4(number);
  if (family == Family::V4) return address;
  constexpr std::uint8_t kPrefix[12] = {0x20, 0x01, 0x0d, 0xb8};
  for (int i = 0; i < 12; ++i) address.bytes[i] = kPrefix[i];
  return address;
}

/// The MAC address of the host with this address.
[[nodiscard]] constexpr wire::MacAddress mac_of(const wire::IpAddress& address) noexcept {
  return {{0x02, 0, address.bytes[12], address.bytes[13], address.bytes[14], address.bytes[15]}};
}

/// IP and TCP header without options: what an MSS leaves of an MTU.
[[nodiscard]] constexpr std::uint16_t header_size(Family family) noexcept { return family == Family::V4 ? 40 : 60; }

}  // namespace millrace::sim
