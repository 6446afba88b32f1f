// For who logs from a loop: one line per interval, and the next line tells how many were left out. It is told the time
// like everybody else.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string_view>

#include "base/export.h"
#include "base/time.h"

namespace millrace::base {

/// How bad it is that a line tells.
enum class LogLevel : std::uint8_t { Error, Warn };

/// Belongs to one thread.
class MILLRACE_API LogLimit {
 public:
  /// Lines are at least `interval` apart.
  explicit constexpr LogLimit(Duration interval) noexcept : interval_(interval) {}

  /// Writes a line, or counts it as left out. `words` makes the text, and is called only for a line that is written.
  template <class Words>
  void log_text(Time now, LogLevel level, Words&& words) noexcept {
    if (!admit(now)) return;
    try {
      write(level, words());
    } catch (const std::exception&) {
      write(level, "a log line could not be written");
    }
  }

 private:
  [[nodiscard]] bool admit(Time now) noexcept;
  void write(LogLevel level, std::string_view text) noexcept;

  Duration interval_;
  std::optional<Time> last_;    ///< when the last line was written
  std::uint64_t left_out_ = 0;  ///< since then
};

}  // namespace millrace::base
