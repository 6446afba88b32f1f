// A flat table with linear probing over addresses, broadcast addresses and groups. It is filled once at start, at most
// half full, so a probe ends soon and without a bound.
#include "ip/local_addresses.h"

#include <bit>

#include "base/check.h"
#include "wire/ndp.h"

namespace millrace::ip {
namespace {

constexpr auto kLimitedBroadcast = wire::IpAddress::v4(0xffff'ffff);

std::optional<wire::IpAddress> directed_broadcast(const LocalAddress& local) noexcept {
  // Networks of one or two addresses have no broadcast address (RFC 3021).
  if (!local.ip.is_v4() || local.prefix_length > 30) return std::nullopt;
  const std::uint32_t host_bits = 0xffff'ffffu >> local.prefix_length;
  return wire::IpAddress::v4(local.ip.v4_value() | host_bits);
}

}  // namespace

LocalAddresses::LocalAddresses(std::vector<LocalAddress> addresses) : addresses_(std::move(addresses)) {
  MILLRACE_CHECK(addresses_.size() < AddressRole::kGroup);
  // Each address brings one broadcast address or group at most; with the limited broadcast and all nodes the table
  // stays at most half full.
  cells_.resize(std::bit_ceil(4 * addresses_.size() + 4));
  for (std::size_t i = 0; i < addresses_.size(); ++i) enter(addresses_[i].ip, static_cast<std::uint16_t>(i));
  enter(kLimitedBroadcast, AddressRole::kBroadcast);
  for (const auto& local : addresses_)
    if (const auto broadcast = directed_broadcast(local)) enter(*broadcast, AddressRole::kBroadcast);
  enter(wire::kAllNodes, AddressRole::kGroup);
  for (const auto& local : addresses_)
    if (!local.ip.is_v4()) enter(wire::solicited_node(local.ip), AddressRole::kGroup);
}

std::optional<std::uint16_t> LocalAddresses::on_link(std::uint16_t port,
                                                     const wire::IpAddress& neighbor) const noexcept {
  for (std::size_t i = 0; i < addresses_.size(); ++i)
    if (addresses_[i].port == port && addresses_[i].network().contains(neighbor)) return static_cast<std::uint16_t>(i);
  return std::nullopt;
}

void LocalAddresses::enter(const wire::IpAddress& ip, std::uint16_t value) noexcept {
  Cell& cell = cells_[slot_of(ip)];
  if (cell.value == AddressRole::kStranger) cell = {ip, value};
}

}  // namespace millrace::ip
