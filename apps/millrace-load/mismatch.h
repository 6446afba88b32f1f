// The first piece of text that was not what was expected.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::load {

struct Mismatch {
  std::uint32_t local = 0;   ///< whose; see Connection
  std::uint32_t offset = 0;  ///< of the byte in what the peer sent on this connection, modulo 2^32
  std::byte expected{};
  std::byte got{};
};

}  // namespace millrace::load
