// What a pair of kernel connections does for the proxy between them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace millrace::bench {

enum class PeerMode : std::uint8_t {
  Short,  ///< open, 64 bytes there and back, close; the server closes first
  Kept,   ///< 64 bytes there and back again and again on connections that stay
  Bulk,   ///< the server sends without end
};

inline constexpr std::array<std::byte, 64> kRequest{};
inline constexpr std::size_t kEventsPerTurn = 256;  // of an epoll instance

}  // namespace millrace::bench
