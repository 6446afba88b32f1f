// The authority's knowledge of the neighbors of one IP version: the state machine that ARP (ip/arp.h) and neighbor
// discovery (ip/ndp.h) share. One process has one of each, on worker 0.
//
// States: Incomplete (3 tries 1 s apart, to everybody) -> Reachable (30 s) -> Stale -> when used, or from Reachable
// when TCP doubts it, Probe (3 tries, to the neighbor alone) -> Incomplete; no answer at all -> Failed. RFC 4861's
// DELAY is left out: nothing above tells us that a neighbor was reached. An answer counts as one only while we ask, and
// a neighbor may change its MAC once a second. What a message means for a neighbor, and who may send it, is decided by
// the two protocols; this file sends nothing itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/siphash.h"
#include "base/time.h"
#include "ip/counters.h"
#include "ip/neighbor_map.h"
#include "ip/neighbors.h"
#include "wire/address.h"

namespace millrace::ip {

struct NeighborCacheLimits {
  std::uint32_t entries = 4096;
  std::uint32_t updates = 1024;  ///< between two collections
};

/// What a message says of its sender.
struct NeighborNews {
  std::optional<wire::MacAddress> mac;
  bool answer = false;      ///< to a question of ours
  bool overrides = true;    ///< it may replace a MAC that we know
  bool introduces = false;  ///< it may make an entry: somebody wants to talk to us
};

class NeighborCache {
 public:
  static constexpr unsigned kTries = 3;
  static constexpr Duration kRetryInterval = seconds{1};
  static constexpr Duration kReachableTime = seconds{30};
  static constexpr Duration kFailedTime = seconds{1};         ///< RFC 1122 2.3.2.1: no flood of requests for the dead
  static constexpr Duration kMinChangeInterval = seconds{1};  ///< between two MACs of one neighbor

  /// Asks the network for a neighbor; `whom` is its last known MAC when only it shall hear the question.
  class Asker {
   public:
    virtual void ask(const NeighborKey& key, const std::optional<wire::MacAddress>& whom) noexcept = 0;

   protected:
    ~Asker() = default;
  };

  NeighborCache(const NeighborCacheLimits& limits, const base::SipKey& secret, Asker& asker, IpCounters& counters);

  /// A worker misses a neighbor, or uses one that may be stale.
  void request(const NeighborRequest& request, Time now) noexcept;
  /// True when the message taught or confirmed something.
  bool learn(const NeighborKey& sender, const NeighborNews& news, Time now) noexcept;

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
    Time deadline{};         ///< of the state or the next try; none when Stale
    std::optional<Time> mac_since;
  };

  [[nodiscard]] Entry* create(const NeighborKey& key) noexcept;
  void enter(const NeighborKey& key, Entry& entry, State state, Time now) noexcept;
  void try_again(const NeighborKey& key, Entry& entry, Time now) noexcept;
  void on_deadline(const NeighborKey& key, Entry& entry, Time now) noexcept;
  void publish(const NeighborKey& key, const Entry& entry) noexcept;
  void wake_at(Time deadline) noexcept;

  NeighborCacheLimits limits_;
  Asker& asker_;
  IpCounters& counters_;
  NeighborMap<Entry> map_;
  std::vector<NeighborUpdate> updates_;  ///< reserved at construction
  std::optional<Time> next_deadline_;    ///< never later than the first thing to do
};

}  // namespace millrace::ip
