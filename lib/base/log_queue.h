// A bounded queue of log lines that never makes a writer wait: any thread may push, one takes out.
//
// A ring of cells, each with a number that says whose turn it is: a pusher draws a place by one compare-and-swap and
// publishes the cell when it is written, so that no lock can be held by a thread that does not run. Texts are cut at a
// fixed length.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::base {

enum class LogLevel : std::uint8_t;

class LogQueue {
 public:
  static constexpr std::size_t kLines = 256;
  static constexpr std::size_t kText = 500;
  static constexpr std::string_view kCut = "...";  ///< the end of a text that was longer

  struct Line {
    LogLevel level{};
    std::uint16_t length = 0;
    std::array<char, kText> bytes{};
    [[nodiscard]] std::string_view text() const noexcept { return {bytes.data(), length}; }
  };

  LogQueue() noexcept {
    for (std::size_t i = 0; i < kLines; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
  }

  /// False when it is full.
  [[nodiscard]] bool push(LogLevel level, std::string_view text) noexcept {
    std::size_t place = next_.load(std::memory_order_relaxed);
    while (true) {
      Cell& cell = cells_[place % kLines];
      const std::size_t turn = cell.turn.load(std::memory_order_acquire);
      if (turn == place) {
        if (!next_.compare_exchange_weak(place, place + 1, std::memory_order_relaxed)) continue;
        fill(cell.line, level, text);
        cell.turn.store(place + 1, std::memory_order_release);
        return true;
      }
      // Behind its turn: not taken out, or not yet written, since the last round. Either way nobody waits for it here.
      if (static_cast<std::ptrdiff_t>(turn - place) < 0) return false;
      place = next_.load(std::memory_order_relaxed);
    }
  }

  /// Takes the oldest line out; false when there is none. One thread at a time.
  [[nodiscard]] bool pop(Line& line) noexcept {
    Cell& cell = cells_[first_ % kLines];
    if (cell.turn.load(std::memory_order_acquire) != first_ + 1) return false;
    line = cell.line;
    cell.turn.store(first_ + kLines, std::memory_order_release);
    ++first_;
    return true;
  }

 private:
  struct Cell {
    /// The place that may be written here, plus one once it is.
    std::atomic<std::size_t> turn{0};
    Line line;
  };

  static void fill(Line& line, LogLevel level, std::string_view text) noexcept {
    line.level = level;
    line.length = static_cast<std::uint16_t>(std::min(text.size(), kText));
    std::copy_n(text.begin(), line.length, line.bytes.begin());
    if (text.size() > kText) std::copy_backward(kCut.begin(), kCut.end(), line.bytes.end());
  }

  std::array<Cell, kLines> cells_;
  alignas(64) std::atomic<std::size_t> next_{0};
  alignas(64) std::size_t first_ = 0;
};

}  // namespace millrace::base
