#include "values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace millrace::config {
namespace {

/// A whole number at the start of the text, without sign; the rest of the text is left in `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

template <std::size_t N>
std::optional<std::uint64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units,
                                             std::uint64_t limit) {
  const auto number = take_number(text);
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != text) continue;
    if (*number > limit / unit.factor) return std::nullopt;
    return *number * unit.factor;
  }
  return std::nullopt;
}

constexpr std::array<Unit, 5> kTimeUnits = {
    {{"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}}};
constexpr std::array<Unit, 4> kSizeUnits = {{{"", 1}, {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}}};

/// Letters to insert, drop, change or swap with their neighbour (Damerau's distance, without overlapping edits).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({change, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::size_t difference(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto ns = parse_with_unit(text, kTimeUnits, std::numeric_limits<std::int64_t>::max());
  if (!ns) return std::nullopt;
  return Duration{static_cast<std::int64_t>(*ns)};
}

std::string format_duration(Duration duration) {
  const auto ns = static_cast<std::uint64_t>(to_ns(duration));
  if (ns == 0) return "0s";
  for (const Unit& unit : kTimeUnits) {
    if (ns % unit.factor == 0) return fmt::format("{}{}", ns / unit.factor, unit.name);
  }
  return fmt::format("{}ns", ns);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizeUnits, std::numeric_limits<std::uint64_t>::max());
}

std::string format_mebibytes(std::uint64_t bytes) {
  constexpr std::uint64_t kMiB = 1u << 20;
  return fmt::format("{} MiB", bytes / kMiB + (bytes % kMiB != 0 ? 1 : 0));
}

std::optional<flow::PortRange> parse_port_range(std::string_view text) {
  constexpr std::uint64_t kLeast = 1024;  // RFC 6056 3.2: those below belong to services
  const auto first = take_number(text);
  if (!first || text.empty() || text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto last = take_number(text);
  if (!last || !text.empty() || *first < kLeast || *first > *last || *last > 65535) return std::nullopt;
  return flow::PortRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

std::optional<cc::Algorithm> parse_algorithm(std::string_view text) { return cc::algorithm_of(text); }

std::string algorithm_choices() { return fmt::format("one of {}", fmt::join(cc::kAlgorithmNames, ", ")); }

std::optional<api::EcnPolicy> parse_ecn(std::string_view text) {
  constexpr std::array<std::string_view, 4> kNames = {"off", "passive", "classic", "accurate"};
  const auto* const found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<api::EcnPolicy>(found - kNames.begin());
}

std::optional<api::Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  const auto address = api::IpAddress::parse(host);
  const auto port = take_number(digits);
  if (!address || !port || !digits.empty() || *port == 0 || *port > 65535) return std::nullopt;
  if (bracketed == address->is_v4()) return std::nullopt;
  return api::Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string format_endpoint(const api::Endpoint& endpoint) {
  const std::string host = endpoint.address.to_string();
  return endpoint.address.is_v4() ? fmt::format("{}:{}", host, endpoint.port)
                                  : fmt::format("[{}]:{}", host, endpoint.port);
}

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    if (difference(word.size(), candidate.size()) >= best_distance) continue;
    const std::size_t d = distance(word, candidate);
    if (d >= best_distance) continue;
    best = candidate;
    best_distance = d;
  }
  return best;
}

}  // namespace millrace::config
