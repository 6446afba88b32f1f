// Zeroed memory straight from the kernel: reserved at once, backed page by page on first touch.
//
// For large tables whose capacity is an upper bound. Areas of 2 MB and more are aligned for huge pages and ask for
// them, unless few places of them will ever be touched.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::base {

/// What the first touch of a place backs: Huge, 2 MB if the kernel has them, for what fills up; Small, 4 KB, for what
/// stays sparse.
enum class PageSize : std::uint8_t { Huge, Small };

class Pages {
 public:
  /// Throws std::bad_alloc if the address space is refused. `bytes` is above 0.
  explicit Pages(std::size_t bytes, PageSize size = PageSize::Huge);
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages();

  [[nodiscard]] void* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t bytes_;
  std::size_t mapped_bytes_;
  void* mapping_;
  void* data_;
};

}  // namespace millrace::base
