// The ECN field of the IP header (RFC 3168 5): the same two bits in IPv4 and IPv6.
#pragma once

#include <cstdint>

namespace millrace::wire {

enum class Ecn : std::uint8_t {
  NotEct = 0,  ///< not ECN-capable
  Ect1 = 1,    ///< ECN-capable, ECT(1)
  Ect0 = 2,    ///< ECN-capable, ECT(0)
  Ce = 3,      ///< congestion experienced
};

}  // namespace millrace::wire
