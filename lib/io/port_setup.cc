// What is asked of a device and what is done without.
//
// Checksums, chains, scatter, RSS and RX interrupts are taken where offered. MBUF_FAST_FREE is never asked for: we keep
// references on transmitted packets. Only what cannot work is an error: too few queues, an MTU beyond the device or,
// without scatter, beyond the buffers.
#include "io/port_setup.h"

#include <fmt/format.h>
#include <rte_errno.h>
#include <rte_ether.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace millrace::io {
namespace {

constexpr std::uint64_t kRxChecksum = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
constexpr std::uint64_t kRssFields =
    RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV6_TCP;
constexpr std::uint32_t kFrameOverhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

rte_eth_dev_info device_info(const PortConfig& config, std::uint16_t port_id) {
  rte_eth_dev_info device{};
  const int refused = rte_eth_dev_info_get(port_id, &device);
  if (refused != 0) refuse_port(config.device, rte_strerror(-refused), "check the device");
  return device;
}

void check_limits(const PortConfig& config, const rte_eth_dev_info& device) {
  if (config.rx_pool == nullptr) refuse_port(config.device, "it has no packet pool", "give it one (rx_pool)");
  const std::uint16_t most = std::min(device.max_rx_queues, device.max_tx_queues);
  if (config.queue_pairs == 0 || config.queue_pairs > most)
    refuse_port(config.device, fmt::format("{} queue pairs are asked for", config.queue_pairs),
                fmt::format("it has 1 to {}", most));
  const std::uint16_t largest = std::max(device.max_mtu, device.min_mtu);
  if (config.mtu < device.min_mtu || config.mtu > largest)
    refuse_port(config.device, fmt::format("MTU {} is asked for", config.mtu),
                fmt::format("it takes {} to {}", device.min_mtu, largest));
}

bool fits_one_buffer(const PortConfig& config) {
  return config.mtu + kFrameOverhead + pkt::kHeadroom <= rte_pktmbuf_data_room_size(config.rx_pool->mempool());
}

bool negotiate_scatter(const PortConfig& config, const rte_eth_dev_info& device) {
  if (fits_one_buffer(config)) return false;
  if ((device.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0) return true;
  refuse_port(config.device,
              fmt::format("MTU {} needs buffers of {} bytes, and it cannot spread a frame over several", config.mtu,
                          config.mtu + kFrameOverhead),
              "give it a pool with larger buffers, or a smaller MTU");
}

/// net_tap sums each buffer of a chain from an even offset, which is wrong after one of odd length. It sums in software
/// anyway, so nothing is lost by doing it ourselves.
bool sums_chains_wrongly(const rte_eth_dev_info& device) { return std::string_view{device.driver_name} == "net_tap"; }

Offloads negotiate_offloads(const Offloads& asked, const rte_eth_dev_info& device) {
  const auto sends = [&device](std::uint64_t flag) { return (device.tx_offload_capa & flag) != 0; };
  const bool tcp_checksum = sends(RTE_ETH_TX_OFFLOAD_TCP_CKSUM) && !sums_chains_wrongly(device);
  return {.tx_ipv4_checksum = asked.tx_ipv4_checksum && sends(RTE_ETH_TX_OFFLOAD_IPV4_CKSUM),
          .tx_tcp_checksum = asked.tx_tcp_checksum && tcp_checksum,
          .rx_checksum = asked.rx_checksum && (device.rx_offload_capa & kRxChecksum) != 0,
          .tx_chains = asked.tx_chains && sends(RTE_ETH_TX_OFFLOAD_MULTI_SEGS)};
}

rte_eth_conf device_conf(const PortConfig& config, const PortInfo& info, const rte_eth_dev_info& device) {
  rte_eth_conf conf{};
  conf.rxmode.mtu = config.mtu;
  if (info.offloads.rx_checksum) conf.rxmode.offloads |= device.rx_offload_capa & kRxChecksum;
  if (info.rx_scatter) conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
  if (info.offloads.tx_ipv4_checksum) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
  if (info.offloads.tx_tcp_checksum) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
  if (info.offloads.tx_chains) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  if (info.rss) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = kRssFields & device.flow_type_rss_offloads;
  }
  conf.intr_conf.rxq = info.rx_interrupt ? 1 : 0;
  return conf;
}

/// Some drivers refuse the whole configuration because of the RX interrupt: then it is done without.
void configure(const PortConfig& config, PortInfo& info, const rte_eth_dev_info& device) {
  rte_eth_conf conf = device_conf(config, info, device);
  int refused = rte_eth_dev_configure(info.port_id, config.queue_pairs, config.queue_pairs, &conf);
  if (refused != 0 && info.rx_interrupt) {
    info.rx_interrupt = false;
    conf.intr_conf.rxq = 0;
    refused = rte_eth_dev_configure(info.port_id, config.queue_pairs, config.queue_pairs, &conf);
  }
  if (refused != 0)
    refuse_port(config.device, fmt::format("it refuses the configuration ({})", rte_strerror(-refused)),
                "ask for fewer queues or offloads");
}

void set_up_queues(const PortConfig& config, PortInfo& info) {
  const auto socket = static_cast<unsigned>(info.numa_socket);
  int refused = rte_eth_dev_adjust_nb_rx_tx_desc(info.port_id, &info.rx_ring, &info.tx_ring);
  for (std::uint16_t q = 0; q < config.queue_pairs && refused == 0; ++q) {
    refused = rte_eth_rx_queue_setup(info.port_id, q, info.rx_ring, socket, nullptr, config.rx_pool->mempool());
    if (refused == 0) refused = rte_eth_tx_queue_setup(info.port_id, q, info.tx_ring, socket, nullptr);
  }
  if (refused != 0)
    refuse_port(config.device, fmt::format("it refuses a queue ({})", rte_strerror(-refused)),
                "ask for fewer queues or smaller rings, or give DPDK more memory");
}

/// The configuration carries the MTU as well, but some drivers (TAP) act on this call only. A device that has no such
/// call takes any frame that fits.
void set_mtu(const PortConfig& config, const PortInfo& info) {
  const int refused = rte_eth_dev_set_mtu(info.port_id, config.mtu);
  if (refused != 0 && refused != -ENOTSUP)
    refuse_port(config.device, fmt::format("it refuses MTU {} ({})", config.mtu, rte_strerror(-refused)),
                "choose another MTU");
}

/// A device without these filters passes everything or has none to widen: no error either way.
void set_filters(const PortConfig& config, std::uint16_t port_id) {
  config.promiscuous ? rte_eth_promiscuous_enable(port_id) : rte_eth_promiscuous_disable(port_id);
  config.all_multicast ? rte_eth_allmulticast_enable(port_id) : rte_eth_allmulticast_disable(port_id);
}

}  // namespace

