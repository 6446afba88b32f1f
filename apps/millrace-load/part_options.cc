#include "part_options.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "values.h"

namespace millrace::load {
namespace {

constexpr std::array<std::pair<std::string_view, Mode>, 6> kModes = {{{"rr", Mode::Rr},
                                                                      {"cps", Mode::Cps},
                                                                      {"hold", Mode::Hold},
                                                                      {"bulk", Mode::Bulk},
                                                                      {"synflood", Mode::SynFlood},
                                                                      {"http", Mode::Http}}};

[[noreturn]] void wrong(std::string_view name, std::string_view wanted, const std::string& value) {
  throw std::invalid_argument(fmt::format("--{} wants {}, not '{}'", name, wanted, value));
}

/// "250000", "250k", "1.5M".
double take_rate(std::string_view name, const std::string& value) {
  double number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  const std::string_view unit{stop, static_cast<std::size_t>(end - stop)};
  const double factor = unit.empty() ? 1 : unit == "k" ? 1e3 : unit == "M" ? 1e6 : 0;
  if (error != std::errc{} || factor == 0 || !std::isfinite(number) || number < 0 || number * factor > 1e9)
    wrong(name, "a number per second from 0 to 1000M, such as 250k", value);
  return number * factor;
}

std::uint32_t take_count(std::string_view name, const std::string& value, std::uint64_t most) {
  const double number = take_rate(name, value);
  if (number < 1 || number > static_cast<double>(most) || number != std::floor(number))
    wrong(name, fmt::format("a whole number from 1 to {}", most), value);
  return static_cast<std::uint32_t>(number);
}

std::uint32_t take_size(std::string_view name, const std::string& value) {
  constexpr std::uint64_t kMost = 1 << 30;
  const auto size = config::parse_size(value);
  if (!size || *size < 1 || *size > kMost) wrong(name, "bytes from 1 to 1GiB, such as 64 or 16KiB", value);
  return static_cast<std::uint32_t>(*size);
}

void set_target(PartOptions& part, const std::string& value) {
  const auto endpoint = config::parse_endpoint(value);
  if (!endpoint) wrong("target", "ADDRESS:PORT, IPv6 in brackets", value);
  part.target = {endpoint->address, endpoint->port};
}

void set_closer(PartOptions& part, const std::string& value) {
  if (value != "client" && value != "server") wrong("close", "client or server", value);
  part.closer = value == "client" ? Closer::Client : Closer::Server;
}

void set_direction(PartOptions& part, const std::string& value) {
  if (value != "down" && value != "up" && value != "both") wrong("direction", "down, up or both", value);
  part.direction = value == "down" ? Direction::Down : value == "up" ? Direction::Up : Direction::Both;
}

void set_keep_alive(PartOptions& part, const std::string& value) {
  if (value != "yes" && value != "no") wrong("keep-alive", "yes or no", value);
  part.keep_alive = value == "yes";
}

void set_path(PartOptions& part, const std::string& value) {
  constexpr std::size_t kMost = 8000;
  if (value.empty() || value.front() != '/' || value.size() > kMost ||
      value.find_first_of(" \r\n") != std::string::npos)
    wrong("path", "a path that begins with /, without blanks", value);
  part.path = value;
}

void set_from(PartOptions& part, const std::string& value) {
  constexpr unsigned kMostBits = 24;
  const auto prefix = wire::IpPrefix::parse(value);
  const unsigned bits = !prefix ? 0 : (prefix->address.is_v4() ? 32u : 128u) - prefix->length;
  if (!prefix || bits > kMostBits) wrong("from", "a block of at most 2^24 addresses, such as 10.9.0.0/16", value);
  part.from.emplace(prefix->address, std::uint32_t{1} << bits, prefix->length);
}

constexpr std::array<PartOption, 12> kOptions = {{
    {"target", "ADDRESS:PORT of the server", set_target},
    {"connections", "how many are kept, or are under way at once (64)",
     [](PartOptions& part, const std::string& value) { part.connections = take_count("connections", value, 1 << 26); }},
    {"size", "bytes of a request (64); of rr, cps and hold",
     [](PartOptions& part, const std::string& value) { part.size = take_size("size", value); }},
    {"answer", "bytes of an answer, if it is not as long as the request",
     [](PartOptions& part, const std::string& value) { part.answer = take_size("answer", value); }},
    {"rate", "requests, connections or SYNs per second, such as 250k; without it as fast as answers come",
     [](PartOptions& part, const std::string& value) { part.rate = take_rate("rate", value); }},
    {"close", "who closes in cps and http: client or server", set_closer},
    {"direction", "of bulk: down, up or both (down)", set_direction},
    {"keep-alive", "of http: no means a connection per request (yes)", set_keep_alive},
    {"path", "of http: what is asked for (/)", set_path},
    {"host", "of http: the Host field, if it is not the target",
     [](PartOptions& part, const std::string& value) { part.host = value; }},
    {"body-file", "of http with --verify: the file whose content is expected",
     [](PartOptions& part, const std::string& value) { part.body_file = value; }},
    {"from", "of synflood: a block of source addresses, such as 10.9.0.0/16; without it our own", set_from},
}};

std::string known_modes() {
  std::string all;
  for (const auto& [name, mode] : kModes) all += (all.empty() ? "" : ", ") + std::string{name};
  return all;
}

}  // namespace

std::optional<Mode> mode_from(std::string_view name) noexcept {
  for (const auto& [known, mode] : kModes)
    if (known == name) return mode;
  return std::nullopt;
}

std::string_view name_of(Mode mode) noexcept {
  for (const auto& [name, known] : kModes)
    if (known == mode) return name;
  return "";
}

std::span<const PartOption> part_options() noexcept { return kOptions; }

PartOptions parse_part(std::string_view text, const PartOptions& defaults) {
  PartOptions part = defaults;
  std::istringstream words{std::string{text}};
  std::string word;
  if (!(words >> word))
    throw std::invalid_argument("--part is empty; say a mode and what it needs, such as 'rr size=1'");
  const auto mode = mode_from(word);
  if (!mode)
    throw std::invalid_argument(fmt::format("--part '{}': '{}' is no mode; there are {}", text, word, known_modes()));
  part.mode = *mode;
  while (words >> word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const PartOption* option = nullptr;
    for (const PartOption& known : kOptions)
      if (known.name == name) option = &known;
    if (option == nullptr || equals == std::string::npos)
      throw std::invalid_argument(
          fmt::format("--part '{}': '{}' is no option; after the mode come NAME=VALUE, named as the program's options",
                      text, word));
    option->set(part, word.substr(equals + 1));
  }
  return part;
}

void check_part(const PartOptions& part, bool verify) {
  const auto refuse = [&part](std::string_view why) {
    throw std::invalid_argument(fmt::format("{}: {}", name_of(part.mode), why));
  };
  if (part.target.port == 0) refuse("--target is missing; say ADDRESS:PORT of the server");
  const bool sized = part.mode == Mode::Rr || part.mode == Mode::Cps || part.mode == Mode::Hold;
  if (verify && sized && part.answer_size() != part.size)
    refuse("--verify expects the request back, so --answer has to be its --size; leave one of them out");
  if (part.from && part.from->is_v4() != part.target.address.is_v4())
    refuse("--from and --target are of different IP versions; use one version");
}

}  // namespace millrace::load
