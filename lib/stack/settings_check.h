// What can be known to be wrong with a runtime's settings before anything is started. Programs check their files more
// closely and with line numbers; this is the last line, for embedders who fill the settings in code.
#pragma once

#include <optional>
#include <string>

#include "stack/config.h"

namespace millrace::stack {

/// The first fault, as cause and next step; nullopt when there is none.
[[nodiscard]] std::optional<std::string> find_fault(const RuntimeSettings& settings);

}  // namespace millrace::stack
