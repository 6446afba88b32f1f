// What the listeners and upstreams of a configuration say about each other and about the network.
#pragma once

#include <string>
#include <vector>

#include "proxy_config.h"

namespace millrace::config {

struct ListenerLines {
  int table = 0;
  int address = 0;  ///< 0: not given, or wrong
  bool has_address = false;
  int port = 0;
  int upstream = 0;
  std::string upstream_name;
};

struct UpstreamLines {
  int name = 0;
  std::vector<int> servers;  ///< one per server
  std::vector<int> sources;  ///< one per source address
};

/// A configuration with the places of its parts.
struct ProxyReading {
  ProxyConfig config;
  std::vector<ListenerLines> listeners;  ///< one per config.proxy.listeners
  std::vector<UpstreamLines> upstreams;  ///< one per config.proxy.upstreams
};

/// Listeners on addresses of ours, each once; binds each to its upstream by name.
void check_listeners(ProxyReading& reading, Diagnostics& errors);
/// Upstreams with names of their own, servers that a route leads to, source addresses of ours for each of them.
void check_upstreams(const ProxyReading& reading, Diagnostics& errors);

}  // namespace millrace::config