void set_up_port(const PortConfig& config, PortInfo& info) {
  const rte_eth_dev_info device = device_info(config, info.port_id);
  check_limits(config, device);
  char name[RTE_ETH_NAME_MAX_LEN] = {};
  rte_eth_dev_get_name_by_port(info.port_id, name);
  info.name = name;
  info.driver = device.driver_name;
  info.queue_pairs = config.queue_pairs;
  info.mtu = config.mtu;
  info.rx_ring = config.rx_ring;
  info.tx_ring = config.tx_ring;
  info.numa_socket = rte_eth_dev_socket_id(info.port_id);
  info.offloads = negotiate_offloads(config.offloads, device);
  info.rx_scatter = negotiate_scatter(config, device);
  info.rss = config.queue_pairs > 1 && (device.flow_type_rss_offloads & kRssFields) != 0;
  info.rx_interrupt = config.rx_interrupt;
  configure(config, info, device);
  set_up_queues(config, info);
  set_mtu(config, info);
  set_filters(config, info.port_id);
}

std::string PortInfo::to_text() const {
  const auto yes = [](bool value) { return value ? "yes" : "no"; };
  const auto where = [](bool hardware) { return hardware ? "hardware" : "software"; };
  char address[RTE_ETHER_ADDR_FMT_SIZE];
  rte_ether_addr ether{};
  std::memcpy(ether.addr_bytes, mac.bytes.data(), mac.bytes.size());
  rte_ether_format_addr(address, sizeof address, &ether);
  return fmt::format(
      "port: {}\ndriver: {}\nmac: {}\nmtu: {}\nqueue pairs: {}\nrings: rx {} tx {}\n"
      "tx ipv4 checksum: {}\ntx tcp checksum: {}\nrx checksum: {}\ntx chains: {}\nrx scatter: {}\nrss: {}\n"
      "rx interrupt: {}\nmulticast: {}\n",
      name, driver, address, mtu, queue_pairs, rx_ring, tx_ring, where(offloads.tx_ipv4_checksum),
      where(offloads.tx_tcp_checksum), where(offloads.rx_checksum), yes(offloads.tx_chains), yes(rx_scatter), yes(rss),
      yes(rx_interrupt), multicast);
}

}  // namespace millrace::io
