#include "proxy_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

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

/// What a listener takes: the address with its port; "::" takes both wildcards unless it is for IPv6 only.
std::vector<std::string> places_of(const api::Endpoint& endpoint, bool v6only) {
  std::vector<std::string> places{format_endpoint(endpoint)};
  const bool both = endpoint.address.is_unspecified() && !endpoint.address.is_v4() && !v6only;
  if (both) places.push_back(format_endpoint({wire::IpAddress::v4(0), endpoint.port}));
  return places;
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
  else if (!has_version_of(network, address))
    errors.add(line,
               fmt::format("server {} has an {} address, but no port has one", format_endpoint(server),
                           address.is_v4() ? "IPv4" : "IPv6"),
               "Give a [[port]] an address of that version.");
  else if (!has_route(network, address))
    errors.add(line, fmt::format("no route to server {}", format_endpoint(server)),
               "Add a [[route]] that covers it, or a port with an address on its network.");
}

/// A link-local address says nothing about its port (RFC 4291 2.5.6). With IPv6 on several the sources say it, if they
/// all belong to one and one of them is link-local.
void check_link_of(const ProxyReading& reading, const proxy::UpstreamSettings& upstream, const api::Endpoint& server,
                   int line, Diagnostics& errors) {
  const stack::RuntimeSettings& network = reading.config.runtime.settings;
  if (!server.address.is_link_local_v6() || links_of(network, server.address) < 2) return;
  std::set<std::optional<std::size_t>> ports;
  bool link_local = false;
  for (const wire::IpAddress& source : upstream.sources) {
    if (source.is_v4()) continue;
    ports.insert(port_of(network, source));
    link_local |= source.is_link_local_v6();
  }
  if (link_local && ports.size() == 1) return;
  errors.add(
      line,
      fmt::format("server {} may be on any of {} ports", format_endpoint(server), links_of(network, server.address)),
      "Name the link-local address of its port in 'source', and no IPv6 address of another port.");
}

/// With sources given, one of them has the server's IP version.
void check_source_for(const proxy::UpstreamSettings& upstream, const api::Endpoint& server, int line,
                      Diagnostics& errors) {
  const auto suits = [&](const wire::IpAddress& source) { return source.is_v4() == server.address.is_v4(); };
  if (upstream.sources.empty() || std::any_of(upstream.sources.begin(), upstream.sources.end(), suits)) return;
  errors.add(
      line,
      fmt::format("no source of upstream '{}' has the IP version of server {}", upstream.name, format_endpoint(server)),
      "Add one to 'source', or leave 'source' out.");
}

}  // namespace

void check_listeners(ProxyReading& reading, Diagnostics& errors) {
  std::map<std::string, int> first;
  if (reading.listeners.empty()) errors.add(1, "there is no [[listener]]", "Add one with address, port and upstream.");
  for (std::size_t i = 0; i < reading.listeners.size(); ++i) {
    const ListenerLines& lines = reading.listeners[i];
    const api::Endpoint& endpoint = reading.config.proxy.listeners[i].address;
    bind_upstream(reading, i, errors);
    if (lines.has_address && lines.address == 0) continue;
    const bool v6only = reading.config.proxy.listeners[i].options.v6only;
    const int line = lines.address != 0 ? lines.address : lines.table;
    check_listener_address(reading.config.runtime.settings, endpoint.address, v6only, line, errors);
    if (lines.port == 0) continue;
    for (const std::string& place : places_of(endpoint, v6only))
      if (const auto [entry, fresh] = first.emplace(place, line); !fresh) {
        errors.add(line, fmt::format("listener {} is given twice, first in line {}", place, entry->second),
                   "Keep one of them.");
        break;
      }
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
    for (std::size_t s = 0; s < upstream.servers.size(); ++s) {
      check_server(reading, upstream.servers[s], lines.servers[s], errors);
      check_source_for(upstream, upstream.servers[s], lines.servers[s], errors);
      check_link_of(reading, upstream, upstream.servers[s], lines.servers[s], errors);
    }
    for (std::size_t s = 0; s < upstream.sources.size(); ++s)
      if (!is_own(reading.config.runtime.settings, upstream.sources[s]))
        errors.add(lines.sources[s],
                   fmt::format("source {} of upstream '{}' is not on any port", upstream.sources[s].to_string(),
                               upstream.name),
                   "Use addresses of a [[port]], or add it there.");
  }
}

}  // namespace millrace::config
