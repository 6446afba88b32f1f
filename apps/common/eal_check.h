// What DPDK would be told, for --check.
#pragma once

#include <string>

#include "io/eal.h"
#include "stack/config.h"

namespace millrace::config {

/// Two lines: the whole list of EAL arguments, and whether dpdk-dumpcap could attach.
[[nodiscard]] std::string describe_eal(const stack::RuntimeSettings& settings, const io::Machine& machine);

}  // namespace millrace::config
