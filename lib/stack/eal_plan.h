// What EAL is told for given settings; known before it starts, so that a program's --check can print it.
#pragma once

#include <string>
#include <vector>

#include "io/eal.h"
#include "stack/config.h"
#include "stack/memory_plan.h"

namespace millrace::stack {

/// The settings' devices that lie on the PCI bus.
[[nodiscard]] std::vector<std::string> pci_devices(const RuntimeSettings& settings);

/// For settings without arguments of their own (see RuntimeSettings::eal_arguments).
[[nodiscard]] io::EalConfig eal_config(const RuntimeSettings& settings, const MemoryPlan& plan);

}  // namespace millrace::stack
