// A simulated host: one shard on one MemPort, driven turn by turn on a manual clock, with an application.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/shard.h"
#include "flow/rss.h"
#include "io/mem_port.h"
#include "ip/ip_config.h"
#include "pkt/packet_pool.h"
#include "sim/family.h"
#include "stack/inbox.h"
#include "stack/manual_clock.h"
#include "stack/shard.h"
#include "stack/worker.h"

namespace millrace::sim {

struct HostOptions {
  Family family = Family::V4;
  std::uint32_t address = 0x0a000001;         ///< the host's number, see family.h
  std::vector<std::uint32_t> more_addresses;  ///< numbers too, of the same network
  std::uint32_t gateway = 0;                  ///< number of the default route's; 0: none
  std::uint8_t dad_transmits = 0;             ///< of duplicate address detection
  std::optional<wire::MacAddress> mac;        ///< default: that of family.h
  std::uint16_t mtu = 1500;
  tcp::TcpConfig tcp;
  flow::PortRange ports;  ///< ephemeral
  tcp::TableLimits limits{256, 256, 64};
  std::uint32_t data_packets = 4095;
  std::uint32_t control_packets = 2047;
  bool offloads = false;             ///< the port completes checksums
  std::size_t lazy_completion = 0;   ///< see MemPort::set_lazy_completion
  std::uint16_t rx_segment = 65000;  ///< longer frames arrive as chains
  bool pool_buffers = false;         ///< received frames cost whole buffers, as a NIC's do; AddressSanitizer sees less
  std::uint64_t seed = 1;
  Time start{};
};

/// What the host's application does; called by the worker.
class HostApp {
 public:
  virtual ~HostApp() = default;
  virtual void on_event(api::Shard shard, const api::Event& event) = 0;
  virtual void on_turn(api::Shard, Time) {}
  [[nodiscard]] virtual std::optional<Time> next_deadline() { return std::nullopt; }
};

class Host {
 public:
  Host(const HostOptions& options, stack::ManualClock& clock);
  ~Host();

  void set_app(HostApp* app) noexcept { caller_.app = app; }
  /// From now on the port has another MAC; nobody is told (see stack::Shard::announce).
  void move_to(const wire::MacAddress& mac) noexcept { ip_.ports[0].mac = mac; }
  /// One turn; true if it did anything.
  bool turn() { return worker_.poll_once(); }
  [[nodiscard]] bool has_work() const { return port_.rx_pending() > 0 || worker_.has_work(); }
  [[nodiscard]] std::optional<Time> next_deadline() const { return worker_.next_deadline(); }

  [[nodiscard]] api::Shard api() noexcept { return api::Shard{shard_}; }
  [[nodiscard]] stack::Shard& shard() noexcept { return shard_; }
  [[nodiscard]] stack::Inbox& inbox() noexcept { return inbox_; }
  [[nodiscard]] io::MemPort& port() noexcept { return port_; }
  [[nodiscard]] pkt::PacketPool& data_pool() noexcept { return data_; }
  [[nodiscard]] pkt::PacketPool& control_pool() noexcept { return control_; }
  [[nodiscard]] api::IpAddress address() const noexcept { return address_of(options_.family, options_.address); }

  /// Empty when nothing is held: pools full, tables empty, no timer armed, counters sum. Else what is wrong.
  [[nodiscard]] std::string leftovers();

 private:
  struct Caller {
    HostApp* app = nullptr;
    void on_events(stack::Shard& shard, std::span<const tcp::Event> events) {
      for (const tcp::Event& event : events)
        if (app != nullptr) app->on_event(api::Shard{shard}, event);
    }
    void on_turn(stack::Shard& shard, Time now) {
      if (app != nullptr) app->on_turn(api::Shard{shard}, now);
    }
    [[nodiscard]] std::optional<Time> next_deadline() { return app != nullptr ? app->next_deadline() : std::nullopt; }
  };

  HostOptions options_;
  pkt::PacketPool data_;
  pkt::PacketPool control_;
  io::MemPort port_;
  ip::IpConfig ip_;
  flow::OwnerMap owners_{1};
  stack::Inbox inbox_{16};
  stack::Shard shard_;
  Caller caller_;
  mutable stack::Worker<io::MemPort, stack::ManualClock, Caller> worker_;
};

}  // namespace millrace::sim
