// What the ports, addresses and routes of a configuration say about each other.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "runtime_config.h"
#include "stack/capture_files.h"
#include "stack/memory_plan.h"

namespace millrace::config {
namespace {

/// Remembers where each value was seen first; answers that line when it comes again.
class Seen {
 public:
  [[nodiscard]] int again(const std::string& value, int line) {
    const auto [entry, first] = lines_.emplace(value, line);
    return first ? 0 : entry->second;
  }

 private:
  std::map<std::string, int> lines_;
};

/// What is wrong with an address as a host's own, or an empty text.
std::string fault_of(const wire::IpPrefix& prefix) {
  const wire::IpAddress& address = prefix.address;
  if (address.is_unspecified()) return "the unspecified address";
  if (address.is_multicast()) return "a multicast address";
  if (address.is_loopback()) return "a loopback address";
  if (!address.is_v4() || prefix.length > 30) return "";
  const std::uint32_t host_bits = ~std::uint32_t{0} >> prefix.length;
  const std::uint32_t host = address.v4_value() & host_bits;
  if (host == 0) return "the network's own address";
  if (host == host_bits) return "the network's broadcast address";
  return "";
}

void check_addresses(const RuntimeConfig& config, std::size_t index, Seen& seen, Diagnostics& errors) {
  const stack::PortSettings& port = config.settings.ports[index];
  for (std::size_t i = 0; i < port.addresses.size(); ++i) {
    const int line = config.port_lines[index].addresses[i];
    const wire::IpPrefix& prefix = port.addresses[i];
    const std::string text = prefix.address.to_string();
    if (const int first = seen.again(text, line))
      errors.add(line, fmt::format("address {} is used twice, first in line {}", text, first),
                 "Give each address to one port.");
    if (const std::string fault = fault_of(prefix); !fault.empty())
      errors.add(line, fmt::format("{} is {}", prefix.to_string(), fault), "Use an address of one host.");
    if (!prefix.address.is_v4() && port.mtu < 1280)
      errors.add(line, fmt::format("port '{}' has IPv6 address {} but an mtu of {}", port.name, text, port.mtu),
                 "Set mtu to 1280 or more (RFC 8200 5).");
  }
}

/// A queue's file may be another port's too: PATH.1 of "PATH" and the first of "PATH.1".
void check_capture(const stack::PortSettings& port, int line, Seen& files, Diagnostics& errors) {
  for (const std::string& file : stack::capture_files(port))
    if (const int first = files.again(file, line); first != 0 && first != line) {
      errors.add(line, fmt::format("port '{}' records into {}, as does the port of line {}", port.name, file, first),
                 "Give each port a file of its own.");
      return;
    }
}

void check_packets(const RuntimeConfig& config, Diagnostics& errors) {
  const std::uint32_t least = stack::least_packets(config.settings);
  if (config.packets_line == 0 || config.settings.packets >= least) return;
  errors.add(config.packets_line,
             fmt::format("{} packets are too few for the RX rings of all queues", config.settings.packets),
             fmt::format("Set packets to {} or more, or leave it out.", least));
}

void check_ports(const RuntimeConfig& config, Diagnostics& errors) {
  Seen names;
  Seen devices;
  Seen addresses;
  Seen macs;
  Seen captures;
  if (config.settings.ports.empty()) errors.add(1, "there is no [[port]]", "Add one with name, device and addresses.");
  for (std::size_t i = 0; i < config.settings.ports.size(); ++i) {
    const stack::PortSettings& port = config.settings.ports[i];
    const PortLines& lines = config.port_lines[i];
    if (lines.name != 0)
      if (const int first = names.again(port.name, lines.name))
        errors.add(lines.name, fmt::format("port name '{}' is used twice, first in line {}", port.name, first),
                   "Give each port a name of its own.");
    if (lines.device != 0)
      if (const int first = devices.again(port.device, lines.device))
        errors.add(lines.device, fmt::format("device '{}' is used twice, first in line {}", port.device, first),
                   "Give each port a device of its own.");
    if (port.queues > config.settings.workers)
      errors.add(lines.queues,
                 fmt::format("port '{}' has {} queues for {} workers", port.name, port.queues, config.settings.workers),
                 "Set queues to at most workers in [runtime].");
    if (lines.mac != 0)
      if (const int first = macs.again(port.mac->to_string(), lines.mac))
        errors.add(lines.mac, fmt::format("mac {} is used twice, first in line {}", port.mac->to_string(), first),
                   "Give each port a mac of its own.");
    check_capture(port, lines.capture, captures, errors);
    check_addresses(config, i, addresses, errors);
  }
}

bool has_v6(const stack::PortSettings& port) {
  return std::any_of(port.addresses.begin(), port.addresses.end(),
                     [](const wire::IpPrefix& p) { return !p.address.is_v4(); });
}

/// Every port with IPv6 has a link-local network, given or not.
bool connected(const stack::PortSettings& port, const wire::IpAddress& address) {
  if (address.is_link_local_v6() && has_v6(port)) return true;
  return std::any_of(port.addresses.begin(), port.addresses.end(),
                     [&](const wire::IpPrefix& p) { return p.contains(address); });
}

/// A link-local gateway is found on one port only; which one must be clear.
void check_gateway_port(const stack::RuntimeSettings& settings, const stack::RouteSettings& route,
                        const RouteLines& lines, Diagnostics& errors) {
  const std::size_t ports = links_of(settings, route.via);
  if (route.port.empty()) {
    if (route.via.is_link_local_v6() && ports > 1)
      errors.add(lines.via, fmt::format("gateway {} may be on any of {} ports", route.via.to_string(), ports),
                 "Name the one with port = \"...\".");
    return;
  }
  const auto named = std::find_if(settings.ports.begin(), settings.ports.end(),
                                  [&](const stack::PortSettings& port) { return port.name == route.port; });
  if (named == settings.ports.end())
    errors.add(lines.port, fmt::format("unknown port '{}'", route.port), "Use the name of a [[port]].");
  else if (!connected(*named, route.via))
    errors.add(lines.port, fmt::format("gateway {} is not on port '{}'", route.via.to_string(), route.port),
               "Name the port whose network holds it.");
}

void check_routes(const RuntimeConfig& config, Diagnostics& errors) {
  Seen networks;
  for (std::size_t i = 0; i < config.settings.routes.size(); ++i) {
    const stack::RouteSettings& route = config.settings.routes[i];
    const RouteLines& lines = config.route_lines[i];
    const std::string to = route.to.to_string();
    if (const int first = networks.again(to, lines.to))
      errors.add(lines.to, fmt::format("a route to {} is given twice, first in line {}", to, first),
                 "Keep one of them.");
    if (route.to.address.is_v4() != route.via.is_v4())
      errors.add(lines.via,
                 fmt::format("the route to {} leads via {} of the other IP version", to, route.via.to_string()),
                 "Use a gateway of the same version.");
    else if (is_own(config.settings, route.via))
      errors.add(lines.via, fmt::format("gateway {} is one of our own addresses", route.via.to_string()),
                 "Use the next router's address.");
    else if (links_of(config.settings, route.via) == 0)
      errors.add(lines.via, fmt::format("gateway {} is on no port's network", route.via.to_string()),
                 "Use a gateway inside a network of 'addresses', or correct the length there.");
    else
      check_gateway_port(config.settings, route, lines, errors);
  }
}

}  // namespace

void check_network(const RuntimeConfig& config, Diagnostics& errors) {
  check_ports(config, errors);
  check_routes(config, errors);
  check_packets(config, errors);
}

bool has_route(const stack::RuntimeSettings& settings, const wire::IpAddress& address) {
  return links_of(settings, address) != 0 ||
         std::any_of(settings.routes.begin(), settings.routes.end(),
                     [&](const stack::RouteSettings& route) { return route.to.contains(address); });
}

std::size_t links_of(const stack::RuntimeSettings& settings, const wire::IpAddress& address) {
  return static_cast<std::size_t>(
      std::count_if(settings.ports.begin(), settings.ports.end(),
                    [&](const stack::PortSettings& port) { return connected(port, address); }));
}

std::optional<std::size_t> port_of(const stack::RuntimeSettings& settings, const wire::IpAddress& address) {
  const auto has = [&](const stack::PortSettings& port) {
    return std::any_of(port.addresses.begin(), port.addresses.end(),
                       [&](const wire::IpPrefix& p) { return p.address == address; });
  };
  const auto port = std::find_if(settings.ports.begin(), settings.ports.end(), has);
  if (port == settings.ports.end()) return std::nullopt;
  return static_cast<std::size_t>(port - settings.ports.begin());
}

bool is_own(const stack::RuntimeSettings& settings, const wire::IpAddress& address) {
  return port_of(settings, address).has_value();
}

bool has_version_of(const stack::RuntimeSettings& settings, const wire::IpAddress& address) {
  return std::any_of(settings.ports.begin(), settings.ports.end(), [&](const stack::PortSettings& port) {
    return std::any_of(port.addresses.begin(), port.addresses.end(),
                       [&](const wire::IpPrefix& p) { return p.address.is_v4() == address.is_v4(); });
  });
}

void check_listener_address(const stack::RuntimeSettings& settings, const wire::IpAddress& address, bool v6only,
                            int line, Diagnostics& errors) {
  const std::string text = address.to_string();
  const bool both = address.is_unspecified() && !address.is_v4();
  if (v6only && !both)
    return errors.add(line, fmt::format("v6only says nothing about a listener on {}", text),
                      "Remove it, or listen on \"::\".");
  if (!address.is_unspecified() && !is_own(settings, address))
    return errors.add(line, fmt::format("listener address {} is not on any port", text),
                      "Use an address of a [[port]], \"0.0.0.0\" for all of IPv4, or \"::\" for all.");
  if (!address.is_unspecified() || (both && !v6only) || has_version_of(settings, address)) return;
  errors.add(line, fmt::format("a listener on {}, but no port has an {} address", text, both ? "IPv6" : "IPv4"),
             "Give a [[port]] one, or listen on another address.");
}

}  // namespace millrace::config
