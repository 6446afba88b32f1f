#include "config_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace millrace::config {

std::optional<std::string> read_file(const std::string& path, Diagnostics& errors) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An empty file would count as a failure to copy; a directory fails at the first look.
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad() || !text) {
    errors.add(0, fmt::format("cannot be read: {}", std::strerror(errno)), "Check the path given with -c.");
    return std::nullopt;
  }
  return text.str();
}

std::optional<toml::table> parse_toml(std::string_view text, Diagnostics& errors) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    errors.add(static_cast<int>(error.source().begin.line), std::string{error.description()},
               "Correct the TOML syntax there; the rest was not read.");
    return std::nullopt;
  }
}

}  // namespace millrace::config
