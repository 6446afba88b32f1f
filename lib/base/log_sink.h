// Where lines end; for log.cc and log_thread.cc only.
#pragma once

#include <string_view>

#include "base/log.h"

namespace millrace::base {

/// Calls the sink that a program has set; false when there is none. Throws what the sink throws.
[[nodiscard]] bool give_to_sink(LogLevel level, std::string_view text);

/// Leaves a line to the LogThread, or counts it as lost; false when there is no such thread.
[[nodiscard]] bool give_to_thread(LogLevel level, std::string_view text) noexcept;

inline constexpr const char* kNotWritten = "a log line could not be written";

}  // namespace millrace::base
