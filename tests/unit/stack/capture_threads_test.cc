// A capture's way from a worker to the thread that writes it; meant to be run under ThreadSanitizer.
//
// Threads follow each other's progress by relaxed reads, which order nothing: only the ring and the inbox may.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "io/capture_tap.h"
#include "pkt/packet_pool.h"
#include "stack/inbox.h"

namespace millrace::stack {
namespace {

constexpr std::size_t kBurst = 8;

/// Frames that say by their bytes which one they are; each of another length than the one before.
class Frames {
 public:
  explicit Frames(pkt::PacketPool& pool) {
    for (pkt::Packet*& packet : burst_) packet = pool.alloc();
  }
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;
  ~Frames() {
    for (pkt::Packet* packet : burst_) packet->free();
  }
  /// The next burst.
  std::span<pkt::Packet* const> next() {
    for (pkt::Packet* packet : burst_) {
      packet->set_data(pkt::kHeadroom, static_cast<std::uint16_t>(4 + number_ % 61));
      std::memset(packet->data(), static_cast<int>(number_ & 0xff), packet->bytes().size());
      std::memcpy(packet->data(), &number_, sizeof number_);
      ++number_;
    }
    return burst_;
  }

 private:
  std::array<pkt::Packet*, kBurst> burst_{};
  std::uint32_t number_ = 0;
};

/// The number of a frame, or nullopt when it is not as it was pushed.
std::optional<std::uint32_t> number_of(const io::CaptureRecord& record) {
  std::uint32_t number = 0;
  if (record.bytes.size() < sizeof number) return std::nullopt;
  std::memcpy(&number, record.bytes.data(), sizeof number);
  const std::byte fill{static_cast<unsigned char>(number & 0xff)};
  const bool whole = record.bytes.size() == 4 + number % 61 && record.header.length == record.bytes.size() &&
                     std::ranges::all_of(std::span{record.bytes}.subspan(4), [&](std::byte b) { return b == fill; });
  return whole ? std::optional{number} : std::nullopt;
}

std::shared_ptr<io::CaptureRing> ring_of(std::size_t bytes) {
  return std::make_shared<io::CaptureRing>(bytes, io::CaptureFilter{}, 65535);
}

/// Takes what waits; every record is whole and newer than the one before.
class Writer {
 public:
  explicit Writer(io::CaptureRing& ring) : ring_(ring) {}
  void pop_all() {
    for (io::CaptureRecord record; ring_.pop(record); popped_.fetch_add(1, std::memory_order_relaxed)) {
      const auto number = number_of(record);
      EXPECT_TRUE(number) << "a record of " << record.bytes.size() << " bytes is not as it was pushed";
      EXPECT_TRUE(!last_ || *last_ < number);
      last_ = number;
    }
  }
  [[nodiscard]] std::uint64_t popped() const { return popped_.load(std::memory_order_relaxed); }

 private:
  io::CaptureRing& ring_;
  std::optional<std::uint32_t> last_;
  std::atomic<std::uint64_t> popped_{0};
};

class CaptureThreads : public testing::Test {
 protected:
  pkt::PacketPool pool_{{.name = "capture", .packets = 31, .data_size = 128, .cache = 0}};
};

// The writer waits until the ring has overflowed, the worker then until it has written a while.
TEST_F(CaptureThreads, WhatFindsRoomIsWrittenWholeAndTheRestIsCounted) {
  constexpr std::uint64_t kWritten = 2'000;
  const auto ring = ring_of(20 * 128);
  Writer writer{*ring};
  std::uint64_t frames = 0;
  std::atomic<bool> done{false};
  std::thread worker{[&] {
    Frames source{pool_};
    io::CaptureTap tap;
    tap.attach(ring);
    for (; writer.popped() < kWritten; frames += kBurst) {
      tap.received(0, source.next());
      std::this_thread::yield();
    }
    done.store(true);
  }};
  std::thread reader{[&] {
    for (std::uint64_t last = 0; !done.load(std::memory_order_relaxed); std::this_thread::yield()) {
      const std::uint64_t dropped = ring->dropped();
      EXPECT_GE(dropped, last);
      last = dropped;
    }
  }};
  while (ring->dropped() == 0) std::this_thread::yield();
  while (!done.load(std::memory_order_relaxed)) writer.pop_all();
  worker.join();
  reader.join();
  writer.pop_all();
  EXPECT_GT(ring->dropped(), 0u);
  EXPECT_EQ(writer.popped() + ring->dropped(), frames);
}

// As a capture does it: the worker attaches and detaches between two bursts, because it is asked to.
TEST_F(CaptureThreads, ACaptureBeginsAndEndsBetweenTwoBurstsOfABusyWorker) {
  constexpr int kCaptures = 50;
  Inbox inbox{4};
  std::atomic<bool> stop{false};
  io::CaptureTap tap;          // the worker's, as is what follows
  std::uint64_t captured = 0;  // frames offered to the tap at hand
  std::thread worker{[&] {
    Frames source{pool_};
    while (!stop.load(std::memory_order_relaxed)) {
      const auto burst = source.next();
      if (tap.active()) {
        tap.sending(0, burst);
        tap.sent(kBurst);
        captured += kBurst;
      }
      (void)inbox.drain(4);
      std::this_thread::yield();
    }
  }};
  const auto attach = [&](std::shared_ptr<io::CaptureRing> ring) {
    const auto reply = ask<std::uint64_t>(inbox, 0, hours{1}, [&tap, &captured, ring](std::uint64_t& before) {
      tap.attach(ring);
      before = std::exchange(captured, 0);
      return TaskState::Done;
    });
    return reply ? *reply.answer : ~std::uint64_t{0};
  };
  for (int i = 0; i < kCaptures; ++i) {
    const auto ring = ring_of(40 * 128);
    Writer writer{*ring};
    EXPECT_EQ(attach(ring), 0u);
    while (writer.popped() < kBurst) writer.pop_all();
    const std::uint64_t frames = attach(nullptr);
    writer.pop_all();
    EXPECT_EQ(writer.popped() + ring->dropped(), frames);
  }
  stop.store(true, std::memory_order_relaxed);
  worker.join();
}

}  // namespace
}  // namespace millrace::stack
