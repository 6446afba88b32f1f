// The first fault found, in words with a next step. Programs check their files more finely and by line; this guards
// embedders, who fill the settings by hand.
#include "stack/settings_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "stack/capture_files.h"
#include "stack/memory_plan.h"

namespace millrace::stack {
namespace {

using Fault = std::optional<std::string>;

constexpr std::uint16_t kLeastMtu = 576;     // RFC 1122 3.3.2: what every host must be able to receive
constexpr std::uint16_t kLeastMtuV6 = 1280;  // RFC 8200 5

bool has_v6(const PortSettings& port) {
  return std::ranges::any_of(port.addresses, [](const wire::IpPrefix& own) { return !own.address.is_v4(); });
}

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
  if (has_v6(port) && port.mtu < kLeastMtuV6)
    return fmt::format("port '{}' has an IPv6 address and an MTU of {}; use {} or more", port.name, port.mtu,
                       kLeastMtuV6);
  if (port.mac && !port.mac->is_host())
    return fmt::format("port '{}' has MAC address {}, which is a group's or none; use one of a host", port.name,
                       port.mac->to_string());
  if (port.vlan > 4094) return fmt::format("port '{}' has VLAN {}; use 1 to 4094, or 0 for none", port.name, port.vlan);
  return std::nullopt;
}

/// A port with IPv6 has a link-local network, given or not (RFC 4291 2.1).
bool reaches(const PortSettings& port, const wire::IpAddress& gateway) {
  if (gateway.is_link_local_v6() && has_v6(port)) return true;
  return std::ranges::any_of(port.addresses, [&](const wire::IpPrefix& own) { return own.contains(gateway); });
}

bool owns(const PortSettings& port, const wire::IpAddress& address) {
  return std::ranges::any_of(port.addresses, [&](const wire::IpPrefix& own) { return own.address == address; });
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

/// Who has what, to tell when it comes again.
using Owners = std::map<std::string, std::string>;

Fault fault_of_macs(const RuntimeSettings& settings) {
  Owners owners;
  for (const PortSettings& port : settings.ports) {
    if (!port.mac) continue;
    const auto [owner, first] = owners.emplace(port.mac->to_string(), port.name);
    if (!first)
      return fmt::format("ports '{}' and '{}' have the same MAC address {}; give each one of its own", owner->second,
                         port.name, owner->first);
  }
  return std::nullopt;
}

Fault fault_of_captures(const RuntimeSettings& settings) {
  Owners owners;
  for (const PortSettings& port : settings.ports)
    for (const std::string& file : capture_files(port)) {
      const auto [owner, first] = owners.emplace(file, port.name);
      if (!first)
        return fmt::format("ports '{}' and '{}' capture into the same file {}; give each one of its own", owner->second,
                           port.name, file);
    }
  return std::nullopt;
}

Fault fault_of_packets(const RuntimeSettings& settings) {
  const std::uint32_t least = least_packets(settings);
  if (settings.packets == 0 || settings.packets >= least) return std::nullopt;
  return fmt::format(
      "{} packets are too few for the RX rings of all queues; use {} or more, or 0 to have them computed",
      settings.packets, least);
}

Fault fault_of_buffers(const RuntimeSettings& settings) {
  const auto fault_of = [](std::string_view which, std::uint32_t initial, std::uint32_t max) -> Fault {
    if (initial != 0 && initial <= max) return std::nullopt;
    return fmt::format(
        "{} buffers start with {} bytes and grow to {}; start with 1 or more, and with no more than that", which,
        initial, max);
  };
  const BufferSettings& buffers = settings.tcp.buffers;
  if (Fault fault = fault_of("receive", buffers.receive_initial, buffers.receive_max)) return fault;
  return fault_of("send", buffers.send_initial, buffers.send_max);
}

Fault fault_of_route(const RuntimeSettings& settings, const RouteSettings& route) {
  const auto leads = [&](const PortSettings& port) {
    return (route.port.empty() || route.port == port.name) && reaches(port, route.via) && !owns(port, route.via);
  };
  const auto ways = std::ranges::count_if(settings.ports, leads);
  if (ways > 1 && route.via.is_link_local_v6())
    return fmt::format("the route to {} goes via {}, which may be on several ports; name its port",
                       route.to.to_string(), route.via.to_string());
  if (ways > 0) return std::nullopt;
  return fmt::format("the route to {} goes via {}, which is no neighbor; use a gateway in the network of a port",
                     route.to.to_string(), route.via.to_string());
}

}  // namespace

Fault find_fault(const RuntimeSettings& settings) {
  if (settings.workers == 0) return "there is no worker; use 1 or more";
  if (settings.ports.empty()) return "there is no port; give one with a device and an address";
  const flow::PortRange& range = settings.tcp.port_range;
  if (range.first == 0 || range.first > range.last)
    return fmt::format("source ports {} to {} are no range; give the lower one first, 1 or more", range.first,
                       range.last);
  if (range.size() < settings.workers)
    return fmt::format("{} source ports are too few for {} workers; widen the range", range.size(), settings.workers);
  if (settings.connections == 0) return "the limit of connections is 0; use 1 or more";
  for (const PortSettings& port : settings.ports)
    if (Fault fault = fault_of_port(settings, port)) return fault;
  for (const auto fault_of : {fault_of_addresses, fault_of_macs, fault_of_captures, fault_of_packets, fault_of_buffers})
    if (Fault fault = fault_of(settings)) return fault;
  for (const RouteSettings& route : settings.routes)
    if (Fault fault = fault_of_route(settings, route)) return fault;
  return std::nullopt;
}

}  // namespace millrace::stack
