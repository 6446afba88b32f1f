// The names of the congestion controls.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::cc {

enum class Algorithm : std::uint8_t { NewReno };

/// In the order of Algorithm, as configuration files and listings have them.
inline constexpr std::array<std::string_view, 1> kAlgorithmNames = {"newreno"};

[[nodiscard]] constexpr std::string_view to_string(Algorithm algorithm) noexcept {
  return kAlgorithmNames[static_cast<std::size_t>(algorithm)];
}

[[nodiscard]] constexpr std::optional<Algorithm> algorithm_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kAlgorithmNames.size(); ++i)
    if (kAlgorithmNames[i] == name) return static_cast<Algorithm>(i);
  return std::nullopt;
}

}  // namespace millrace::cc
