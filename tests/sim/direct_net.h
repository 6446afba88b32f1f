// Many connections between two machines without the cost of a simulated link: frames go from shard to shard as packets,
// after a fixed delay, and some are lost. Each machine has one or more workers; frames are steered to their owner as
// the runtime does it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/shard.h"
#include "base/random.h"
#include "flow/rss.h"
#include "ip/ip_config.h"
#include "pkt/packet_pool.h"
#include "sim/family.h"
#include "stack/shard.h"

namespace millrace::sim {

struct DirectOptions {
  std::uint16_t workers = 1;                            ///< of machine 0; machine 1 has one
  std::vector<std::uint32_t> addresses = {0x0a000001};  ///< numbers of machine 0, see family.h; machine 1 is 0x0a0000fe
  Family family = forced_family().value_or(Family::V4);
  tcp::TcpConfig tcp;
  tcp::TableLimits limits{1024, 1024, 1024};  ///< per worker
  flow::PortRange ports;
  double loss = 0;
  Duration delay = milliseconds{2};
  std::uint64_t seed = 1;
};

class DirectNet {
 public:
  using OnEvent = std::function<void(api::Shard, const api::Event&)>;

  explicit DirectNet(const DirectOptions& options);
  ~DirectNet();

  /// One turn of every worker at the present instant; then the clock goes to the next instant at which there is
  /// something to do, at most `limit` away.
  void step(Duration limit = seconds{1});
  void run(Duration span);

  [[nodiscard]] stack::Shard& shard(std::size_t machine, std::size_t worker = 0) {
    return *machines_[machine]->workers[worker]->shard;
  }
  [[nodiscard]] api::Shard api(std::size_t machine, std::size_t worker = 0) {
    return api::Shard{shard(machine, worker)};
  }
  [[nodiscard]] Time now() const noexcept { return now_; }
  /// The address of machine 1.
  [[nodiscard]] api::IpAddress server() const { return address_of(family_, kServer); }
  /// Frames lost, of those sent.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
  /// Empty when no worker holds a connection, an entry, a flow, a timer, a source port or a packet. Else what it holds.
  [[nodiscard]] std::string leftovers();

  std::array<OnEvent, 2> on_event;  ///< by machine

 private:
  static constexpr std::uint32_t kServer = 0x0a0000fe;

  struct InFlight {
    Time at;
    pkt::Packet* packet;
  };
  struct Machine;
  /// Neighbor news of one worker, carried at once.
  struct Relay final : stack::NeighborRelay {
    explicit Relay(Machine& machine) : machine(machine) {}
    void request(const ip::NeighborRequest& request) noexcept override;
    void publish(const ip::NeighborUpdate& update) noexcept override;
    Machine& machine;
  };
  struct Worker {
    std::unique_ptr<Relay> relay;
    std::unique_ptr<stack::Shard> shard;
    std::vector<pkt::Packet*> burst;
  };
  struct Machine {
    ip::IpConfig ip;
    flow::OwnerMap owners;
    std::vector<std::unique_ptr<Worker>> workers;
    std::deque<InFlight> arriving;
  };

  [[nodiscard]] std::unique_ptr<Machine> make_machine(const DirectOptions& options, std::size_t number);
  bool deliver(Machine& machine);
  bool turn(Machine& machine, Worker& worker, Machine& peer, const OnEvent& on_event);
  void carry(pkt::Packet& packet, Machine& to);
  [[nodiscard]] std::optional<Time> next_deadline() const;

  Family family_;
  Duration delay_;
  double loss_;
  base::Random random_;
  pkt::PacketPool data_;
  pkt::PacketPool control_;
  Time now_;
  std::uint64_t lost_ = 0, sent_ = 0;
  std::array<std::unique_ptr<Machine>, 2> machines_;
};

}  // namespace millrace::sim
