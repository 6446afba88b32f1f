// One worker's share of the stack: its connections, tables, timers, neighbors and counters. Nothing in it is shared, so
// nothing in it needs a lock; every call is made by the worker's thread.
//
// A turn: begin(now), receive(burst), run_timers(), take_events(), the application, events_done(), collect_output(),
// sent(n).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "base/stage_meter.h"
#include "base/thread_owner.h"
#include "base/time.h"
#include "flow/rss.h"
#include "ip/arp.h"
#include "ip/egress.h"
#include "ip/ingress.h"
#include "ip/ip_config.h"
#include "ip/ndp.h"
#include "ip/neighbors.h"
#include "ip/tx_list.h"
#include "pkt/packet_pool.h"
#include "stack/app_timers.h"
#include "stack/shortage_log.h"
#include "tcp/env.h"
#include "tcp/event_batch.h"
#include "timer/wheel.h"

namespace millrace::stack {

struct ShardConfig {
  std::uint16_t worker = 0;
  tcp::TcpConfig tcp;
  tcp::TableLimits limits;
  base::SipKey table_secret;      ///< of the flow table and the neighbor tables
  std::uint64_t random_seed = 1;  ///< spreads ports; not a secret
  flow::PortRange ephemeral_ports;
  std::uint32_t app_timers = 65'536;  ///< timers of the application that may run at once
};

/// What a shard refers to and does not own; all of it outlives the shard.
struct ShardResources {
  const ip::IpConfig& ip;
  const flow::OwnerMap& owners;
  pkt::PacketPool& data;
  pkt::PacketPool& control;
};

/// Carries neighbor news between workers. Worker 0 is the authority: others send it their requests, it sends them its
/// updates. Called a few times per second and neighbor, never per packet. With one worker there is none.
class NeighborRelay {
 public:
  virtual void request(const ip::NeighborRequest& request) noexcept = 0;  ///< to worker 0's Shard::resolve
  virtual void publish(const ip::NeighborUpdate& update) noexcept = 0;    ///< to every other worker's Shard::apply
 protected:
  ~NeighborRelay() = default;
};

class Shard {
 public:
  /// Throws std::bad_alloc when the tables can't be reserved.
  Shard(const ShardConfig& config, const ShardResources& resources, Time start);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  /// nullptr: the only worker. Set before the first turn.
  void set_relay(NeighborRelay* relay) noexcept { relay_ = relay; }

  // The turn, in this order.
  void begin(Time now) noexcept;
  /// Takes the packets; all of them belong to this worker (see ip/steer.h).
  void receive(std::span<pkt::Packet*> burst) noexcept;
  void run_timers() noexcept;
  /// Valid until events_done().
  [[nodiscard]] std::span<const tcp::Event> take_events() noexcept;
  void events_done() noexcept;
  /// Frames for the ports, meta().port says which, after what was refused before. Connections are asked until there are
  /// kOutputBurst new ones; the last may add up to as many.
  [[nodiscard]] std::span<pkt::Packet*> collect_output() noexcept;
  /// The Io has taken the first `n` of them.
  void sent(std::size_t n) noexcept;

  /// Where the turn's cycles go; the worker names the stages outside of the shard.
  [[nodiscard]] base::StageMeter& stages() noexcept { return stages_; }
  [[nodiscard]] const base::StageMeter& stages() const noexcept { return stages_; }

  /// The earliest instant at which run_timers() may have something to do.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  /// A connection owes a segment, a frame waits for its port, or events wait for the application.
  [[nodiscard]] bool has_work() const noexcept;

  // Neighbor news from other workers (through the inbox).
  void resolve(const ip::NeighborRequest& request) noexcept;
  void apply(const ip::NeighborUpdate& update) noexcept;
  /// Gratuitous ARP, duplicate address detection and advertisements for our addresses; worker 0, once the ports are up.
  void announce(Time now) noexcept;

  // For the api room.
  /// The calling thread's alone from now on: builds with assertions stop a call for the application on another one.
  void own_by_this_thread() noexcept { owner_.take(); }
  [[nodiscard]] tcp::Env& env() noexcept { return owner_.check(), *env_; }
  [[nodiscard]] const tcp::Env& env() const noexcept { return owner_.check(), *env_; }
  [[nodiscard]] tcp::Tcb* find(const tcp::ConnectionId& id) noexcept;
  [[nodiscard]] tcp::ConnectionId id_of(const tcp::Tcb& tcb) const noexcept;
  enum class ConnectError : std::uint8_t { NoRoute, InvalidAddress, NoPortsLeft, TableFull, NotOurs };
  struct ConnectResult {
    tcp::Tcb* tcb;
    ConnectError error;
  };
  /// Active OPEN to `remote` from one of `locals` (those of the other IP version are passed over), tried in turn from a
  /// random one on; none: the route's source. Port 0: a free one whose flow this worker owns; when none is, that of the
  /// oldest TIME-WAIT entry that may be used again (RFC 6191).
  [[nodiscard]] ConnectResult connect(const wire::IpAddress& remote, std::uint16_t remote_port,
                                      std::span<const wire::IpAddress> locals, std::uint16_t local_port,
                                      const tcp::OpenOptions& options) noexcept;
  /// Ports of the ephemeral range that connect() may still choose towards a destination.
  [[nodiscard]] std::uint32_t ports_left(flow::PortDestination& destination) noexcept;
  /// Passive OPEN; nullopt when taken. `local` 0.0.0.0: every own IPv4 address; ::: every own address, with v6only the
  /// IPv6 ones.
  [[nodiscard]] std::optional<std::uint16_t> listen(const wire::IpAddress& local, std::uint16_t port,
                                                    const tcp::ListenOptions& options);
  void stop_listening(std::uint16_t listener) noexcept;
  [[nodiscard]] AppTimers& app_timers() noexcept { return owner_.check(), timers_; }

