// A walk over our addresses; the route's own source is nearly always right.
#include "ip/source_address.h"

namespace millrace::ip {

std::optional<std::uint16_t> usable_source(const IpConfig& config, const Route& route,
                                           const wire::IpAddress& remote) noexcept {
  if (config.states->usable(route.local_index)) return route.local_index;
  const wire::IpAddress& wanted = config.addresses[route.local_index].ip;
  std::optional<std::uint16_t> other;
  const auto all = config.addresses.all();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto index = static_cast<std::uint16_t>(i);
    const bool alike = all[i].port == route.port && all[i].ip.is_v4() == wanted.is_v4() &&
                       all[i].ip.is_link_local_v6() == wanted.is_link_local_v6();
    if (!alike || !config.states->usable(index)) continue;
    if (all[i].network().contains(remote)) return index;
    if (!other) other = index;
  }
  return other;
}

}  // namespace millrace::ip
