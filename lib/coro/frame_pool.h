// Memory for coroutine frames: one pool per worker, so that calling a coroutine is a list operation and no allocation.
//
// Frames are rounded up to a power of two from 128 bytes to 64 KiB, each size with a free list that is filled by whole
// chunks. What a pool has reserved it keeps. Beyond its limit, for larger frames, and where no pool is in use (outside
// of a scheduler's turn) a frame comes from the heap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/counter.h"
#include "base/export.h"

namespace millrace::coro {

struct FrameCounters {
  base::Counter in_use;     ///< frames that live, of the pool and of the heap
  base::Counter reserved;   ///< bytes that the pool has taken
  base::Counter from_heap;  ///< frames that the pool had no room for, since the start
};

class MILLRACE_API FramePool {
 public:
  /// Reserves at most `limit` bytes, as they are needed.
  explicit FramePool(std::size_t limit) noexcept : limit_(limit) {}
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  /// Every frame was given back.
  ~FramePool();

  /// From the pool that this thread uses now. Throws std::bad_alloc.
  [[nodiscard]] static void* allocate(std::size_t bytes);
  /// To where it came from, on whatever thread; not while the pool's worker runs on another one.
  static void release(void* frame) noexcept;

  /// While it lives, frames made by this thread come from `pool`.
  class MILLRACE_API Use {
   public:
    explicit Use(FramePool& pool) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    FramePool* before_;
  };

  [[nodiscard]] const FrameCounters& count() const noexcept { return count_; }

 private:
  static constexpr std::size_t kSmallest = 128, kSizes = 10, kChunk = 65536;
  static constexpr std::uint32_t kHeap = ~0u;

  struct Block {
    Block* next;
  };
  struct Header;

  [[nodiscard]] void* take(std::size_t bytes);
  [[nodiscard]] bool refill(std::uint32_t size) noexcept;
  void give_back(Header* header) noexcept;

  std::size_t limit_;
  std::array<Block*, kSizes> free_{};
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
  FrameCounters count_;
};

}  // namespace millrace::coro
