// The name of a connection: 24 bytes for IPv4 and IPv6 alike.
//
// The local address is an index into the shard's table of own addresses (indices are not reused while a flow or
// TIME-WAIT entry holds them), which keeps the key short; the remote address is 16 bytes, IPv4 mapped. Ports in host
// order.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace millrace::flow {

struct FlowKey {
  std::array<std::uint8_t, 16> remote_address{};
  std::uint16_t local_index = 0;
  std::uint16_t zero = 0;  ///< always 0, so the key can be hashed and compared as bytes
  std::uint16_t remote_port = 0;
  std::uint16_t local_port = 0;

  friend bool operator==(const FlowKey&, const FlowKey&) = default;
};
static_assert(sizeof(FlowKey) == 24 && std::has_unique_object_representations_v<FlowKey>);

}  // namespace millrace::flow
