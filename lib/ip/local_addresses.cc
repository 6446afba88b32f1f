// A flat table with linear probing over addresses, broadcast addresses and groups. It is filled once at start, at most
// half full, so a probe ends soon and without a bound.
#include "ip/local_addresses.h"

#include <bit>
#include <cstring>

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
  MILLRACE_CHECK(addresses_.size() < kGroup);
  // Each address brings one broadcast address or group at most; with the limited broadcast and all nodes the table
  // stays at most half full.
  cells_.resize(std::bit_ceil(4 * addresses_.size() + 4));
  for (std::size_t i = 0; i < addresses_.size(); ++i) enter(addresses_[i].ip, static_cast<std::uint16_t>(i));
  enter(kLimitedBroadcast, kBroadcast);
  for (const auto& local : addresses_)
    if (const auto broadcast = directed_broadcast(local)) enter(*broadcast, kBroadcast);
  enter(wire::kAllNodes, kGroup);
  for (const auto& local : addresses_)
    if (!local.ip.is_v4()) enter(wire::solicited_node(local.ip), kGroup);
}

std::optional<std::uint16_t> LocalAddresses::find(const wire::IpAddress& ip) const noexcept {
  const std::uint16_t value = cells_[slot_of(ip)].value;
  if (value >= kGroup) return std::nullopt;
  return value;
}

bool LocalAddresses::is_group(const wire::IpAddress& ip) const noexcept { return cells_[slot_of(ip)].value == kGroup; }

bool LocalAddresses::is_broadcast(const wire::IpAddress& ip) const noexcept {
  return cells_[slot_of(ip)].value == kBroadcast;
}

std::optional<std::uint16_t> LocalAddresses::on_link(std::uint16_t port,
                                                     const wire::IpAddress& neighbor) const noexcept {
  for (std::size_t i = 0; i < addresses_.size(); ++i)
    if (addresses_[i].port == port && addresses_[i].network().contains(neighbor)) return static_cast<std::uint16_t>(i);
  return std::nullopt;
}

/// The cell that holds `ip`, or the free one where it would go.
std::size_t LocalAddresses::slot_of(const wire::IpAddress& ip) const noexcept {
  std::uint64_t high, low;
  std::memcpy(&high, ip.bytes.data(), sizeof high);
  std::memcpy(&low, ip.bytes.data() + 8, sizeof low);
  // No secret: only configuration enters addresses here, so nobody else can make them collide.
  std::size_t slot = ((high ^ low * 0x9e37'79b9'7f4a'7c15) >> 32) & (cells_.size() - 1);
  while (cells_[slot].value != kFree && cells_[slot].ip != ip) slot = (slot + 1) & (cells_.size() - 1);
  return slot;
}

void LocalAddresses::enter(const wire::IpAddress& ip, std::uint16_t value) noexcept {
  Cell& cell = cells_[slot_of(ip)];
  if (cell.value == kFree) cell = {ip, value};
}

}  // namespace millrace::ip
