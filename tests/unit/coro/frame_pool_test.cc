#include "coro/frame_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

#include "base/random.h"

namespace millrace::coro {
namespace {

constexpr std::size_t kPlenty = 64 << 20;

TEST(FramePool, WhatWasGivenBackIsTakenAgain) {
  FramePool pool{kPlenty};
  const FramePool::Use use{pool};
  void* first = FramePool::allocate(300);
  FramePool::release(first);
  EXPECT_EQ(FramePool::allocate(310), first) << "of the same size class";
  void* other = FramePool::allocate(600);
  EXPECT_NE(other, first);
  EXPECT_EQ(pool.count().in_use.get(), 2u);
  FramePool::release(first);
  FramePool::release(other);
  EXPECT_EQ(pool.count().in_use.get(), 0u);
  EXPECT_EQ(pool.count().from_heap.get(), 0u);
}

TEST(FramePool, FramesDoNotOverlap) {
  FramePool pool{kPlenty};
  const FramePool::Use use{pool};
  base::Random random{1};
  struct Frame {
    unsigned char* at;
    std::size_t size;
    unsigned char fill;
  };
  std::vector<Frame> frames;
  for (int i = 0; i < 20'000; ++i) {
    if (frames.size() < 100 || random.chance(0.5)) {
      const std::size_t size = 1 + static_cast<std::size_t>(random.below(random.chance(0.02) ? 80'000 : 2'000));
      auto* at = static_cast<unsigned char*>(FramePool::allocate(size));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0u);
      std::memset(at, i & 0xff, size);
      frames.push_back({at, size, static_cast<unsigned char>(i & 0xff)});
    } else {
      std::swap(frames[static_cast<std::size_t>(random.below(frames.size()))], frames.back());
      const Frame frame = frames.back();
      frames.pop_back();
      ASSERT_EQ(std::count(frame.at, frame.at + frame.size, frame.fill), static_cast<std::ptrdiff_t>(frame.size));
      FramePool::release(frame.at);
    }
    ASSERT_EQ(pool.count().in_use.get(), frames.size());
  }
  for (const Frame& frame : frames) FramePool::release(frame.at);
}

TEST(FramePool, BeyondItsLimitTheHeapHelpsAndIsCounted) {
  FramePool pool{2 * 65536};
  const FramePool::Use use{pool};
  std::vector<void*> frames;
  for (int i = 0; i < 300; ++i) frames.push_back(FramePool::allocate(1000));  // 64 of 1 KiB in each chunk
  EXPECT_EQ(pool.count().reserved.get(), 2u * 65536);
  EXPECT_EQ(pool.count().from_heap.get(), 300u - 128);
  EXPECT_EQ(std::set<void*>(frames.begin(), frames.end()).size(), 300u);
  for (void* frame : frames) FramePool::release(frame);
  EXPECT_EQ(pool.count().in_use.get(), 0u);
  FramePool::release(FramePool::allocate(1000));
  EXPECT_EQ(pool.count().from_heap.get(), 300u - 128) << "the pool has some again";
}

TEST(FramePool, LargeFramesComeFromTheHeap) {
  FramePool pool{kPlenty};
  const FramePool::Use use{pool};
  FramePool::release(FramePool::allocate(65536 - 16));
  EXPECT_EQ(pool.count().from_heap.get(), 0u);
  FramePool::release(FramePool::allocate(65536 - 15));
  EXPECT_EQ(pool.count().from_heap.get(), 1u);
  EXPECT_EQ(pool.count().in_use.get(), 0u);
}

TEST(FramePool, AFrameGoesBackToWhereItCameFrom) {
  FramePool one{kPlenty}, two{kPlenty};
  void* without = FramePool::allocate(200);
  void* of_one = nullptr;
  {
    const FramePool::Use use{one};
    of_one = FramePool::allocate(200);
    {
      const FramePool::Use inner{two};
      FramePool::release(of_one);
      FramePool::release(without);
      EXPECT_EQ(one.count().in_use.get(), 0u);
      EXPECT_EQ(two.count().in_use.get(), 0u);
    }
    EXPECT_EQ(FramePool::allocate(200), of_one) << "the pool before is in use again";
  }
  FramePool::release(of_one);
  FramePool::release(FramePool::allocate(200));
  EXPECT_EQ(one.count().in_use.get() + two.count().in_use.get(), 0u);
}

}  // namespace
}  // namespace millrace::coro
