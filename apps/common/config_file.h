// From a file's name to a parsed table: reading and TOML's own grammar.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>
#include <string_view>

#include "diagnostics.h"

namespace millrace::config {

/// The whole file; an error when it can't be read.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, Diagnostics& errors);

/// An error with the parser's words when the text is not TOML.
[[nodiscard]] std::optional<toml::table> parse_toml(std::string_view text, Diagnostics& errors);

}  // namespace millrace::config
