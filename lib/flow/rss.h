// Which worker owns a flow: the owner hash (every flow has one owner: lib/README.md).
//
// Today the owner is computed in software for every packet, the same on every worker and for both directions of one
// flow as seen from our side. Where a NIC's own receive-side scaling can be read or set, this is the one place that
// learns it. The owner hash is not secret and is not the bucket hash.
#pragma once

#include <cstdint>

#include "wire/address.h"

namespace millrace::flow {

class OwnerMap {
 public:
  explicit OwnerMap(std::uint16_t workers) noexcept : workers_(workers) {}

  /// 0 .. workers-1. Addresses and ports as seen from our side; ports in host order.
  [[nodiscard]] std::uint16_t owner(const wire::IpAddress& local, std::uint16_t local_port,
                                    const wire::IpAddress& remote, std::uint16_t remote_port) const noexcept;
  [[nodiscard]] std::uint16_t workers() const noexcept { return workers_; }

 private:
  std::uint16_t workers_;
};

}  // namespace millrace::flow
