// Route, Ethernet header and IP header as every packet to one destination begins: copied in one piece, and only what
// differs from packet to packet is written anew.
//
// It is made of what is fixed at start (ip_config.h), so it never grows old. The neighbor's MAC is not part of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ip/ip_config.h"
#include "ip/neighbor_map.h"
#include "pkt/packet.h"
#include "wire/address.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace millrace::ip {

/// The fields of the IP header that the sender decides.
struct IpFields {
  std::uint8_t dscp = 0;
  std::uint8_t ecn = 0;
  std::uint8_t ttl = 64;
};

class HeaderTemplate {
 public:
  /// Of no destination.
  HeaderTemplate() = default;
  /// From one of our addresses along a route; `config` outlives it.
  HeaderTemplate(const IpConfig& config, const Route& route, const wire::IpAddress& remote,
                 std::uint16_t local_index) noexcept;

  [[nodiscard]] bool is_for(const wire::IpAddress& remote, std::uint16_t local_index) const noexcept {
    return remote_ == remote && local_index_ == local_index && port_ != nullptr;
  }
  [[nodiscard]] const NeighborKey& next_hop() const noexcept { return next_hop_; }
  [[nodiscard]] const PortInfo& port() const noexcept { return *port_; }
  [[nodiscard]] bool is_v4() const noexcept { return l3_ == wire::kIpv4MinHeader; }
  [[nodiscard]] std::uint8_t l2_length() const noexcept { return l2_; }
  [[nodiscard]] std::uint8_t l3_length() const noexcept { return l3_; }
  /// Bytes that put() prepends.
  [[nodiscard]] std::uint16_t length() const noexcept { return static_cast<std::uint16_t>(l2_ + l3_); }
  /// Bytes behind the IP header that fit into the port's MTU.
  [[nodiscard]] std::uint32_t most() const noexcept { return port_->mtu - l3_; }
  /// Of both addresses, the protocol and the length behind the IP header.
  [[nodiscard]] wire::Checksum pseudo_header(std::uint8_t protocol, std::uint32_t length) const noexcept {
    return wire::pseudo_header(source_, remote_, protocol, length);
  }

  /// Writes the headers in front of the packet, which has length() bytes of headroom; the destination's MAC is zero.
  /// `id` is IPv4's. The flow label of IPv6 stays 0, "not labelled" (RFC 6437 2).
  void put(pkt::Packet& packet, std::uint8_t protocol, const IpFields& fields, std::uint16_t id) const noexcept;

 private:
  /// Ethernet with a VLAN tag and IPv6.
  static constexpr std::size_t kLongest = wire::kEthernetHeader + wire::kVlanTag + wire::kIpv6Header;

  wire::IpAddress remote_, source_;
  NeighborKey next_hop_;
  const PortInfo* port_ = nullptr;
  std::uint16_t local_index_ = 0;
  std::uint8_t l2_ = 0, l3_ = 0;
  std::uint16_t unchanging_sum_ = 0;  ///< of an IPv4 header's words that put() does not write
  std::array<std::byte, kLongest> bytes_{};
};

}  // namespace millrace::ip
