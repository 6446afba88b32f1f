// Numbers are decimal, with a unit behind them: k M G for rates and sizes (powers of 1000), us ms s for times, % for
// shares (which may also be written as 0.01).
#include "profile_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>

namespace millrace::link {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kAmounts{Unit{"", 1}, Unit{"k", 1e3}, Unit{"M", 1e6}, Unit{"G", 1e9}};
constexpr std::array kTimes{Unit{"us", 1e3}, Unit{"ms", 1e6}, Unit{"s", 1e9}};
constexpr std::array kShares{Unit{"", 1}, Unit{"%", 0.01}};
constexpr std::array kPlain{Unit{"", 1}};
constexpr double kMost = 1e15;

[[noreturn]] void refuse(std::string_view word, std::string_view wanted) {
  throw std::invalid_argument(fmt::format("'{}': {}", word, wanted));
}

double parse_number(std::string_view word, std::string_view value, std::span<const Unit> units,
                    std::string_view wanted) {
  double number = 0;
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || !(number >= 0)) refuse(word, wanted);
  const std::string_view unit = value.substr(static_cast<std::size_t>(end - value.data()));
  for (const Unit& known : units)
    if (unit == known.name && number * known.factor <= kMost) return number * known.factor;
  refuse(word, wanted);
}

std::uint64_t parse_amount(std::string_view word, std::string_view value) {
  return static_cast<std::uint64_t>(std::llround(
      parse_number(word, value, kAmounts, "a number of bytes, or of bits per second, with k, M or G or without")));
}

Duration parse_time(std::string_view word, std::string_view value) {
  return Duration{std::llround(parse_number(word, value, kTimes, "a time in us, ms or s"))};
}

double parse_share(std::string_view word, std::string_view value) {
  constexpr std::string_view kWanted = "a share between 0 and 100%";
  const double share = parse_number(word, value, kShares, kWanted);
  if (share > 1) refuse(word, kWanted);
  return share;
}

double parse_burst(std::string_view word, std::string_view value) {
  constexpr std::string_view kWanted = "a number of frames, 1 or more";
  const double frames = parse_number(word, value, kPlain, kWanted);
  if (frames < 1) refuse(word, kWanted);
  return frames;
}

void apply(std::string_view word, Profile& profile) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) refuse(word, "every word is NAME=VALUE");
  const std::string_view name = word.substr(0, equals), value = word.substr(equals + 1);
  if (name == "rate")
    profile.bits_per_second = parse_amount(word, value);
  else if (name == "delay")
    profile.delay = parse_time(word, value);
  else if (name == "jitter")
    profile.jitter = parse_time(word, value);
  else if (name == "loss")
    profile.loss = parse_share(word, value);
  else if (name == "burst")
    profile.burst = parse_burst(word, value);
  else if (name == "reorder")
    profile.reorder = parse_share(word, value);
  else if (name == "reorder-by")
    profile.reorder_by = parse_time(word, value);
  else if (name == "duplicate")
    profile.duplicate = parse_share(word, value);
  else if (name == "mark")
    profile.mark_bytes = parse_amount(word, value);
  else if (name == "queue")
    profile.queue_bytes = parse_amount(word, value);
  else if (name == "seed")
    profile.seed = parse_amount(word, value);
  else
    refuse(word, "known are rate, delay, jitter, loss, burst, reorder, reorder-by, duplicate, mark, queue, seed");
}

void check(const Profile& profile) {
  if (profile.loss >= 1 && profile.burst > 1) refuse("burst", "means nothing when every frame is lost");
  if (profile.bits_per_second == 0 && (profile.queue_bytes != 0 || profile.mark_bytes != 0))
    refuse("queue or mark", "there is no queue without a rate");
}

}  // namespace

Profile parse_profile(std::string_view words) {
  Profile profile;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(" ,"), words.size());
    if (end > 0) apply(words.substr(0, end), profile);
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  check(profile);
  return profile;
}

}  // namespace millrace::link
