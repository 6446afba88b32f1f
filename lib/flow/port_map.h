// Which ports of a range are free, one bit each, so that the n-th free one is found without looking at every port.
//
// Bits lie in blocks of 512, one cache line, and each block counts its free ones: a search walks at most 128 counts,
// then 8 words, then one word. A view over memory that somebody else owns; ports are named by their index in the range.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace millrace::flow {

class PortMap {
 public:
  /// What a map of `size` ports takes, in whole cache lines.
  [[nodiscard]] static constexpr std::size_t bytes_for(std::uint32_t size) noexcept {
    const std::size_t blocks = blocks_for(size);
    return blocks * sizeof(Block) +
           (blocks * sizeof(std::uint16_t) + kBlockBits / 8 - 1) / (kBlockBits / 8) * (kBlockBits / 8);
  }
  /// `memory` holds bytes_for(size) bytes and is aligned to a cache line. Call free_all() before anything else once.
  PortMap(void* memory, std::uint32_t size) noexcept
      : blocks_(static_cast<Block*>(memory)),
        counts_(reinterpret_cast<std::uint16_t*>(blocks_ + blocks_for(size))),
        size_(size) {}

  void free_all() noexcept;
  [[nodiscard]] bool is_free(std::uint32_t index) const noexcept { return (word(index) >> (index % 64) & 1) != 0; }
  /// The port is free.
  void take(std::uint32_t index) noexcept {
    word(index) &= ~bit(index);
    --counts_[index / kBlockBits];
  }
  /// The port is not free.
  void give_back(std::uint32_t index) noexcept {
    word(index) |= bit(index);
    ++counts_[index / kBlockBits];
  }
  [[nodiscard]] std::uint32_t count_free() const noexcept;
  /// The free port before which `rank` free ones lie; rank < count_free().
  [[nodiscard]] std::uint32_t select(std::uint32_t rank) const noexcept;
  /// The first free port from `index` on, round the end; some port is free.
  [[nodiscard]] std::uint32_t next_free(std::uint32_t index) const noexcept;

  /// Calls visit(index) for every port that is not free.
  template <class Visit>
  void for_each_taken(Visit&& visit) const {
    for (std::uint32_t first = 0; first < size_; first += 64) {
      std::uint64_t taken = ~word(first);
      if (size_ - first < 64) taken &= (std::uint64_t{1} << (size_ - first)) - 1;
      for (; taken != 0; taken &= taken - 1) visit(first + static_cast<std::uint32_t>(std::countr_zero(taken)));
    }
  }

 private:
  static constexpr std::uint32_t kBlockBits = 512;
  using Block = std::array<std::uint64_t, kBlockBits / 64>;

  [[nodiscard]] static constexpr std::uint32_t blocks_for(std::uint32_t size) noexcept {
    return (size + kBlockBits - 1) / kBlockBits;
  }
  [[nodiscard]] static std::uint64_t bit(std::uint32_t index) noexcept { return std::uint64_t{1} << (index % 64); }
  [[nodiscard]] std::uint64_t& word(std::uint32_t index) const noexcept {
    return blocks_[index / kBlockBits][index % kBlockBits / 64];
  }

  Block* blocks_;          ///< a set bit is a free port; bits beyond the range are clear
  std::uint16_t* counts_;  ///< free ports by block
  std::uint32_t size_;
};

}  // namespace millrace::flow
