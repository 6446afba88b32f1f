// Lines for people, at start and on faults; never on the data path (there, counters tell).
//
// A line is one level word and one text, without line breaks whatever the arguments hold. It goes to stderr, or to the
// sink that a program or a test puts in its place: at once, or while a LogThread lives (base/log_thread.h; a Runtime
// has one) by that thread. Any thread may log; lines do not mix. Who logs from a loop uses a LogLimit.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string_view>

#include "base/log_limit.h"

namespace millrace::base {

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

}  // namespace millrace::base
