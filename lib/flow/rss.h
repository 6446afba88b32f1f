// Which worker owns a flow: the owner hash (every flow has one owner: lib/README.md).
//
// Today the owner is computed in software for every packet, the same on every worker and for both directions of one
// flow as seen from our side. Where a NIC's own receive-side scaling can be read or set, this is the one place that
// learns it. The owner hash is not secret and is not the bucket hash.
#pragma once

#include <cstdint>

#include "wire/address.h"

namespace millrace::flow {

/// The owners of all flows towards one destination, by our port: what does not depend on the port is worked out once.
class PortOwners {
 public:
  [[nodiscard]] std::uint16_t operator()(std::uint16_t local_port) const noexcept;

 private:
  friend class OwnerMap;
  PortOwners(std::uint16_t workers, std::uint64_t addresses, std::uint16_t remote_port) noexcept
      : addresses_(addresses), remote_port_(remote_port), workers_(workers) {}

  std::uint64_t addresses_;
  std::uint16_t remote_port_;
  std::uint16_t workers_;
};

class OwnerMap {
 public:
  explicit OwnerMap(std::uint16_t workers) noexcept : workers_(workers) {}

  /// 0 .. workers-1. Addresses and ports as seen from our side; ports in host order.
  [[nodiscard]] std::uint16_t owner(const wire::IpAddress& local, std::uint16_t local_port,
                                    const wire::IpAddress& remote, std::uint16_t remote_port) const noexcept;
  /// The same function for many local ports.
  [[nodiscard]] PortOwners towards(const wire::IpAddress& local, const wire::IpAddress& remote,
                                   std::uint16_t remote_port) const noexcept;
  [[nodiscard]] std::uint16_t workers() const noexcept { return workers_; }

 private:
  std::uint16_t workers_;
};

}  // namespace millrace::flow
