// Our own addresses: index -> address, prefix and port; address -> what it is to us.
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

/// What an address is to us: one of ours, a broadcast address of ours, a group that we listen to, or a stranger.
class AddressRole {
 public:
  /// An index, or one of the three below.
  explicit AddressRole(std::uint16_t value) noexcept : value_(value) {}
  static constexpr std::uint16_t kStranger = 0xffff;
  static constexpr std::uint16_t kBroadcast = 0xfffe;
  static constexpr std::uint16_t kGroup = 0xfffd;

  [[nodiscard]] bool is_ours() const noexcept { return value_ < kGroup; }
  /// 255.255.255.255 or the directed broadcast address of one of our IPv4 networks (RFC 1122 3.2.1.3).
  [[nodiscard]] bool is_broadcast() const noexcept { return value_ == kBroadcast; }
  /// All nodes, or the solicited-node group of one of our IPv6 addresses (RFC 4291 2.8).
  [[nodiscard]] bool is_group() const noexcept { return value_ == kGroup; }
  /// nullopt: it is not ours.
  [[nodiscard]] std::optional<std::uint16_t> index() const noexcept {
    return is_ours() ? std::optional{value_} : std::nullopt;
  }

 private:
  std::uint16_t value_;
};

class LocalAddresses {
 public:
  /// An address that appears twice keeps its first index. At most 65533 addresses.
  explicit LocalAddresses(std::vector<LocalAddress> addresses);

  [[nodiscard]] AddressRole role_of(const wire::IpAddress& ip) const noexcept {
    return AddressRole{cells_[slot_of(ip)].value};
  }
  [[nodiscard]] std::optional<std::uint16_t> find(const wire::IpAddress& ip) const noexcept {
    return role_of(ip).index();
  }
  /// The first address on `port` whose network holds `neighbor`.
  [[nodiscard]] std::optional<std::uint16_t> on_link(std::uint16_t port,
                                                     const wire::IpAddress& neighbor) const noexcept;

  [[nodiscard]] const LocalAddress& operator[](std::uint16_t index) const noexcept { return addresses_[index]; }
  [[nodiscard]] std::span<const LocalAddress> all() const noexcept { return addresses_; }

 private:
  struct Cell {
    wire::IpAddress ip;
    std::uint16_t value = AddressRole::kStranger;  ///< so long as the cell is free
  };
  /// The cell that holds `ip`, or the free one where it would go.
  [[nodiscard]] std::size_t slot_of(const wire::IpAddress& ip) const noexcept {
    const auto [high, low] = ip.words();
    // No secret: only configuration enters addresses here, so nobody else can make them collide.
    std::size_t slot = ((high ^ low * 0x9e37'79b9'7f4a'7c15) >> 32) & (cells_.size() - 1);
    while (cells_[slot].value != AddressRole::kStranger && cells_[slot].ip != ip)
      slot = (slot + 1) & (cells_.size() - 1);
    return slot;
  }
  void enter(const wire::IpAddress& ip, std::uint16_t value) noexcept;

  std::vector<LocalAddress> addresses_;
  std::vector<Cell> cells_;
};

}  // namespace millrace::ip
