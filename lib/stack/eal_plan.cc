// PCI devices must be named to EAL at its start; virtual ones are attached later, port by port.
#include "stack/eal_plan.h"

#include <algorithm>
#include <string_view>

namespace millrace::stack {
namespace {

/// "0000:3b:00.0", possibly followed by driver arguments.
bool is_pci(std::string_view device) {
  constexpr std::string_view kShape = "xxxx:xx:xx.x";
  if (device.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char c = device[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (kShape[i] == 'x' ? !hex : c != kShape[i]) return false;
  }
  return true;
}

io::Hugepages hugepages_of(Hugepages wish) noexcept {
  switch (wish) {
    case Hugepages::On:
      return io::Hugepages::Yes;
    case Hugepages::Off:
      return io::Hugepages::No;
    case Hugepages::Auto:
      break;
  }
  return io::Hugepages::Auto;
}

}  // namespace

std::vector<std::string> pci_devices(const RuntimeSettings& settings) {
  std::vector<std::string> devices;
  for (const PortSettings& port : settings.ports)
    if (is_pci(port.device)) devices.push_back(port.device);
  return devices;
}

io::EalConfig eal_config(const RuntimeSettings& settings, const MemoryPlan& plan) {
  io::EalConfig config;
  config.memory_mb = plan.eal_megabytes();
  config.hugepages = hugepages_of(settings.hugepages);
  config.file_prefix = settings.file_prefix;
  config.pci_allow = pci_devices(settings);
  config.single_file = std::ranges::any_of(
      settings.ports, [](const PortSettings& port) { return port.device.starts_with("net_virtio_user"); });
  return config;
}

}  // namespace millrace::stack
