// The name of a connection: 24 bytes for IPv4 and IPv6 alike.
//
// The local address is an index into the shard's table of own addresses (indices are not reused while a flow or
// TIME-WAIT entry holds them), which keeps the key short; the remote address is 16 bytes, IPv4 mapped. Ports in host
// order.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

namespace millrace::flow {

struct FlowKey {
  std::array<std::uint8_t, 16> remote_address{};
  std::uint16_t local_index = 0;
  std::uint16_t zero = 0;  ///< always 0, so the key can be hashed and compared as bytes
  std::uint16_t remote_port = 0;
  std::uint16_t local_port = 0;

  /// Written as it is read, by words: a word read right after its parts were written waits for the cache.
  [[nodiscard]] static constexpr FlowKey of(const std::array<std::uint8_t, 16>& remote_address,
                                            std::uint16_t local_index, std::uint16_t remote_port,
                                            std::uint16_t local_port) noexcept {
    const auto [first, second] = std::bit_cast<std::array<std::uint64_t, 2>>(remote_address);
    const std::uint64_t third =
        std::uint64_t{local_port} << 48 | std::uint64_t{remote_port} << 32 | std::uint64_t{local_index};
    return std::bit_cast<FlowKey>(std::array{first, second, third});
  }

  /// As three words: a lookup pays for it.
  friend constexpr bool operator==(const FlowKey& a, const FlowKey& b) noexcept {
    using Words = std::array<std::uint64_t, 3>;
    const auto x = std::bit_cast<Words>(a), y = std::bit_cast<Words>(b);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2])) == 0;
  }
};
static_assert(sizeof(FlowKey) == 24 && std::has_unique_object_representations_v<FlowKey>);

}  // namespace millrace::flow
