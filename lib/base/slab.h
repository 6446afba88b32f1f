// A fixed number of equal objects, named by 32-bit indices, taken and given back in O(1).
//
// The memory is reserved at construction and touched on first use, so a large capacity costs address space, not memory;
// large slabs ask for huge pages. One thread owns a slab. Objects never move; an index is valid from take() to
// give_back().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/pages.h"

namespace millrace::base {

inline constexpr std::uint32_t kNoIndex = 0xffff'ffff;

template <class T>
class Slab {
 public:
  /// Reserves room for `capacity` objects; throws std::bad_alloc if the address space is refused.
  explicit Slab(std::uint32_t capacity)
      : memory_(std::size_t{std::max(capacity, 1u)} * sizeof(Cell)),
        cells_(capacity == 0 ? nullptr : static_cast<Cell*>(memory_.data())),
        capacity_(capacity) {}

  /// Constructs a T and returns its index, or kNoIndex when the slab is full (an ordinary result).
  template <class... Args>
  [[nodiscard]] std::uint32_t take(Args&&... args) noexcept {
    std::uint32_t index = free_;
    if (index != kNoIndex) {
      free_ = cells_[index].next_free;
    } else if (touched_ < capacity_) {
      index = touched_++;
    } else {
      return kNoIndex;
    }
    ::new (static_cast<void*>(&cells_[index])) T(std::forward<Args>(args)...);
    ++used_;
    return index;
  }

  /// Destroys the object; the index may be handed out again at once.
  void give_back(std::uint32_t index) noexcept {
    MILLRACE_ASSERT(index < touched_);
    (*this)[index].~T();
    cells_[index].next_free = free_;
    free_ = index;
    --used_;
  }

  [[nodiscard]] T& operator[](std::uint32_t index) noexcept {
    return *std::launder(reinterpret_cast<T*>(&cells_[index]));
  }
  [[nodiscard]] const T& operator[](std::uint32_t index) const noexcept {
    return *std::launder(reinterpret_cast<const T*>(&cells_[index]));
  }
  [[nodiscard]] std::uint32_t index_of(const T& object) const noexcept {
    return static_cast<std::uint32_t>(reinterpret_cast<const Cell*>(&object) - cells_);
  }

  [[nodiscard]] std::uint32_t used() const noexcept { return used_; }
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  /// One past the highest index ever taken: the bound of a scan over all objects.
  [[nodiscard]] std::uint32_t touched() const noexcept { return touched_; }
  [[nodiscard]] void* memory() noexcept { return cells_; }
  [[nodiscard]] static constexpr std::size_t stride() noexcept { return sizeof(Cell); }

 private:
  union Cell {
    Cell() {}
    ~Cell() {}
    std::uint32_t next_free;
    alignas(T) std::byte object[sizeof(T)];
  };

  Pages memory_;
  Cell* cells_;
  std::uint32_t capacity_;
  std::uint32_t touched_ = 0;
  std::uint32_t used_ = 0;
  std::uint32_t free_ = kNoIndex;
};

}  // namespace millrace::base
