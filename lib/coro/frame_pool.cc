// In front of each frame lies a header that says whose it is. Under AddressSanitizer free blocks are poisoned, so the
// use of a frame that was destroyed is seen as if it came from the heap.
#include "coro/frame_pool.h"

#include <bit>
#include <new>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define MILLRACE_CORO_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MILLRACE_CORO_ASAN 1
#endif
#endif
#ifdef MILLRACE_CORO_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace millrace::coro {
namespace {

thread_local FramePool* current = nullptr;

#ifdef MILLRACE_CORO_ASAN
void poison(void* from, std::size_t bytes) noexcept { __asan_poison_memory_region(from, bytes); }
void unpoison(void* from, std::size_t bytes) noexcept { __asan_unpoison_memory_region(from, bytes); }
#else
void poison(void*, std::size_t) noexcept {}
void unpoison(void*, std::size_t) noexcept {}
#endif

}  // namespace

struct alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) FramePool::Header {
  FramePool* pool;     ///< nullptr: no pool was in use
  std::uint32_t size;  ///< which free list, or kHeap
};

FramePool::~FramePool() {
  MILLRACE_ASSERT(count_.in_use.get() == 0 && "a Task outlives the Scheduler in whose turn it was made");
  for (const auto& chunk : chunks_) unpoison(chunk.get(), kChunk);
}

void* FramePool::allocate(std::size_t bytes) {
  const std::size_t whole = bytes + sizeof(Header);
  if (current != nullptr) return current->take(whole);
  return ::new (::operator new(whole)) Header{nullptr, kHeap} + 1;
}

void* FramePool::take(std::size_t bytes) {
  const auto size = static_cast<std::uint32_t>(std::bit_width((bytes - 1) / kSmallest));
  if (size >= kSizes || (free_[size] == nullptr && !refill(size))) {
    void* memory = ::operator new(bytes);
    ++count_.in_use;
    ++count_.from_heap;
    return ::new (memory) Header{this, kHeap} + 1;
  }
  Block* block = free_[size];
  unpoison(block, kSmallest << size);
  free_[size] = block->next;
  ++count_.in_use;
  return ::new (static_cast<void*>(block)) Header{this, size} + 1;
}

bool FramePool::refill(std::uint32_t size) noexcept {
  if (count_.reserved.get() + kChunk > limit_) return false;
  try {
    chunks_.emplace_back();
    chunks_.back().reset(new std::byte[kChunk]);
  } catch (const std::bad_alloc&) {
    if (!chunks_.empty() && chunks_.back() == nullptr) chunks_.pop_back();
    return false;
  }
  count_.reserved.add(kChunk);
  const std::size_t step = kSmallest << size;
  for (std::size_t at = 0; at + step <= kChunk; at += step) {
    free_[size] = ::new (static_cast<void*>(chunks_.back().get() + at)) Block{free_[size]};
    poison(free_[size], step);
  }
  return true;
}

void FramePool::release(void* frame) noexcept {
  Header* header = static_cast<Header*>(frame) - 1;
  if (header->pool != nullptr) return header->pool->give_back(header);
  ::operator delete(static_cast<void*>(header));
}

void FramePool::give_back(Header* header) noexcept {
  --count_.in_use;
  const std::uint32_t size = header->size;
  if (size == kHeap) return ::operator delete(static_cast<void*>(header));
  free_[size] = ::new (static_cast<void*>(header)) Block{free_[size]};
  poison(free_[size], kSmallest << size);
}

FramePool::Use::Use(FramePool& pool) noexcept : before_(current) { current = &pool; }
FramePool::Use::~Use() { current = before_; }

}  // namespace millrace::coro
