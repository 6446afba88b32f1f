// The part of a configuration file that every Millrace program shares: [runtime], [[port]], [[route]], [limits], [tcp].
//
// read_runtime() takes these tables to a stack::RuntimeSettings and checks each value by itself; check_network() checks
// them against each other. Lines are kept so that a later check can point at the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "stack/config.h"
#include "table_reader.h"

namespace millrace::config {

struct PortLines {
  int table = 0;
  int name = 0;
  int device = 0;
  int queues = 0;
  int mac = 0;
  int capture = 0;
  std::vector<int> addresses;  ///< one per address
};

struct RouteLines {
  int to = 0;
  int via = 0;
  int port = 0;
};

struct RuntimeConfig {
  stack::RuntimeSettings settings;
  std::uint32_t receive_buffer = 0;  ///< [limits], of each connection; 0: tuned
  std::uint32_t send_buffer = 0;
  std::vector<PortLines> port_lines;    ///< one per settings.ports
  std::vector<RouteLines> route_lines;  ///< one per settings.routes
  int packets_line = 0;                 ///< of [limits] packets, 0: not given
  int limits_line = 1;                  ///< of [limits], 1: not given
};

/// Reads the shared tables of the file's top level. The caller reads its own, then calls root.finish().
[[nodiscard]] RuntimeConfig read_runtime(TableReader& root);

/// Duplicates, addresses no host may have, gateways out of reach, too few packets for the queues.
void check_network(const RuntimeConfig& config, Diagnostics& errors);

/// True when some port's network holds the address, or a route leads to it.
[[nodiscard]] bool has_route(const stack::RuntimeSettings& settings, const wire::IpAddress& address);
/// The ports whose networks hold the address; those with IPv6 all have the link-local network.
[[nodiscard]] std::size_t links_of(const stack::RuntimeSettings& settings, const wire::IpAddress& address);
/// The port that has the address, by its place in the settings.
[[nodiscard]] std::optional<std::size_t> port_of(const stack::RuntimeSettings& settings,
                                                 const wire::IpAddress& address);
/// True when it is an address of ours.
[[nodiscard]] bool is_own(const stack::RuntimeSettings& settings, const wire::IpAddress& address);
/// True when some port has an address of this one's IP version.
[[nodiscard]] bool has_version_of(const stack::RuntimeSettings& settings, const wire::IpAddress& address);

/// An error when a listener's address is no own address, or a wildcard of an IP version that no port has.
void check_listener_address(const stack::RuntimeSettings& settings, const wire::IpAddress& address, bool v6only,
                            int line, Diagnostics& errors);

}  // namespace millrace::config
