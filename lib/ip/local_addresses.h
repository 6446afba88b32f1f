// Our own addresses: index -> address, prefix and port; address -> index, "a broadcast address of ours" or "a multicast
// group that we are in".
//
// Immutable after construction, so an index (flow::FlowKey::local_index) stays valid and every worker may read it. A
// lookup probes a flat table at most half full.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "wire/address.h"

namespace millrace::ip {

struct LocalAddress {
  wire::IpAddress ip;
  std::uint8_t prefix_length = 0;  ///< of the connected network; for IPv4 in IPv4 bits
  std::uint16_t port = 0;

  [[nodiscard]] wire::IpPrefix network() const noexcept { return {ip, prefix_length}; }
};

class LocalAddresses {
 public:
  /// An address that appears twice keeps its first index. At most 65533 addresses.
  explicit LocalAddresses(std::vector<LocalAddress> addresses);

  [[nodiscard]] std::optional<std::uint16_t> find(const wire::IpAddress& ip) const noexcept;
  /// 255.255.255.255 or the directed broadcast address of one of our IPv4 networks (RFC 1122 3.2.1.3).
  [[nodiscard]] bool is_broadcast(const wire::IpAddress& ip) const noexcept;
  /// A group that this host listens to: all nodes, and the solicited-node groups of our IPv6 addresses (RFC 4291 2.8).
  [[nodiscard]] bool is_group(const wire::IpAddress& ip) const noexcept;
  /// The first address on `port` whose network holds `neighbor`.
  [[nodiscard]] std::optional<std::uint16_t> on_link(std::uint16_t port,
                                                     const wire::IpAddress& neighbor) const noexcept;

  [[nodiscard]] const LocalAddress& operator[](std::uint16_t index) const noexcept { return addresses_[index]; }
  [[nodiscard]] std::span<const LocalAddress> all() const noexcept { return addresses_; }

 private:
  static constexpr std::uint16_t kFree = 0xffff;
  static constexpr std::uint16_t kBroadcast = 0xfffe;
  static constexpr std::uint16_t kGroup = 0xfffd;
  struct Cell {
    wire::IpAddress ip;
    std::uint16_t value = kFree;  ///< index, kBroadcast or kGroup
  };
  [[nodiscard]] std::size_t slot_of(const wire::IpAddress& ip) const noexcept;
  void enter(const wire::IpAddress& ip, std::uint16_t value) noexcept;

  std::vector<LocalAddress> addresses_;
  std::vector<Cell> cells_;
};

}  // namespace millrace::ip
