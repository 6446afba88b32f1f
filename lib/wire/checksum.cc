// The sum of long texts, written so that compilers make vectors of it; the checksum of a whole TCP segment in one
// piece.
#include "wire/checksum.h"

#include "wire/ip_protocol.h"

namespace millrace::wire {

std::uint64_t sums::sum_of_words(const std::byte* p, std::size_t words) noexcept {
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < words; ++i) total += load_native<std::uint32_t>(p + 4 * i);
  return total;
}

std::uint16_t tcp_checksum(const IpAddress& source, const IpAddress& destination,
                           std::span<const std::byte> segment) noexcept {
  Checksum c = pseudo_header(source, destination, kProtocolTcp, static_cast<std::uint32_t>(segment.size()));
  c.add(segment);
  return c.value();
}

}  // namespace millrace::wire
