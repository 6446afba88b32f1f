// Lines for people, at start and on faults; never on the data path (there, counters tell).
//
// A line is one level word and one text, without line breaks whatever the arguments hold. It goes to stderr, or to the
// sink that a program or a test puts in its place: at once, or while a LogThread lives (base/log_thread.h; a Runtime
// has one) by that thread. Any thread may log; lines do not mix. Who logs from a loop uses a LogLimit, which is told
// the time like everybody else.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace millrace::base {

enum class LogLevel : std::uint8_t { Error, Warn };

/// "error", "warn".
[[nodiscard]] std::string_view to_string(LogLevel level) noexcept;

/// Gets every line without its level word and end of line; runs under the log's lock and must not log.
using LogSink = std::function<void(LogLevel, std::string_view text)>;
/// An empty sink puts stderr back.
void set_log_sink(LogSink sink) noexcept;

/// Formats and writes. Lack of memory costs the line, not the program.
void vlog(LogLevel level, fmt::string_view format, fmt::format_args args) noexcept;

template <class... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) noexcept {
  vlog(level, format, fmt::make_format_args(args...));
}
template <class... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) noexcept {
  vlog(LogLevel::Error, format, fmt::make_format_args(args...));
}
template <class... Args>
void log_warn(fmt::format_string<Args...> format, Args&&... args) noexcept {
  vlog(LogLevel::Warn, format, fmt::make_format_args(args...));
}

/// One line per interval; the next line tells how many were left out. Belongs to one thread.
class LogLimit {
 public:
  explicit constexpr LogLimit(Duration interval) noexcept : interval_(interval) {}

  template <class... Args>
  void log(Time now, LogLevel level, fmt::format_string<Args...> format, Args&&... args) noexcept {
    if (admit(now)) write(level, format, fmt::make_format_args(args...));
  }
  /// The same for words that cost something: `words` makes a text, and is called only for a line that is written.
  template <class Words>
  void log_text(Time now, LogLevel level, Words&& words) noexcept {
    if (!admit(now)) return;
    try {
      const auto text = words();
      write(level, "{}", fmt::make_format_args(text));
    } catch (const std::exception&) {
      vlog(level, "a log line could not be written", {});
    }
  }

 private:
  [[nodiscard]] bool admit(Time now) noexcept;
  void write(LogLevel level, fmt::string_view format, fmt::format_args args) noexcept;

  Duration interval_;
  std::optional<Time> last_;    ///< when the last line was written
  std::uint64_t left_out_ = 0;  ///< since then
};

}  // namespace millrace::base
