// The source address as connect() chooses it, then the owner hash.
#include "stack/flow_owner.h"

#include "ip/source_address.h"

namespace millrace::stack {

std::optional<std::uint16_t> owner_of_flow(const ip::IpConfig& ip, const flow::OwnerMap& owners,
                                           const wire::IpAddress& local, std::uint16_t local_port,
                                           const wire::IpAddress& remote, std::uint16_t remote_port) noexcept {
  const auto route = ip.routes.lookup(remote);
  if (!route || (!local.is_unspecified() && !ip.addresses.find(local))) return std::nullopt;
  if (!local.is_unspecified()) return owners.owner(local, local_port, remote, remote_port);
  const auto source = ip::usable_source(ip, *route, remote);
  if (!source) return std::nullopt;
  return owners.owner(ip.addresses[*source].ip, local_port, remote, remote_port);
}

}  // namespace millrace::stack
