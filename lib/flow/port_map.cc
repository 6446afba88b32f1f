// Rank and select over blocks, words and bits.
#include "flow/port_map.h"

#include <algorithm>

#include "base/check.h"

namespace millrace::flow {

void PortMap::free_all() noexcept {
  for (std::uint32_t block = 0; block < blocks_for(size_); ++block) {
    const std::uint32_t ports = std::min(size_ - block * kBlockBits, kBlockBits);
    counts_[block] = static_cast<std::uint16_t>(ports);
    for (std::uint32_t i = 0; i < blocks_[block].size(); ++i) {
      const std::uint32_t left = ports - std::min(ports, i * 64);
      blocks_[block][i] = left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
    }
  }
}

std::uint32_t PortMap::count_free() const noexcept {
  std::uint32_t sum = 0;
  for (std::uint32_t block = 0; block < blocks_for(size_); ++block) sum += counts_[block];
  return sum;
}

std::uint32_t PortMap::select(std::uint32_t rank) const noexcept {
  std::uint32_t block = 0;
  for (; rank >= counts_[block]; ++block) rank -= counts_[block];
  std::uint32_t i = 0;
  for (; rank >= static_cast<std::uint32_t>(std::popcount(blocks_[block][i])); ++i)
    rank -= static_cast<std::uint32_t>(std::popcount(blocks_[block][i]));
  std::uint64_t bits = blocks_[block][i];
  for (; rank > 0; --rank) bits &= bits - 1;
  return block * kBlockBits + i * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
}

std::uint32_t PortMap::next_free(std::uint32_t index) const noexcept {
  const std::uint32_t words = blocks_for(size_) * (kBlockBits / 64);
  std::uint64_t bits = word(index) & (~std::uint64_t{0} << (index % 64));
  std::uint32_t at = index / 64;
  for (std::uint32_t steps = 0; bits == 0; ++steps) {
    MILLRACE_ASSERT(steps <= words);
    at = at + 1 == words ? 0 : at + 1;
    bits = word(at * 64);
  }
  return at * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
}

}  // namespace millrace::flow
