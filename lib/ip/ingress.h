// From received frames to TCP segments: Ethernet, IPv4 or IPv6, checksums, addresses, parse; everything else gets its
// outcome.
//
// RFC 1122 3.2.1 and 3.3.6, RFC 8200, RFC 9293 MUST-3 (checksum always verified), MUST-50 (IP options skipped), MUST-55
// (source quench), MUST-57 and MUST-63 (no segment to a broadcast or multicast address, none from an invalid source:
// both are dropped whatever their flags). Each packet is handed to TCP, to a resolver as a value, answered (echo), or
// freed and counted. Fragments are not reassembled here. ICMP is in ingress_icmp.cc. One per worker.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "ip/counters.h"
#include "ip/egress.h"
#include "ip/icmp_error.h"
#include "ip/ip_config.h"
#include "ip/ndp.h"
#include "pkt/packet.h"
#include "tcp/segment.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmp.h"

namespace millrace::ip {

struct ArpArrival {
  std::uint16_t port = 0;
  wire::ArpPacket packet;
};

class Ingress {
 public:
  static constexpr std::size_t kUsualBurst = 64;      ///< room that is there from the start
  static constexpr unsigned kEchoesPerMs = 10;        ///< answered in each millisecond
  static constexpr std::size_t kMaxEchoBytes = 1480;  ///< ICMP message; larger requests are refused

  /// `config` and the others outlive it.
  Ingress(const IpConfig& config, Egress& egress, IpCounters& counters);

  /// Takes every packet of the burst (meta().port says where it came in). The results below are those of this burst.
  void receive(std::span<pkt::Packet* const> burst, Time now) noexcept;

  /// Whoever takes these owns their packets; what is still set at the next receive() is the caller's leak.
  [[nodiscard]] std::span<tcp::Segment> segments() noexcept { return segments_; }
  [[nodiscard]] std::span<const IcmpError> icmp_errors() const noexcept { return icmp_errors_; }
  /// For the resolvers (worker 0).
  [[nodiscard]] std::span<const ArpArrival> arp_arrivals() const noexcept { return arp_arrivals_; }
  [[nodiscard]] std::span<const NdpArrival> ndp_arrivals() const noexcept { return ndp_arrivals_; }

 private:
  /// nullopt: the packet has found its owner. Otherwise it is still ours, to be dropped.
  using Refusal = std::optional<DropReason>;

  /// What the IP header said, whatever its version.
  struct IpPacket {
    const wire::EthernetHeader& ethernet;
    const wire::IpAddress& source;
    const wire::IpAddress& destination;
    std::optional<std::uint16_t> local_index;  ///< of the destination; none: a group of ours
    std::uint8_t hop_limit = 0;
    std::uint8_t dscp = 0;
    std::uint8_t ecn = 0;
  };

  [[nodiscard]] Refusal receive_frame(pkt::Packet& packet, Time now) noexcept;
  [[nodiscard]] Refusal receive_arp(pkt::Packet& packet, std::size_t offset) noexcept;
  [[nodiscard]] Refusal receive_ipv4(pkt::Packet& packet, const wire::EthernetHeader& ethernet, Time now) noexcept;
  [[nodiscard]] Refusal receive_ipv6(pkt::Packet& packet, const wire::EthernetHeader& ethernet, Time now) noexcept;
  [[nodiscard]] Refusal receive_ipv6_payload(pkt::Packet& packet, const IpPacket& ip, std::uint8_t next_header,
                                             Time now) noexcept;
  [[nodiscard]] Refusal receive_tcp(pkt::Packet& packet, const IpPacket& ip) noexcept;

  [[nodiscard]] Refusal receive_icmp(pkt::Packet& packet, const IpPacket& ip, Time now) noexcept;
  [[nodiscard]] Refusal receive_icmp_error(pkt::Packet& packet) noexcept;
  [[nodiscard]] Refusal receive_icmpv6(pkt::Packet& packet, const IpPacket& ip, Time now) noexcept;
  [[nodiscard]] Refusal receive_icmpv6_error(pkt::Packet& packet) noexcept;
  [[nodiscard]] Refusal receive_ndp(pkt::Packet& packet, const IpPacket& ip) noexcept;
  [[nodiscard]] Refusal hand_over_error(pkt::Packet& packet, const std::optional<wire::QuotedTcp>& quoted,
                                        IcmpError error) noexcept;
  [[nodiscard]] Refusal answer_echo(pkt::Packet& packet, const IpPacket& ip, Time now) noexcept;
  [[nodiscard]] bool take_echo_token(Time now) noexcept;

  [[nodiscard]] Refusal check_destination(const wire::EthernetHeader& ethernet, const wire::IpAddress& to,
                                          AddressRole role) const noexcept;
  [[nodiscard]] Refusal check_source(const wire::IpAddress& from) noexcept;

  const IpConfig& config_;
  Egress& egress_;
  IpCounters& counters_;
  static constexpr unsigned kPassedBits = 6;
  static constexpr std::size_t passed_slot(const wire::IpAddress& from) noexcept {
    return from.words().second * 0x9e37'79b9'7f4a'7c15 >> (64 - kPassedBits);
  }
  std::array<wire::IpAddress, 1u << kPassedBits> passed_;  ///< by passed_slot(): sources that check_source() let pass
  std::vector<tcp::Segment> segments_;
  std::vector<IcmpError> icmp_errors_;
  std::vector<ArpArrival> arp_arrivals_;
  std::vector<NdpArrival> ndp_arrivals_;
  std::int64_t echo_ms_ = 0;  ///< the millisecond that echoes_ counts
  unsigned echoes_ = 0;
};

}  // namespace millrace::ip