  [[nodiscard]] const ip::IpConfig& ip_config() const noexcept { return resources_.ip; }
  [[nodiscard]] const flow::OwnerMap& owners() const noexcept { return resources_.owners; }
  [[nodiscard]] std::uint16_t worker() const noexcept { return config_.worker; }
  [[nodiscard]] const tcp::TcpCounters& tcp_counters() const noexcept { return tcp_counters_; }
  [[nodiscard]] const flow::PortLedgerCounters& port_counters() const noexcept { return table_.ports.count(); }
  [[nodiscard]] const ip::IpCounters& ip_counters() const noexcept { return ip_counters_; }
  /// Everything with a 4-tuple, for listings.
  [[nodiscard]] const tcp::ConnectionTable& table() const noexcept { return table_; }
  [[nodiscard]] flow::PortLedger& ports() noexcept { return table_.ports; }
  /// Timers armed.
  [[nodiscard]] std::size_t timers_pending() const noexcept { return wheel_.pending() + departures_.waiting(); }

  static constexpr std::size_t kOutputBurst = 256;
  static constexpr std::size_t kTimersPerTurn = 256;
  static constexpr std::size_t kDeparturesPerTurn = 256;

 private:
  void demux(std::span<tcp::Segment> segments) noexcept;
  void look_ahead(std::span<const flow::FlowRef> found, std::size_t farthest, std::uint64_t version) noexcept;
  [[nodiscard]] tcp::Outcome arrive(tcp::Segment& seg, flow::FlowRef ref) noexcept;
  [[nodiscard]] tcp::Outcome arrive_unknown(tcp::Segment& seg) noexcept;
  void take_icmp(const ip::IcmpError& error) noexcept;
  [[nodiscard]] bool believed(const ip::IcmpError& error, flow::FlowRef ref) noexcept;
  void exchange_neighbors() noexcept;
  void pass_doubts() noexcept;
  void publish_neighbors(std::span<const ip::NeighborUpdate> updates) noexcept;
  void send_segments() noexcept;
  // connect.cc
  [[nodiscard]] ConnectResult open_free(flow::FlowKey key, const wire::IpAddress& local,
                                        const tcp::OpenOptions& options) noexcept;
  [[nodiscard]] ConnectResult open_again(const flow::FlowKey& key, const wire::IpAddress& local,
                                         const tcp::OpenOptions& options) noexcept;
  [[nodiscard]] ConnectResult open(const flow::FlowKey& key, const wire::IpAddress& local,
                                   const tcp::OpenOptions& options) noexcept;
  [[nodiscard]] bool key_is_free(const flow::FlowKey& key) const noexcept;
  void fetch_next(flow::FlowKey key, std::uint16_t port) const noexcept;

  ShardConfig config_;
  ShardResources resources_;
  [[no_unique_address]] base::ThreadOwner owner_;
  [[no_unique_address]] base::StageMeter stages_;
  tcp::TcpCounters tcp_counters_;
  ip::IpCounters ip_counters_;
  base::Random random_;
  timer::Wheel wheel_;
  tcp::Departures departures_;
  tcp::ConnectionTable table_;
  base::Slab<tcp::Reassembly> reassemblies_;
  tcp::Listeners listeners_;
  tcp::TimeWaitAges time_wait_ages_;
  tcp::ReadyList ready_;
  tcp::EventList events_;
  tcp::OutList out_;
  tcp::ChallengeLimit challenge_limit_;
  tcp::ChallengeLimit entry_limit_;
  tcp::Paths paths_;
  std::unique_ptr<tcp::Env> env_;
  tcp::EventBatch batch_;
  AppTimers timers_;
  ip::TxList tx_;
  ip::NeighborTable neighbors_;
  ip::Egress egress_;
  ip::Ingress ingress_;
  struct Resolvers {
    ip::ArpResolver arp;  ///< IPv4's neighbors
    ip::NdpResolver ndp;  ///< IPv6's
  };
  std::unique_ptr<Resolvers> resolvers_;  ///< worker 0 only
  NeighborRelay* relay_ = nullptr;
  ShortageLog shortage_log_;
  std::uint32_t turns_ = 0;
};

}  // namespace millrace::stack
