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

bool RouteTable::add(const wire::IpPrefix& destination, const wire::IpAddress& gateway) {
  if (std::find(own_.begin(), own_.end(), gateway) != own_.end()) return false;
  const Entry* link = find(gateway);
  if (link == nullptr || link->gateway || destination.address.is_v4() != gateway.is_v4()) return false;
  insert({destination, gateway, link->port, link->local_index});
  return true;
}

std::optional<Route> RouteTable::lookup(const wire::IpAddress& remote) const noexcept {
  const Entry* entry = find(remote);
  if (entry == nullptr) return std::nullopt;
  return Route{entry->port, entry->gateway.value_or(remote), entry->local_index};
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
