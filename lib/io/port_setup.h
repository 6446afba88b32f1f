// Private to this room: the negotiation with a device that Port::open() has found and claimed.
#pragma once

#include <string>

#include "io/port.h"

namespace millrace::io {

/// Throws std::runtime_error "cannot open port 'device': cause; next step".
[[noreturn]] void refuse_port(const std::string& device, const std::string& cause, const std::string& next_step);

/// Configures the device info.port_id with its queues and fills the rest of `info` (save the MAC). Throws as above.
void set_up_port(const PortConfig& config, PortInfo& info);

}  // namespace millrace::io
