// The checksum of a whole TCP segment in one piece.
#include "wire/checksum.h"

#include "wire/ip_protocol.h"

namespace millrace::wire {

std::uint16_t tcp_checksum(const IpAddress& source, const IpAddress& destination,
                           std::span<const std::byte> segment) noexcept {
  Checksum c = pseudo_header(source, destination, kProtocolTcp, static_cast<std::uint32_t>(segment.size()));
  c.add(segment);
  return c.value();
}

}  // namespace millrace::wire
