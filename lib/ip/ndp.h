// Neighbor discovery, the authority on IPv6 neighbors (RFC 4861 7, RFC 4862 5.4): one resolver per process, on worker
// 0.
//
// It does for IPv6 what ip/arp.h does for IPv4: it hears the requests of all workers' NeighborTables and every message,
// asks the network, answers for our addresses, and publishes what it learns as NeighborUpdates; the states of a
// neighbor are ip/neighbor_cache's, our own addresses' ip/dad's. Routers are configured, not discovered: their
// advertisements are counted and ignored, and so are redirects.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/log_limit.h"
#include "base/siphash.h"
#include "base/time.h"
#include "ip/counters.h"
#include "ip/dad.h"
#include "ip/ip_config.h"
#include "ip/ndp_sender.h"
#include "ip/neighbor_cache.h"
#include "ip/neighbors.h"
#include "ip/tx_list.h"
#include "pkt/packet_pool.h"
#include "wire/ndp.h"

namespace millrace::ip {

/// A message whose checksum, hop limit and source were found good (ip/ingress.h).
struct NdpArrival {
  std::uint16_t port = 0;
  wire::MacAddress from;  ///< of the frame
  wire::IpAddress source;
  wire::IpAddress destination;
  wire::NdpMessage message;
};

class NdpResolver : private NeighborCache::Asker {
 public:
  /// `config` outlives the resolver; frames are taken from `control` and listed on `tx`.
  NdpResolver(const IpConfig& config, const NeighborCacheLimits& limits, const base::SipKey& secret,
              pkt::PacketPool& control, TxList& tx, IpCounters& counters);
  NdpResolver(const NdpResolver&) = delete;
  NdpResolver& operator=(const NdpResolver&) = delete;

  /// Duplicate address detection begins; addresses that need none are announced.
  void start(Time now) noexcept { detection_.start(now); }

  /// A worker misses a neighbor, or uses one that may be stale.
  void request(const NeighborRequest& request, Time now) noexcept { cache_.request(request, now); }
  void receive(const NdpArrival& arrival, Time now) noexcept;

  /// News for every worker's NeighborTable, this one's too; then clear_updates().
  [[nodiscard]] std::span<const NeighborUpdate> updates() const noexcept { return cache_.updates(); }
  void clear_updates() noexcept { cache_.clear_updates(); }

  /// Retries and ageing; call it every 100 ms or at next_deadline().
  void tick(Time now) noexcept;
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  [[nodiscard]] std::uint32_t size() const noexcept { return cache_.size(); }

 private:
  void ask(const NeighborKey& key, const std::optional<wire::MacAddress>& whom) noexcept override;

  // Each returns whether the message was of use.
  [[nodiscard]] bool take(const NdpArrival& arrival, const wire::NeighborSolicitation& message, Time now) noexcept;
  [[nodiscard]] bool take(const NdpArrival& arrival, const wire::NeighborAdvertisement& message, Time now) noexcept;
  [[nodiscard]] bool detect(const NdpArrival& arrival, std::uint16_t index) noexcept;
  void answer(const NdpArrival& arrival, const wire::NeighborSolicitation& message) noexcept;

  [[nodiscard]] bool is_neighbor(std::uint16_t port, const wire::IpAddress& ip) const noexcept;
  [[nodiscard]] bool report_conflict(const NdpArrival& arrival, std::uint16_t index, Time now) noexcept;
  [[nodiscard]] std::optional<std::uint16_t> own(std::uint16_t port, const wire::IpAddress& ip) const noexcept;

  const IpConfig& config_;
  IpCounters& counters_;
  NdpSender sender_;
  NeighborCache cache_;
  DuplicateDetection detection_;
  base::LogLimit conflict_log_{seconds{10}};
};

}  // namespace millrace::ip
