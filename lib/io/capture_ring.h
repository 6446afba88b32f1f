// From one worker to the thread that writes a capture: a bounded ring of records. One thread pushes, one pops.
//
// A record is a header and the frame's first bytes, pushed whole or not at all: a full ring drops and counts, because
// waiting would stop the worker. Once closed the worker lets go of it by itself: nobody has to reach the worker for
// that.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/counter.h"
#include "base/time.h"
#include "io/capture_filter.h"

namespace millrace::io {

enum class CaptureDirection : std::uint8_t { Received = 1, Sent = 2 };

struct CaptureHeader {
  std::int64_t time_ns = 0;
  std::uint32_t length = 0;  ///< of the frame
  std::uint32_t kept = 0;    ///< bytes that follow
  std::uint16_t port = 0;    ///< index
  CaptureDirection direction = CaptureDirection::Received;
};

struct CaptureRecord {
  CaptureHeader header;
  std::vector<std::byte> bytes;
};

class CaptureRing {
 public:
  /// Room for `bytes`; throws std::bad_alloc.
  CaptureRing(std::size_t bytes, CaptureFilter filter, std::uint32_t snap_length)
      : filter_(std::move(filter)), snap_length_(snap_length), ring_(bytes) {}

  [[nodiscard]] const CaptureFilter& filter() const noexcept { return filter_; }
  [[nodiscard]] std::uint32_t snap_length() const noexcept { return snap_length_; }

  /// The worker: a record as it lies in memory, header first.
  void push(std::span<const std::byte> record) noexcept {
    if (ring_.write_available() < record.size()) {
      ++dropped_;
      return;
    }
    ring_.push(record.data(), record.size());
  }

  /// The writer: false when nothing waits.
  [[nodiscard]] bool pop(CaptureRecord& record) {
    if (ring_.read_available() < sizeof record.header) return false;
    ring_.pop(reinterpret_cast<std::byte*>(&record.header), sizeof record.header);
    record.bytes.resize(record.header.kept);
    ring_.pop(record.bytes.data(), record.bytes.size());
    return true;
  }

  /// Nobody pops any more; any thread.
  void close() noexcept { closed_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

  /// Frames that found no room; any thread.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.get(); }

 private:
  CaptureFilter filter_;
  std::uint32_t snap_length_;
  boost::lockfree::spsc_queue<std::byte> ring_;
  base::Counter dropped_;
  std::atomic<bool> closed_{false};
};

}  // namespace millrace::io
