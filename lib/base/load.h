// Reads a number from bytes that need not be aligned. Little-endian, which on x86 is the machine's own order.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace millrace::base {

static_assert(std::endian::native == std::endian::little);

inline std::uint64_t load_u64(const void* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace millrace::base
