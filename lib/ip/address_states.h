// Which of our addresses may be used: an IPv6 address is tentative until duplicate address detection (ip/dad.h) has
// found no other owner, and refused when it found one (RFC 4862 5.4).
//
// Written by worker 0, read by every worker as it stands: who reads a little late drops or refuses one packet more.
#pragma once

#include <cstdint>
#include <vector>

#include "base/counter.h"

namespace millrace::ip {

enum class AddressState : std::uint8_t { Usable, Tentative, Duplicate };

class AddressStates {
 public:
  /// All usable.
  explicit AddressStates(std::size_t addresses) : states_(addresses) {}

  void set(std::uint16_t index, AddressState state) noexcept { states_[index].set(static_cast<std::uint64_t>(state)); }
  [[nodiscard]] AddressState operator[](std::uint16_t index) const noexcept {
    return static_cast<AddressState>(states_[index].get());
  }
  [[nodiscard]] bool usable(std::uint16_t index) const noexcept { return (*this)[index] == AddressState::Usable; }

 private:
  std::vector<base::Counter> states_;  ///< one writer, no ordering: what a counter is
};

}  // namespace millrace::ip
