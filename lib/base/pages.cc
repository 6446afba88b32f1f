// mmap, with room to align the start to a huge page.
#include "base/pages.h"

#include <sys/mman.h>

#include <memory>
#include <new>

namespace millrace::base {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

Pages::Pages(std::size_t bytes, PageSize size)
    : bytes_(bytes), mapped_bytes_(size == PageSize::Small || bytes < kHugePage ? bytes : bytes + kHugePage) {
  mapping_ = ::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping_ == MAP_FAILED) throw std::bad_alloc{};
  data_ = mapping_;
  // Refusal of either advice costs speed or memory only, so it is no error.
  if (size == PageSize::Small) {
    ::madvise(data_, bytes, MADV_NOHUGEPAGE);
  } else if (bytes >= kHugePage) {
    std::size_t space = mapped_bytes_;
    std::align(kHugePage, bytes, data_, space);
    ::madvise(data_, bytes, MADV_HUGEPAGE);
  }
}

Pages::~Pages() { ::munmap(mapping_, mapped_bytes_); }

}  // namespace millrace::base
