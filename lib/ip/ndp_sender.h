// Neighbor discovery messages on their way out: IPv6 and ICMPv6 headers, checksum, hop limit 255 (RFC 4861 4).
#pragma once

#include <cstdint>

#include "ip/control_frames.h"
#include "wire/address.h"
#include "wire/ndp.h"

namespace millrace::ip {

struct NdpRoute {
  std::uint16_t port = 0;
  wire::MacAddress mac;  ///< of the next hop: the neighbor's, or a group's
  wire::IpAddress source;
  wire::IpAddress destination;
};

class NdpSender {
 public:
  /// All of them outlive it.
  NdpSender(const IpConfig& config, pkt::PacketPool& control, TxList& tx, IpCounters& counters) noexcept
      : frames_(config, control, tx, counters), counters_(counters) {}

  void send(const NdpRoute& route, const wire::NeighborSolicitation& message) noexcept;
  void send(const NdpRoute& route, const wire::NeighborAdvertisement& message) noexcept;

 private:
  template <class Message>
  bool transmit(const NdpRoute& route, const Message& message) noexcept;

  ControlFrames frames_;
  IpCounters& counters_;
};

}  // namespace millrace::ip
