// Which files the capture of a port writes: known before one is opened, so that no two ports write into the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stack/config.h"

namespace millrace::stack {

/// Each queue of a captured port has a file of its own: PATH, PATH.1, PATH.2 ...
[[nodiscard]] std::string capture_file(const PortSettings& port, std::uint16_t queue);

/// Those of all queues as absolute paths without detours, so that one file has one name; empty without a capture.
[[nodiscard]] std::vector<std::string> capture_files(const PortSettings& port);

}  // namespace millrace::stack
