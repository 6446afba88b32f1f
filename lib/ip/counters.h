// What became of every packet: each ends in exactly one outcome, so the sums below hold.
//
//   received == tcp_segments + icmp_errors + arp_packets + ndp_messages + echoes_answered + dropped_on_receive()
//   offered  == listed + parked + dropped_on_transmit()
//
// An answered echo request counts once as received and once as offered. One writer (the worker), any reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.h"

namespace millrace::ip {

enum class DropReason : std::uint8_t {
  // On receive.
  Truncated,
  HeaderNotContiguous,
  NotOurMac,
  VlanMismatch,
  BadEtherType,
  BadArp,
  BadIpHeader,
  BadIpChecksum,
  BadExtensionHeaders,
  MappedAddress,
  Fragment,
  LinkBroadcast,
  DestinationBroadcast,
  NotOurAddress,
  UnusableAddress,
  SourceUnspecified,
  SourceMulticast,
  SourceLoopback,
  SourceIsOurs,
  UnknownProtocol,
  BadTcpHeader,
  BadTcpChecksum,
  BadIcmpHeader,
  BadIcmpChecksum,
  SourceQuench,
  IcmpNotHandled,
  IcmpQuoteNotOurs,
  BadNdp,
  EchoRefused,
  EchoRateLimited,
  // On transmit.
  NoRoute,
  TooBig,
  NoHeadroom,
  Unresolved,
  NeighborQueueFull,
  NeighborTableFull,
  TransmitListFull,
  PoolEmpty,
};
inline constexpr std::size_t kReceiveDropReasons = static_cast<std::size_t>(DropReason::NoRoute);
inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::PoolEmpty) + 1;

/// In plain words, for people and metrics: "bad TCP checksum".
[[nodiscard]] std::string_view name(DropReason reason) noexcept;

struct IpCounters {
  base::Counter received;         ///< packets given to Ingress
  base::Counter tcp_segments;     ///< handed to TCP
  base::Counter icmp_errors;      ///< about a segment of ours, handed to TCP
  base::Counter arp_packets;      ///< handed to the resolver
  base::Counter ndp_messages;     ///< handed to the resolver
  base::Counter echoes_answered;  ///< handed to Egress

  base::Counter offered;  ///< packets given to Egress, and ARP and NDP of our own
  base::Counter listed;   ///< put on the transmit list
  base::Counter parked;   ///< waiting for a neighbor now

  base::Counter arp_requests_sent;
  base::Counter arp_replies_sent;
  base::Counter arp_ignored;  ///< received, and nothing was learned or answered
  base::Counter ndp_solicitations_sent;
  base::Counter ndp_advertisements_sent;
  base::Counter ndp_ignored;               ///< received, and nothing was learned or answered
  base::Counter neighbor_changes;          ///< a known neighbor moved to another MAC
  base::Counter neighbor_changes_refused;  ///< it wanted to move again too soon
  base::Counter address_conflicts;         ///< somebody claimed an address of ours
  base::Counter addresses_refused;         ///< duplicate address detection found another owner: not used
  base::Counter neighbors_evicted;         ///< to make room for others
  base::Counter neighbor_requests_lost;    ///< the list was full; asked again later
  base::Counter neighbor_updates_lost;     ///< the list was full; told again when asked

  std::array<base::Counter, kDropReasons> drops;

  void drop(DropReason reason) noexcept { ++drops[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] std::uint64_t dropped(DropReason reason) const noexcept {
    return drops[static_cast<std::size_t>(reason)].get();
  }
  [[nodiscard]] std::uint64_t dropped_on_receive() const noexcept;
  [[nodiscard]] std::uint64_t dropped_on_transmit() const noexcept;
};

}  // namespace millrace::ip
