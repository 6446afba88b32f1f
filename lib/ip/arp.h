// ARP, the authority on IPv4 neighbors (RFC 826, RFC 1122 2.3.2, RFC 5227): one resolver per process, on worker 0.
//
// It hears the requests of all workers' NeighborTables and every ARP packet, asks the network, and publishes what it
// learns as NeighborUpdates; the states of a neighbor are ip/neighbor_cache's. It learns from requests to us and from
// replies; anything else may only change an entry that exists. It answers requests for the addresses of the port they
// came in by, and for no others, whatever address the sender has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/log_limit.h"
#include "base/siphash.h"
#include "base/time.h"
#include "ip/control_frames.h"
#include "ip/counters.h"
#include "ip/ip_config.h"
#include "ip/neighbor_cache.h"
#include "ip/neighbors.h"
#include "ip/tx_list.h"
#include "pkt/packet_pool.h"
#include "wire/arp.h"

namespace millrace::ip {

class ArpResolver : private NeighborCache::Asker {
 public:
  /// `config` outlives the resolver; frames are taken from `control` and listed on `tx`.
  ArpResolver(const IpConfig& config, const NeighborCacheLimits& limits, const base::SipKey& secret,
              pkt::PacketPool& control, TxList& tx, IpCounters& counters);
  ArpResolver(const ArpResolver&) = delete;
  ArpResolver& operator=(const ArpResolver&) = delete;

  static constexpr std::uint8_t kAnnouncements = 2;          ///< RFC 5227 1.1 ANNOUNCE_NUM
  static constexpr Duration kAnnounceInterval = seconds{2};  ///< ANNOUNCE_INTERVAL

  /// Announces our addresses on their ports (gratuitous ARP), so that neighbors drop what they knew of them; once more
  /// after the interval, because a link that has just come up loses frames.
  void announce(Time now) noexcept;

  /// A worker misses a neighbor, or uses one that may be stale.
  void request(const NeighborRequest& request, Time now) noexcept { cache_.request(request, now); }
  /// An ARP packet that came in by `port`.
  void receive(std::uint16_t port, const wire::ArpPacket& packet, Time now) noexcept;

  /// News for every worker's NeighborTable, this one's too; then clear_updates().
  [[nodiscard]] std::span<const NeighborUpdate> updates() const noexcept { return cache_.updates(); }
  void clear_updates() noexcept { cache_.clear_updates(); }

  /// Retries and ageing; call it every 100 ms or at next_deadline().
  void tick(Time now) noexcept;
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  [[nodiscard]] std::uint32_t size() const noexcept { return cache_.size(); }

 private:
  void ask(const NeighborKey& key, const std::optional<wire::MacAddress>& whom) noexcept override;

  void announce_once(Time now) noexcept;
  [[nodiscard]] bool may_be_answered(const NeighborKey& sender, const wire::MacAddress& mac) const noexcept;
  [[nodiscard]] bool is_acceptable_sender(const NeighborKey& sender, const wire::MacAddress& mac) const noexcept;
  [[nodiscard]] bool report_conflict(const NeighborKey& sender, const wire::MacAddress& mac, Time now) noexcept;
  [[nodiscard]] bool is_ours(std::uint16_t port, const wire::IpAddress& ip) const noexcept;
  bool transmit(std::uint16_t port, const wire::MacAddress& destination, const wire::ArpPacket& packet) noexcept;

  const IpConfig& config_;
  ControlFrames frames_;
  IpCounters& counters_;
  NeighborCache cache_;
  std::uint8_t announcements_left_ = 0;
  std::optional<Time> next_announcement_;
  base::LogLimit conflict_log_{seconds{10}};
};

}  // namespace millrace::ip
