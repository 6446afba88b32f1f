// The program's configuration file: the tables that all Millrace programs share, and [[listener]].
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "diagnostics.h"
#include "listener_settings.h"
#include "stack/config.h"

namespace millrace::echo {

struct EchoConfig {
  stack::RuntimeSettings runtime;
  std::vector<ListenerSettings> listeners;
  Duration drain = seconds{5};  ///< how long connections may go on after SIGTERM
};

/// Everything wrong with the text goes to `errors`; the result is good when there are none.
[[nodiscard]] EchoConfig parse_config(std::string_view text, config::Diagnostics& errors);
/// The same for a file, memory of this machine included.
[[nodiscard]] EchoConfig load_config(const std::string& path, config::Diagnostics& errors);

}  // namespace millrace::echo
