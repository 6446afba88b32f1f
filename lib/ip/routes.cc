// Longest prefix first by insertion order, so a lookup is the first match. A gateway must lie in a connected network;
// recursive routes are refused.
#include "ip/routes.h"

#include <algorithm>

namespace millrace::ip {

RouteTable::RouteTable(const LocalAddresses& addresses) {
  std::uint16_t index = 0;
  for (const auto& local : addresses.all()) {
    own_.push_back(local.ip);
    insert({local.network(), std::nullopt, local.port, index++});
  }
}

bool RouteTable::add(const wire::IpPrefix& destination, const wire::IpAddress& gateway,
                     std::optional<std::uint16_t> port) {
  if (std::find(own_.begin(), own_.end(), gateway) != own_.end()) return false;
  const Entry* link = link_of(gateway, port);
  if (link == nullptr || destination.address.is_v4() != gateway.is_v4()) return false;
  const auto source = source_towards(destination, *link);
  if (!source) return false;
  insert({destination, gateway, link->port, *source});
  return true;
}

/// The connected network that holds the gateway; nullptr too when a longer prefix leads elsewhere.
const RouteTable::Entry* RouteTable::link_of(const wire::IpAddress& gateway,
                                             std::optional<std::uint16_t> port) const noexcept {
  for (const auto& entry : entries_) {
    if (!entry.destination.contains(gateway) || (port && entry.port != *port)) continue;
    return entry.gateway ? nullptr : &entry;
  }
  return nullptr;
}

/// A link-local address is good for a gateway, but not for what lies behind it (RFC 6724 5, rule 2): then it is the
/// port's first address of wider scope.
std::optional<std::uint16_t> RouteTable::source_towards(const wire::IpPrefix& destination,
                                                        const Entry& link) const noexcept {
  if (!own_[link.local_index].is_link_local_v6() || destination.address.is_link_local_v6()) return link.local_index;
  std::optional<std::uint16_t> first;
  for (const auto& entry : entries_) {
    const auto& source = own_[entry.local_index];
    if (entry.gateway || entry.port != link.port || source.is_v4() || source.is_link_local_v6()) continue;
    if (!first || entry.local_index < *first) first = entry.local_index;
  }
  return first;
}

std::optional<Route> RouteTable::lookup(const wire::IpAddress& remote) const noexcept {
  const Entry* entry = find(remote);
  if (entry == nullptr) return std::nullopt;
  return std::optional<Route>{std::in_place, entry->port, entry->gateway ? *entry->gateway : remote,
                              entry->local_index};
}

void RouteTable::insert(const Entry& entry) {
  const auto shorter = [&](const Entry& e) { return e.destination.length < entry.destination.length; };
  entries_.insert(std::find_if(entries_.begin(), entries_.end(), shorter), entry);
}

const RouteTable::Entry* RouteTable::find(const wire::IpAddress& remote) const noexcept {
  for (const auto& entry : entries_)
    if (entry.destination.contains(remote)) return &entry;
  return nullptr;
}

}  // namespace millrace::ip
