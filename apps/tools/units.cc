#include "units.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <ctime>

namespace millrace::tools {

std::string duration_text(std::uint64_t us) {
  if (us < 1000) return fmt::format("{} us", us);
  if (us < 1'000'000) return fmt::format("{:.1f} ms", static_cast<double>(us / 100) / 10);
  const std::uint64_t s = us / 1'000'000;
  if (s < 60) return fmt::format("{:.1f} s", static_cast<double>(us / 100'000) / 10);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86'400, s / 3600 % 24);
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits = {"kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  for (; value >= 999.95 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string clock_text(std::uint64_t unix_us, std::uint64_t now_us) {
  const auto day_of = [](std::uint64_t us) { return fmt::localtime(static_cast<std::time_t>(us / 1'000'000)); };
  const std::tm then = day_of(unix_us);
  const std::tm now = day_of(now_us);
  const bool today = then.tm_year == now.tm_year && then.tm_yday == now.tm_yday;
  const std::string time = fmt::format("{:%H:%M:%S}.{:03}", then, unix_us / 1000 % 1000);
  return today ? time : fmt::format("{:%Y-%m-%d} {}", then, time);
}

}  // namespace millrace::tools
