// What the settings mean for DPDK: which devices are PCI addresses that EAL must be told of, which ring sizes and
// offloads are asked for, and what the ports answered becomes the IP floor's configuration. Opening and negotiating is
// lib/io's.
#include "stack/runtime_ports.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "stack/memory_plan.h"

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

}  // namespace

std::vector<std::string> pci_devices(const RuntimeSettings& settings) {
  std::vector<std::string> devices;
  for (const PortSettings& port : settings.ports)
    if (is_pci(port.device)) devices.push_back(port.device);
  return devices;
}

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

ip::IpConfig make_ip_config(const RuntimeSettings& settings, const std::vector<io::Port>& ports) {
  std::vector<ip::PortInfo> infos;
  std::vector<ip::LocalAddress> addresses;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const io::PortInfo& info = ports[i].info();
    infos.push_back({.mac = info.mac,
                     .mtu = std::min(info.mtu, settings.ports[i].mtu),
                     .vlan = settings.ports[i].vlan,
                     .tx_ip_checksum = info.offloads.tx_ipv4_checksum,
                     .tx_tcp_checksum = info.offloads.tx_tcp_checksum});
    for (const wire::IpPrefix& prefix : settings.ports[i].addresses)
      addresses.push_back({prefix.address, prefix.length, static_cast<std::uint16_t>(i)});
  }
  ip::LocalAddresses local{std::move(addresses)};
  ip::RouteTable routes{local};
  for (const RouteSettings& route : settings.routes)
    if (!routes.add(route.to, route.via))
      throw std::runtime_error(
          fmt::format("the route to {} goes via {}, which no port reaches; use a gateway in the "
                      "network of a port",
                      route.to.to_string(), route.via.to_string()));
  return {std::move(infos), std::move(local), std::move(routes)};
}

}  // namespace millrace::stack
