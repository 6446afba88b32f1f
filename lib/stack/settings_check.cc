// The first fault found, in words with a next step. Programs check their files more finely and by line; this guards
// embedders, who fill the settings by hand.
#include "stack/settings_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace millrace::stack {
namespace {

using Fault = std::optional<std::string>;

constexpr std::uint16_t kLeastMtu = 576;  // RFC 1122 3.3.2: what every host must be able to receive

Fault fault_of_port(const RuntimeSettings& settings, const PortSettings& port) {
  if (port.device.empty())
    return fmt::format("port '{}' has no device; name one, such as net_tap0,iface=mr0 or 0000:3b:00.0", port.name);
  if (port.addresses.empty())
    return fmt::format("port '{}' has no address; give it one with the length of its network", port.name);
  if (port.queues == 0 || port.queues > settings.workers)
    return fmt::format("port '{}' has {} queues for {} workers; use 1 to {}", port.name, port.queues, settings.workers,
                       settings.workers);
  if (port.mtu < kLeastMtu)
    return fmt::format("port '{}' has an MTU of {}; use {} or more", port.name, port.mtu, kLeastMtu);
  if (port.vlan > 4094) return fmt::format("port '{}' has VLAN {}; use 1 to 4094, or 0 for none", port.name, port.vlan);
  return std::nullopt;
}

Fault fault_of_addresses(const RuntimeSettings& settings) {
  std::vector<wire::IpAddress> all;
  for (const PortSettings& port : settings.ports)
    for (const wire::IpPrefix& address : port.addresses) {
      if (address.address.is_unspecified() || address.address.is_multicast())
        return fmt::format("{} of port '{}' is no address of a host; use another", address.to_string(), port.name);
      if (std::ranges::find(all, address.address) != all.end())
        return fmt::format("address {} is given twice; give each address to one port", address.address.to_string());
      all.push_back(address.address);
    }
  return std::nullopt;
}

Fault fault_of_route(const RuntimeSettings& settings, const RouteSettings& route) {
  for (const PortSettings& port : settings.ports)
    for (const wire::IpPrefix& own : port.addresses)
      if (own.contains(route.via) && own.address != route.via) return std::nullopt;
  return fmt::format("the route to {} goes via {}, which is no neighbor; use a gateway in the network of a port",
                     route.to.to_string(), route.via.to_string());
}

}  // namespace

Fault find_fault(const RuntimeSettings& settings) {
  if (settings.workers == 0) return "there is no worker; use 1 or more";
  if (settings.ports.empty()) return "there is no port; give one with a device and an address";
  if (settings.connections == 0) return "the limit of connections is 0; use 1 or more";
  for (const PortSettings& port : settings.ports)
    if (Fault fault = fault_of_port(settings, port)) return fault;
  if (Fault fault = fault_of_addresses(settings)) return fault;
  for (const RouteSettings& route : settings.routes)
    if (Fault fault = fault_of_route(settings, route)) return fault;
  return std::nullopt;
}

}  // namespace millrace::stack
