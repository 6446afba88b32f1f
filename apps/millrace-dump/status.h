// What a capture came to, as the process tells it.
#pragma once

#include <string>

#include "telemetry_client.h"

namespace millrace::dump {

/// "12 frames, 1534 bytes in /tmp/x.pcapng; ended: stopped", and what is missing of it.
[[nodiscard]] std::string status_text(const tools::Answer& status);
/// Nothing is known to be missing but frames that came too fast.
[[nodiscard]] bool is_complete(const tools::Answer& status);

}  // namespace millrace::dump
