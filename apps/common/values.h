// The small languages inside configuration values: durations, sizes, endpoints; and the nearest word to a misspelt one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/types.h"
#include "base/time.h"
#include "cc/algorithm.h"
#include "flow/port_range.h"

namespace millrace::config {

/// "200ms", "3s", "5m", "1h", "0s": a whole number and one unit (us ms s m h).
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back: "90s", "5m", "200ms".
[[nodiscard]] std::string format_duration(Duration duration);

/// "65536", "256KiB", "4MiB", "1GiB": bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
/// In MiB, rounded up: "812 MiB".
[[nodiscard]] std::string format_mebibytes(std::uint64_t bytes);

/// "32768-60999": two ports, 1024 to 65535, the lower one first.
[[nodiscard]] std::optional<flow::PortRange> parse_port_range(std::string_view text);

/// "newreno" or another of cc::kAlgorithmNames.
[[nodiscard]] std::optional<cc::Algorithm> parse_algorithm(std::string_view text);
/// "one of newreno, ..."
[[nodiscard]] std::string algorithm_choices();

/// "off", "passive", "classic" or "accurate".
[[nodiscard]] std::optional<api::EcnPolicy> parse_ecn(std::string_view text);
inline constexpr std::string_view kEcnChoices = "one of off, passive, classic, accurate";

/// "10.0.0.1:80" or "[2001:db8::1]:80"; the port is 1..65535.
[[nodiscard]] std::optional<api::Endpoint> parse_endpoint(std::string_view text);
/// The same text.
[[nodiscard]] std::string format_endpoint(const api::Endpoint& endpoint);

/// The known word nearest to `word`, if it is near enough to be meant (a third of its letters wrong, at most).
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);

}  // namespace millrace::config
