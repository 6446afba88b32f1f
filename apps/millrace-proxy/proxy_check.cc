#include "proxy_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "values.h"

namespace millrace::config {
namespace {

void bind_upstream(ProxyReading& reading, std::size_t index, Diagnostics& errors) {
  const ListenerLines& lines = reading.listeners[index];
  if (lines.upstream == 0) return;
  std::vector<std::string> names;
  for (const proxy::UpstreamSettings& upstream : reading.config.proxy.upstreams) names.push_back(upstream.name);
  const auto found = std::find(names.begin(), names.end(), lines.upstream_name);
  if (found != names.end()) {
    reading.config.proxy.listeners[index].upstream = static_cast<std::uint16_t>(found - names.begin());
    return;
  }
  const auto hint = nearest(lines.upstream_name, names);
  errors.add(lines.upstream, fmt::format("unknown upstream '{}'", lines.upstream_name),
             hint ? fmt::format("Did you mean '{}'?", *hint) : "Add an [[upstream]] of that name.");
}

void check_server(const ProxyReading& reading, const api::Endpoint& server, int line, Diagnostics& errors) {
  const stack::RuntimeSettings& network = reading.config.runtime.settings;
  const wire::IpAddress& address = server.address;
  if (address.is_unspecified() || address.is_multicast() || address.is_loopback())
    errors.add(line, fmt::format("server {} is not the address of one host on a network", format_endpoint(server)),
               "Use the server's own address.");
  else if (is_own(network, address))
    errors.add(line, fmt::format("server {} is one of our own addresses", format_endpoint(server)),
               "Use the server's own address.");
  else if (!has_route(network, address))
    errors.add(line, fmt::format("no route to server {}", format_endpoint(server)),
               "Add a [[route]] that covers it, or a port with an address on its network.");
}

}  // namespace

void check_listeners(ProxyReading& reading, Diagnostics& errors) {
  std::map<std::string, int> first;
  if (reading.listeners.empty()) errors.add(1, "there is no [[listener]]", "Add one with address, port and upstream.");
  for (std::size_t i = 0; i < reading.listeners.size(); ++i) {
    const ListenerLines& lines = reading.listeners[i];
    const api::Endpoint& endpoint = reading.config.proxy.listeners[i].address;
    bind_upstream(reading, i, errors);
    if (lines.address == 0) continue;
    if (!endpoint.address.is_unspecified() && !is_own(reading.config.runtime.settings, endpoint.address))
      errors.add(lines.address, fmt::format("listener address {} is not on any port", endpoint.address.to_string()),
                 "Use an address of a [[port]], or \"0.0.0.0\" for all.");
    if (lines.port == 0) continue;
    if (const auto [entry, fresh] = first.emplace(format_endpoint(endpoint), lines.address); !fresh)
      errors.add(lines.address,
                 fmt::format("listener {} is given twice, first in line {}", entry->first, entry->second),
                 "Keep one of them.");
  }
}

void check_upstreams(const ProxyReading& reading, Diagnostics& errors) {
  std::map<std::string, int> first;
  for (std::size_t u = 0; u < reading.upstreams.size(); ++u) {
    const proxy::UpstreamSettings& upstream = reading.config.proxy.upstreams[u];
    const UpstreamLines& lines = reading.upstreams[u];
    if (lines.name != 0)
      if (const auto [entry, fresh] = first.emplace(upstream.name, lines.name); !fresh)
        errors.add(lines.name,
                   fmt::format("upstream '{}' is given twice, first in line {}", entry->first, entry->second),
                   "Give each upstream a name of its own.");
    for (std::size_t s = 0; s < upstream.servers.size(); ++s)
      check_server(reading, upstream.servers[s], lines.servers[s], errors);
  }
}

}  // namespace millrace::config
