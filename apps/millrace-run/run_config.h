// The configuration file: the tables that all Millrace programs share, and how long a program's end may take.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "diagnostics.h"
#include "stack/config.h"

namespace millrace::run {

struct RunConfig {
  stack::RuntimeSettings runtime;
  std::uint32_t receive_buffer = 0;  ///< bytes, of each socket that the program gives no SO_RCVBUF
  std::uint32_t send_buffer = 0;
  Duration linger = seconds{5};  ///< after the program's end, for what it has sent and closed
};

/// The launcher tells the shim by this variable which file to read.
inline constexpr const char* kConfigVariable = "MILLRACE_RUN_CONFIG";

/// Everything wrong with the text goes to `errors`; the result is good when there are none.
[[nodiscard]] RunConfig parse_config(std::string_view text, config::Diagnostics& errors);
/// The same for a file, memory of this machine included.
[[nodiscard]] RunConfig load_config(const std::string& path, config::Diagnostics& errors);

}  // namespace millrace::run
