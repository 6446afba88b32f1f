// What one worker knows of its neighbors: next hop -> MAC, and the packets that wait for an answer.
//
// Every worker has one, worker 0 included. None asks the network: a miss, and the use of an entry that has grown stale,
// becomes a NeighborRequest that the stack carries to the authority (ip/arp.h, on worker 0), and what the authority
// learns comes back as NeighborUpdate. Lost requests and updates only cost time, because whoever still needs an answer
// asks again. Bounded everywhere: entries, packets per entry, packets in all, requests.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/siphash.h"
#include "base/slab.h"
#include "base/time.h"
#include "ip/counters.h"
#include "ip/neighbor_map.h"
#include "ip/tx_list.h"
#include "pkt/packet.h"
#include "wire/address.h"

namespace millrace::ip {

enum class NeighborState : std::uint8_t {
  Incomplete,  ///< asked for; packets wait
  Reachable,   ///< confirmed lately
  Stale,       ///< the MAC is used, and its use asks for a confirmation
  Failed,      ///< did not answer; packets are dropped for a while
};

struct NeighborRequest {
  std::uint16_t port = 0;
  wire::IpAddress ip;
  bool doubted = false;  ///< see NeighborTable::doubt
  [[nodiscard]] NeighborKey key() const noexcept { return {port, ip}; }
  friend bool operator==(const NeighborRequest&, const NeighborRequest&) = default;
};

struct NeighborUpdate {
  std::uint16_t port = 0;
  wire::IpAddress ip;
  wire::MacAddress mac;  ///< meaningful when Reachable or Stale
  NeighborState state = NeighborState::Incomplete;
};

struct NeighborLimits {
  std::uint32_t entries = 4096;
  std::uint32_t waiting_per_entry = 8;
  std::uint32_t waiting = 1024;  ///< in all
  std::uint32_t requests = 256;  ///< between two collections
};

class NeighborTable {
 public:
  static constexpr Duration kReachableTime = seconds{30};  ///< Reachable without news, then Stale
  static constexpr Duration kAskAgain = seconds{1};        ///< between two requests for one neighbor
  static constexpr Duration kGiveUp = seconds{8};          ///< Incomplete without any news, then Failed
  static constexpr Duration kFailedTime = seconds{1};      ///< Failed, then forgotten

  NeighborTable(const NeighborLimits& limits, const base::SipKey& secret, TxList& tx, IpCounters& counters);
  NeighborTable(const NeighborTable&) = delete;
  NeighborTable& operator=(const NeighborTable&) = delete;
  ~NeighborTable();

  /// Takes a whole frame that lacks only its destination MAC: it is listed for transmission, parked until the neighbor
  /// answers, or dropped and counted.
  void send(const NeighborKey& next_hop, pkt::Packet& frame, Time now) noexcept;

  /// TCP hears nothing from beyond this neighbor (RFC 1122 2.3.2.1, RFC 9293 3.8.3): if it counts as reachable its next
  /// use asks whether it is.
  void doubt(const NeighborKey& next_hop, Time now) noexcept;

  /// News from the authority: waiting packets leave, or are dropped with the neighbor.
  void apply(const NeighborUpdate& update, Time now) noexcept;

  /// What this worker wants to know, for the authority; then clear_requests().
  [[nodiscard]] std::span<const NeighborRequest> requests() const noexcept { return requests_; }
  void clear_requests() noexcept { requests_.clear(); }

  /// Ages entries and asks again; call it every 100 ms or at next_deadline().
  void tick(Time now) noexcept;
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  [[nodiscard]] std::uint32_t size() const noexcept { return map_.size(); }
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.used(); }

 private:
  struct Waiting {
    pkt::Packet* frame;
    std::uint32_t next = base::kNoIndex;
  };
  struct Entry {
    wire::MacAddress mac;
    NeighborState state = NeighborState::Incomplete;
    bool doubted = false;  ///< TCP has put it in doubt, and there was no news since
    std::uint32_t waiting_count = 0;
    std::uint32_t waiting_head = base::kNoIndex;
    std::uint32_t waiting_tail = base::kNoIndex;
    Time ask_after{};  ///< not before this instant
    Time deadline{};   ///< of the state; a Stale entry has none
  };

  [[nodiscard]] Entry* create(const NeighborKey& key, Time now) noexcept;
  void enter(Entry& entry, NeighborState state, Time now) noexcept;
  void ask(const NeighborKey& key, Entry& entry, Time now) noexcept;
  void transmit(const Entry& entry, pkt::Packet& frame) noexcept;
  void park(Entry& entry, pkt::Packet& frame) noexcept;
  [[nodiscard]] pkt::Packet& unpark(Entry& entry) noexcept;
  void release_waiting(Entry& entry) noexcept;
  void drop_waiting(Entry& entry, DropReason reason) noexcept;
  void drop(pkt::Packet& frame, DropReason reason) noexcept;
  void wake_at(Time deadline) noexcept;

  NeighborLimits limits_;
  TxList& tx_;
  IpCounters& counters_;
  NeighborMap<Entry> map_;
  base::Slab<Waiting> waiting_;
  std::vector<NeighborRequest> requests_;  ///< reserved at construction
  std::optional<Time> next_deadline_;      ///< never later than the first thing to do
};

}  // namespace millrace::ip
