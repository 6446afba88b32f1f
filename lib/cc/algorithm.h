// The names of the congestion controls.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::cc {

/// What decides how much may be in the network.
enum class Algorithm : std::uint8_t {
  NewReno,  ///< RFC 5681
  Cubic,    ///< RFC 9438
  Bbr,      ///< draft-ietf-ccwg-bbr, version 3
  Dctcp,    ///< RFC 8257
};

/// In the order of Algorithm, as configuration files and listings have them.
inline constexpr std::array<std::string_view, 4> kAlgorithmNames = {"newreno", "cubic", "bbr", "dctcp"};

/// Its name.
[[nodiscard]] constexpr std::string_view to_string(Algorithm algorithm) noexcept {
  return kAlgorithmNames[static_cast<std::size_t>(algorithm)];
}

/// The algorithm of that name, if there is one.
[[nodiscard]] constexpr std::optional<Algorithm> algorithm_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kAlgorithmNames.size(); ++i)
    if (kAlgorithmNames[i] == name) return static_cast<Algorithm>(i);
  return std::nullopt;
}

}  // namespace millrace::cc
