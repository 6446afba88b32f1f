// What the settings mean for ports: which ring sizes and offloads are asked for, and what the ports answered becomes
// the IP floor's configuration. Opening and negotiating is lib/io's.
#include "stack/runtime_ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include "stack/memory_plan.h"
#include "wire/ndp.h"

namespace millrace::stack {
std::vector<io::Port> open_ports(const RuntimeSettings& settings, pkt::PacketPool& rx_pool) {
  std::vector<io::Port> ports;
  for (const PortSettings& port : settings.ports) {
    io::PortConfig config;
    config.device = port.device;
    config.index = static_cast<std::uint16_t>(ports.size());
    config.queue_pairs = port.queues;
    config.rx_ring = kRxDescriptors;
    config.tx_ring = kTxDescriptors;
    config.mtu = port.mtu;
    config.rx_interrupt = settings.idle == IdlePolicy::Adaptive;
    config.mac = port.mac;
    config.rx_pool = &rx_pool;
    ports.push_back(io::Port::open(config));
  }
  return ports;
}

namespace {

/// The port's addresses; with IPv6 among them also a link-local one (RFC 4291 2.1), which solicitations need.
std::vector<wire::IpPrefix> addresses_of(const PortSettings& port, const wire::MacAddress& mac) {
  std::vector<wire::IpPrefix> all = port.addresses;
  const auto v6 = [](const wire::IpPrefix& own) { return !own.address.is_v4(); };
  const auto link_local = [](const wire::IpPrefix& own) { return own.address.is_link_local_v6(); };
  if (std::ranges::any_of(all, v6) && std::ranges::none_of(all, link_local))
    all.push_back({wire::link_local_address(mac), 64});
  return all;
}

std::optional<std::uint16_t> port_named(const RuntimeSettings& settings, const std::string& name) {
  const auto found = std::ranges::find(settings.ports, name, &PortSettings::name);
  if (name.empty() || found == settings.ports.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - settings.ports.begin());
}

}  // namespace

std::vector<wire::MacAddress> multicast_groups(const ip::IpConfig& config, std::uint16_t port) {
  std::set<wire::MacAddress> groups;
  for (const ip::LocalAddress& local : config.addresses.all())
    if (local.port == port && !local.ip.is_v4()) groups.insert(wire::multicast_mac(wire::solicited_node(local.ip)));
  if (!groups.empty()) groups.insert(wire::multicast_mac(wire::kAllNodes));
  return {groups.begin(), groups.end()};
}

ip::IpConfig make_ip_config(const RuntimeSettings& settings, std::span<const io::PortInfo> ports) {
  std::vector<ip::PortInfo> infos;
  std::vector<ip::LocalAddress> addresses;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const io::PortInfo& info = ports[i];
    infos.push_back({.mac = info.mac,
                     .mtu = std::min(info.mtu, settings.ports[i].mtu),
                     .vlan = settings.ports[i].vlan,
                     .tx_ip_checksum = info.offloads.tx_ipv4_checksum,
                     .tx_tcp_checksum = info.offloads.tx_tcp_checksum,
                     .dad_transmits = settings.ports[i].dad_transmits});
    for (const wire::IpPrefix& prefix : addresses_of(settings.ports[i], info.mac))
      addresses.push_back({prefix.address, prefix.length, static_cast<std::uint16_t>(i)});
  }
  ip::LocalAddresses local{std::move(addresses)};
  ip::RouteTable routes{local};
  for (const RouteSettings& route : settings.routes)
    if (!routes.add(route.to, route.via, port_named(settings, route.port)))
      throw std::runtime_error(
          fmt::format("the route to {} goes via {}, which no port reaches; use a gateway in the "
                      "network of a port",
                      route.to.to_string(), route.via.to_string()));
  return {std::move(infos), std::move(local), std::move(routes)};
}

}  // namespace millrace::stack
