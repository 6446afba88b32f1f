// Whether the machine has the memory that a configuration needs, found out before a port is touched.
#pragma once

#include <string_view>

#include "io/eal.h"
#include "runtime_config.h"
#include "stack/memory_plan.h"

namespace millrace::config {

/// Available memory by the text of /proc/meminfo, 0 when it does not say; hugepages as EAL will find them.
[[nodiscard]] stack::FreeMemory free_memory(std::string_view meminfo, const io::Machine& machine);
/// The machine's own.
[[nodiscard]] stack::FreeMemory read_free_memory(const io::Machine& machine);

/// An error when the configuration needs more than is free. With EAL arguments given by hand these decide where packets
/// go and how many there may be, and EAL checks it; only the tables are checked here.
void check_memory(const RuntimeConfig& config, const stack::FreeMemory& free, Diagnostics& errors);

}  // namespace millrace::config
