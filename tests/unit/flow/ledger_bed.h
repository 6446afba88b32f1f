// What the tests of port ledger and search share: keys, addresses, and ports chosen as a shard does it.
#pragma once

#include <cstdint>

#include "flow/port_search.h"

namespace millrace::flow {

inline const wire::IpAddress kOurs = wire::IpAddress::v4(0x0a000001);

/// Towards server number `destination`; the port is ours.
inline FlowKey key_towards(std::uint32_t destination, std::uint16_t port = 0) {
  return {wire::IpAddress::v4(0x0b000000 + destination / 4).bytes, 0, 0,
          static_cast<std::uint16_t>(80 + destination % 4), port};
}

inline std::uint16_t owner_of(const OwnerMap& owners, const FlowKey& key) {
  return owners.owner(kOurs, key.local_port, wire::IpAddress{key.remote_address}, key.remote_port);
}

/// The ports of the range that `worker` owns towards a destination.
inline std::uint32_t owned_ports(const PortLedgerConfig& config, std::uint32_t destination) {
  std::uint32_t owned = 0;
  for (std::uint32_t i = 0; i < config.range.size(); ++i)
    if (owner_of(config.owners, key_towards(destination, config.range.port_at(i))) == config.worker) ++owned;
  return owned;
}

/// A port towards a destination, taken; 0 when none is left.
inline std::uint16_t take_any(PortLedger& ledger, std::uint32_t destination, base::Random& random) {
  FlowKey key = key_towards(destination);
  key.local_port = PortSearch{ledger, key, kOurs, random}.next();
  if (key.local_port != 0 && !ledger.take(key, kOurs)) return 0;
  return key.local_port;
}

}  // namespace millrace::flow
