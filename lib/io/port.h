// Port: an Ethernet device that we own, from its name to running queues.
//
// Opening attaches the device if need be (a virtual device by devargs, a PCI device by address), claims it, negotiates
// rings, MTU and offloads within what it can, and says what came out. One Port belongs to the thread that sets it up;
// its queues belong to one worker each. Which worker gets which flow is not decided here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "io/dpdk_queue.h"
#include "io/offloads.h"
#include "pkt/packet_pool.h"
#include "wire/address.h"

namespace millrace::io {

struct PortConfig {
  std::string device{};     ///< "net_tap0,iface=mr0", "0000:03:00.0", or the name of a port that EAL has
  std::uint16_t index = 0;  ///< what received packets carry in meta().port
  std::uint16_t queue_pairs = 1;
  std::uint16_t rx_ring = 1024;  ///< descriptors; adjusted to what the device allows
  std::uint16_t tx_ring = 1024;
  std::uint16_t mtu = 1500;
  Offloads offloads = {.tx_ipv4_checksum = true, .tx_tcp_checksum = true, .rx_checksum = true, .tx_chains = true};
  bool rx_interrupt = true;  ///< so that an idle worker can sleep; dropped where the device has none
  bool promiscuous = false;
  bool all_multicast = false;  ///< else what join() asks for
  std::optional<wire::MacAddress> mac{};
  pkt::PacketPool* rx_pool = nullptr;
};

/// What was negotiated.
struct PortInfo {
  std::string name;
  std::string driver;
  std::uint16_t port_id = 0;
  wire::MacAddress mac;
  std::uint16_t mtu = 0;
  std::uint16_t queue_pairs = 0;
  std::uint16_t rx_ring = 0;
  std::uint16_t tx_ring = 0;
  Offloads offloads;
  bool rx_scatter = false;         ///< frames longer than a buffer arrive as chains
  bool rx_interrupt = false;       ///< known after start()
  bool rss = false;                ///< the NIC spreads flows over the queues
  std::string multicast = "none";  ///< known after join(): what the filter lets through
  int numa_socket = -1;

  /// One line per fact, "name: value", for people.
  [[nodiscard]] std::string to_text() const;
};

struct LinkStatus {
  bool up = false;
  std::uint32_t speed_mbps = 0;  ///< 0: unknown
};

struct PortStats {
  std::uint64_t rx_packets = 0, rx_bytes = 0;
  std::uint64_t tx_packets = 0, tx_bytes = 0;
  std::uint64_t imissed = 0;    ///< lost because the RX ring was full
  std::uint64_t ierrors = 0;    ///< damaged on arrival
  std::uint64_t rx_nombuf = 0;  ///< lost because the pool was empty
  std::uint64_t oerrors = 0;    ///< not transmitted
};

class Port {
 public:
  /// Opens the device, stopped. Throws std::runtime_error: device, cause and next step.
  [[nodiscard]] static Port open(const PortConfig& config);
  Port(Port&& other) noexcept;
  Port& operator=(Port&&) = delete;
  ~Port() { close(); }

  void start();
  /// Receives these multicast addresses from now on: by the port's filter, else by taking all multicast, else by taking
  /// everything. Called once, after start().
  void join(std::span<const wire::MacAddress> groups);
  void stop() noexcept;
  /// Stops, and gives the device back; what we attached is detached. The queues must not be used any more.
  void close() noexcept;

  [[nodiscard]] const PortInfo& info() const noexcept { return info_; }
  /// Queue pair 0 .. queue_pairs-1; to be taken after start().
  [[nodiscard]] DpdkQueue queue(std::uint16_t number) const noexcept {
    return {info_.port_id, number, index_, info_.rx_interrupt};
  }
  [[nodiscard]] LinkStatus link() const noexcept;
  [[nodiscard]] PortStats stats() const noexcept;
  /// Throws std::runtime_error when the device refuses.
  void set_mac(const wire::MacAddress& mac);

 private:
  Port() = default;

  PortInfo info_;
  std::uint16_t index_ = 0;
  std::uint64_t owner_ = 0;  ///< DPDK's owner id: nobody else may claim the device
  bool attached_ = false;    ///< by us, so we detach it
  bool open_ = false;
  bool started_ = false;
};

}  // namespace millrace::io
