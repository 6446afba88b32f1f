// A first-in first-out list of local ends (or anything else of 32 bits), of fixed memory.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace millrace::load {

class IndexRing {
 public:
  /// Room for `most` entries.
  explicit IndexRing(std::size_t most) : entries_(std::bit_ceil(most == 0 ? std::size_t{1} : most)) {}

  [[nodiscard]] bool empty() const noexcept { return head_ == tail_; }
  [[nodiscard]] std::size_t size() const noexcept { return tail_ - head_; }
  /// The oldest; the ring is not empty.
  [[nodiscard]] std::uint32_t front() const noexcept { return entries_[head_ & (entries_.size() - 1)]; }
  std::uint32_t pop() noexcept {
    const std::uint32_t oldest = front();
    ++head_;
    return oldest;
  }
  /// The caller has made sure that there is room.
  void push(std::uint32_t value) noexcept {
    MILLRACE_ASSERT(size() < entries_.size());
    entries_[tail_++ & (entries_.size() - 1)] = value;
  }

 private:
  std::vector<std::uint32_t> entries_;  ///< a power of two of them
  std::size_t head_ = 0, tail_ = 0;     ///< counts of all that was taken and put
};

}  // namespace millrace::load
