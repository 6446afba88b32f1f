// The authority on IPv4 neighbors (RFC 826, RFC 1122 2.3.2, RFC 5227): one resolver per process, on worker 0.
//
// It hears the requests of all workers' NeighborTables and every ARP packet, asks the network, and publishes what it
// learns as NeighborUpdates. States: Incomplete (broadcast, 3 tries 1 s apart) -> Reachable (30 s) -> Stale -> when
// used Probe (unicast, 3 tries) -> Incomplete; no answer at all -> Failed. It learns from requests to us and from
// solicited replies; anything else may only change an entry that exists, once a second at most, and then as Stale, to
// be confirmed when used. It answers requests for the addresses of the port they came in by, and for no others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/log.h"
#include "base/siphash.h"
#include "base/time.h"
#include "ip/counters.h"
#include "ip/ip_config.h"
#include "ip/neighbor_map.h"
#include "ip/neighbors.h"
#include "ip/tx_list.h"
#include "pkt/packet_pool.h"
#include "wire/arp.h"

namespace millrace::ip {

struct ArpLimits {
  std::uint32_t entries = 4096;
  std::uint32_t updates = 1024;  ///< between two collections
};

class ArpResolver {
 public:
  static constexpr unsigned kTries = 3;
  static constexpr Duration kRetryInterval = seconds{1};
  static constexpr Duration kReachableTime = seconds{30};
  static constexpr Duration kFailedTime = seconds{1};         ///< RFC 1122 2.3.2.1: no flood of requests for the dead
  static constexpr Duration kMinChangeInterval = seconds{1};  ///< between two MACs of one neighbor

  /// `config` outlives the resolver; frames are taken from `control` and listed on `tx`.
  ArpResolver(const IpConfig& config, const ArpLimits& limits, const base::SipKey& secret, pkt::PacketPool& control,
              TxList& tx, IpCounters& counters);

  /// Announces our addresses on their ports (gratuitous ARP), so that neighbors drop what they knew of them.
  void announce() noexcept;

  /// A worker misses a neighbor, or uses one that may be stale.
  void request(const NeighborRequest& request, Time now) noexcept;
  /// An ARP packet that came in by `port`.
  void receive(std::uint16_t port, const wire::ArpPacket& packet, Time now) noexcept;

  /// News for every worker's NeighborTable, this one's too; then clear_updates().
  [[nodiscard]] std::span<const NeighborUpdate> updates() const noexcept { return updates_; }
  void clear_updates() noexcept { updates_.clear(); }

  /// Retries and ageing; call it every 100 ms or at next_deadline().
  void tick(Time now) noexcept;
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept { return next_deadline_; }

  [[nodiscard]] std::uint32_t size() const noexcept { return map_.size(); }

 private:
  enum class State : std::uint8_t { Incomplete, Reachable, Stale, Probe, Failed };
  struct Entry {
    wire::MacAddress mac;
    State state = State::Incomplete;
    std::uint8_t tries = 0;  ///< requests sent in this state
    Time since{};            ///< when the state was entered
    Time deadline{};         ///< of the state or the next try; none when Stale
    std::optional<Time> mac_since;
  };

  [[nodiscard]] Entry* create(const NeighborKey& key) noexcept;
  [[nodiscard]] bool evict_oldest() noexcept;
  void enter(const NeighborKey& key, Entry& entry, State state, Time now) noexcept;
  void try_again(const NeighborKey& key, Entry& entry, Time now) noexcept;
  void on_deadline(const NeighborKey& key, Entry& entry, Time now) noexcept;

  [[nodiscard]] bool is_acceptable_sender(const NeighborKey& sender, const wire::MacAddress& mac) const noexcept;
  [[nodiscard]] bool report_conflict(const NeighborKey& sender, const wire::MacAddress& mac, Time now) noexcept;
  [[nodiscard]] bool learn(const NeighborKey& sender, const wire::ArpPacket& packet, bool to_us, Time now) noexcept;
  [[nodiscard]] bool is_ours(std::uint16_t port, const wire::IpAddress& ip) const noexcept;

  void publish(const NeighborKey& key, const Entry& entry) noexcept;
  bool ask(const NeighborKey& key, const wire::MacAddress& whom) noexcept;
  bool transmit(std::uint16_t port, const wire::MacAddress& destination, const wire::ArpPacket& packet) noexcept;
  void wake_at(Time deadline) noexcept;

  const IpConfig& config_;
  ArpLimits limits_;
  pkt::PacketPool& control_;
  TxList& tx_;
  IpCounters& counters_;
  NeighborMap<Entry> map_;
  std::vector<NeighborUpdate> updates_;  ///< reserved at construction
  std::optional<Time> next_deadline_;    ///< never later than the first thing to do
  base::LogLimit conflict_log_{seconds{10}};
};

}  // namespace millrace::ip
