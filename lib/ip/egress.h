// From a TCP segment (or an ICMP message) to a frame on the transmit list: route, IP and Ethernet headers, checksums.
//
// The packet's data starts at the TCP header; headers go in front of it, in the first buffer of the chain, which has 64
// bytes of headroom by contract. Payload is never written: with TCP checksum offload the field gets the pseudo-header's
// sum (as DPDK wants it), without it the chain is summed here. What cannot leave now waits at its neighbor entry.
// One per worker.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "ip/counters.h"
#include "ip/header_template.h"
#include "ip/ip_config.h"
#include "ip/neighbors.h"
#include "pkt/packet.h"
#include "wire/address.h"

namespace millrace::ip {

class Egress {
 public:
  /// `config` and the others outlive it.
  Egress(const IpConfig& config, NeighborTable& neighbors, IpCounters& counters) noexcept
      : config_(config), neighbors_(neighbors), counters_(counters) {}

  /// Takes the segment whatever becomes of it. Its checksum field is overwritten.
  void send(pkt::Packet* segment, const wire::IpAddress& remote, std::uint16_t local_index, std::uint8_t dscp,
            std::uint8_t ecn, std::uint8_t ttl, Time now) noexcept;
  /// The same for an ICMP message, which is complete.
  void send_icmp(pkt::Packet* message, const wire::IpAddress& remote, std::uint16_t local_index, Time now) noexcept;

 private:
  /// As many destinations have a template at a time, of 128 bytes each.
  static constexpr unsigned kTemplateBits = 8;

  void send_ip(pkt::Packet& packet, const wire::IpAddress& remote, std::uint16_t local_index, std::uint8_t protocol,
               const IpFields& fields, Time now) noexcept;
  [[nodiscard]] std::optional<Route> route_to(const wire::IpAddress& remote, std::uint16_t local_index) const noexcept;
  /// False: there is no route.
  [[nodiscard, gnu::noinline]] bool make_template(const wire::IpAddress& remote, std::uint16_t local_index) noexcept;
  [[nodiscard]] static std::size_t slot_of(const wire::IpAddress& remote) noexcept;
  void drop(pkt::Packet& packet, DropReason reason) noexcept;

  const IpConfig& config_;
  NeighborTable& neighbors_;
  IpCounters& counters_;
  std::uint16_t next_id_ = 0;
  std::array<HeaderTemplate, 1u << kTemplateBits> templates_;  ///< by slot_of(), the last one each
};

}  // namespace millrace::ip
