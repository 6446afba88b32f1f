// The ports of a runtime: opened one by one from their settings, and what the IP floor needs to know about them.
#pragma once

#include <span>
#include <vector>

#include "io/port.h"
#include "ip/ip_config.h"
#include "pkt/packet_pool.h"
#include "stack/config.h"

namespace millrace::stack {

/// All ports, open and stopped, in the order of the settings. Throws std::runtime_error.
[[nodiscard]] std::vector<io::Port> open_ports(const RuntimeSettings& settings, pkt::PacketPool& rx_pool);

/// Addresses, routes, and what the ports can do. Throws std::runtime_error when a route has no way out.
[[nodiscard]] ip::IpConfig make_ip_config(const RuntimeSettings& settings, std::span<const io::PortInfo> ports);

/// The MAC addresses of the groups that a port must receive: none without IPv6.
[[nodiscard]] std::vector<wire::MacAddress> multicast_groups(const ip::IpConfig& config, std::uint16_t port);

}  // namespace millrace::stack
