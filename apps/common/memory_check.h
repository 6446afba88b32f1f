// Whether the machine has the memory that a configuration needs, found out before a port is touched.
#pragma once

#include <string_view>

#include "runtime_config.h"
#include "stack/memory_plan.h"

namespace millrace::config {

/// Reads the text of /proc/meminfo: free hugepages and available memory. What it does not say counts as 0.
[[nodiscard]] stack::FreeMemory parse_meminfo(std::string_view text);
/// The machine's own.
[[nodiscard]] stack::FreeMemory read_free_memory();

/// An error when the configuration needs more than is free.
void check_memory(const RuntimeConfig& config, const stack::FreeMemory& free, Diagnostics& errors);

}  // namespace millrace::config
