// Protocol numbers of the IP header (IANA) that this stack names.
#pragma once

#include <cstdint>

namespace millrace::wire {

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolIcmpV6 = 58;

}  // namespace millrace::wire
