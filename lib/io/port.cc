// Opening, running and closing a device. Negotiation is in port_setup.cc.
#include "io/port.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <rte_log.h>

#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "io/port_setup.h"
#include "io/tap_interface.h"
#include "io/tap_trigger.h"

namespace millrace::io {
namespace {

constexpr std::uint16_t kNoPort = RTE_MAX_ETHPORTS;

std::string device_name(const std::string& devargs) { return devargs.substr(0, devargs.find(',')); }

/// The port of a device that EAL has: by its exact name, else by matching (a PCI address may be written shorter).
std::uint16_t find_port(const std::string& name) {
  std::uint16_t id = kNoPort;
  if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) return id;
  rte_dev_iterator iterator;
  if (rte_eth_iterator_init(&iterator, name.c_str()) != 0) return kNoPort;
  id = rte_eth_iterator_next(&iterator);
  if (id != kNoPort) rte_eth_iterator_cleanup(&iterator);
  return id;
}

std::uint16_t attach(const std::string& devargs) {
  if (const auto interface = tap_in_use(devargs))
    refuse_port(devargs, fmt::format("the interface {} is in use already", *interface),
                "give this port an iface of its own, or end the process that has it");
  const int refused = rte_dev_probe(devargs.c_str());
  if (refused != 0)
    refuse_port(devargs, fmt::format("DPDK cannot attach it ({})", rte_strerror(-refused)),
                "check the device arguments, that its driver is installed and that this process may use it");
  const std::uint16_t id = find_port(device_name(devargs));
  if (id == kNoPort) refuse_port(devargs, "it has no Ethernet port", "name a network device");
  return id;
}

void detach(rte_device* device) noexcept {
  if (device != nullptr) rte_dev_remove(device);
}

rte_device* device_of(std::uint16_t port_id) noexcept {
  rte_eth_dev_info info{};
  return rte_eth_dev_info_get(port_id, &info) == 0 ? info.device : nullptr;
}

std::uint64_t claim(std::uint16_t port_id, const std::string& devargs) {
  rte_eth_dev_owner owner{};
  rte_eth_dev_owner_new(&owner.id);
  std::strncpy(owner.name, "millrace", sizeof owner.name - 1);
  if (rte_eth_dev_owner_set(port_id, &owner) != 0)
    refuse_port(devargs, "it is open already", "close it first, or name it once");
  return owner.id;
}

/// Whether the started device's queues have something to wait on. A device without says so in DPDK's log as an error,
/// which it is not.
bool has_rx_interrupt(std::uint16_t port_id) noexcept {
  const std::uint32_t level = rte_log_get_global_level();
  rte_log_set_global_level(RTE_LOG_CRIT);
  const bool has = rte_eth_dev_rx_intr_ctl_q_get_fd(port_id, 0) >= 0;
  rte_log_set_global_level(level);
  return has;
}

wire::MacAddress mac_of(std::uint16_t port_id) noexcept {
  wire::MacAddress mac;
  rte_ether_addr address{};
  if (rte_eth_macaddr_get(port_id, &address) == 0) std::memcpy(mac.bytes.data(), address.addr_bytes, mac.bytes.size());
  return mac;
}

}  // namespace

void refuse_port(const std::string& device, const std::string& cause, const std::string& next_step) {
  throw std::runtime_error(fmt::format("cannot open port '{}': {}; {}", device, cause, next_step));
}

Port Port::open(const PortConfig& config) {
  const NoTapTrigger no_trigger;
  Port port;
  port.index_ = config.index;
  std::uint16_t id = find_port(device_name(config.device));
  port.attached_ = id == kNoPort;
  if (port.attached_) id = attach(config.device);
  port.owner_ = claim(id, config.device);
  port.info_.port_id = id;
  port.open_ = true;  // from here on the destructor gives the device back when a step throws
  set_up_port(config, port.info_);
  if (config.mac) port.set_mac(*config.mac);
  port.info_.mac = mac_of(id);
  return port;
}

Port::Port(Port&& other) noexcept
    : info_(std::move(other.info_)),
      index_(other.index_),
      owner_(other.owner_),
      attached_(other.attached_),
      open_(std::exchange(other.open_, false)),
      started_(std::exchange(other.started_, false)) {}

void Port::start() {
  if (started_) return;
  const int refused = rte_eth_dev_start(info_.port_id);
  if (refused != 0)
    refuse_port(info_.name, fmt::format("it does not start ({})", rte_strerror(-refused)),
                "see DPDK's log (log level debug)");
  started_ = true;
  info_.rx_interrupt = info_.rx_interrupt && has_rx_interrupt(info_.port_id);
}

void Port::join(std::span<const wire::MacAddress> groups) {
  if (groups.empty()) return;
  std::vector<rte_ether_addr> list(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i)
    std::memcpy(list[i].addr_bytes, groups[i].bytes.data(), groups[i].bytes.size());
  if (rte_eth_dev_set_mc_addr_list(info_.port_id, list.data(), static_cast<std::uint32_t>(list.size())) == 0)
    info_.multicast = fmt::format("{} groups", groups.size());
  else if (rte_eth_allmulticast_enable(info_.port_id) == 0)
    info_.multicast = "all";
  else if (rte_eth_promiscuous_enable(info_.port_id) == 0)
    info_.multicast = "all, and everything else (promiscuous)";
  else
    info_.multicast = "the device's own choice";
}

void Port::stop() noexcept {
  if (std::exchange(started_, false)) rte_eth_dev_stop(info_.port_id);
}

void Port::close() noexcept {
  stop();
  if (!std::exchange(open_, false)) return;
  rte_device* device = device_of(info_.port_id);
  rte_eth_dev_owner_unset(info_.port_id, owner_);
  rte_eth_dev_close(info_.port_id);
  if (attached_) detach(device);
}

LinkStatus Port::link() const noexcept {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(info_.port_id, &link) != 0) return {};
  const bool known = link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
  return {.up = link.link_status == RTE_ETH_LINK_UP, .speed_mbps = known ? link.link_speed : 0};
}

PortStats Port::stats() const noexcept {
  rte_eth_stats s{};
  if (rte_eth_stats_get(info_.port_id, &s) != 0) return {};
  return {.rx_packets = s.ipackets,
          .rx_bytes = s.ibytes,
          .tx_packets = s.opackets,
          .tx_bytes = s.obytes,
          .imissed = s.imissed,
          .ierrors = s.ierrors,
          .rx_nombuf = s.rx_nombuf,
          .oerrors = s.oerrors};
}

void Port::set_mac(const wire::MacAddress& mac) {
  rte_ether_addr address{};
  std::memcpy(address.addr_bytes, mac.bytes.data(), mac.bytes.size());
  const int refused = rte_eth_dev_default_mac_addr_set(info_.port_id, &address);
  if (refused != 0)
    refuse_port(info_.name, fmt::format("it refuses the MAC address ({})", rte_strerror(-refused)),
                "use a unicast address, or the device's own");
  info_.mac = mac;
}

}  // namespace millrace::io
