// Formatting and writing of log lines; the level is an atomic, everything else lies under one lock.
#include "base/log.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <exception>
#include <iterator>
#include <mutex>
#include <utility>

namespace millrace::base {
namespace {

constexpr std::array<std::string_view, 4> kWords{"error", "warn", "info", "debug"};

std::atomic<LogLevel> most_detailed_level{LogLevel::Info};
std::mutex sink_mutex;
LogSink current_sink;  // under sink_mutex

using Text = fmt::memory_buffer;

// A line break in an argument must not look like the start of another line.
void flatten(Text& text) noexcept {
  for (char& c : text)
    if (c == '\n' || c == '\r') c = ' ';
}

void write_stderr(LogLevel level, std::string_view text) {
  Text line;
  fmt::format_to(std::back_inserter(line), "{}: {}\n", to_string(level), text);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void deliver(LogLevel level, Text& text) {
  flatten(text);
  const std::lock_guard lock{sink_mutex};
  const std::string_view view{text.data(), text.size()};
  if (current_sink)
    current_sink(level, view);
  else
    write_stderr(level, view);
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept { return kWords[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> log_level_from(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (kWords[i] == word) return static_cast<LogLevel>(i);
  return std::nullopt;
}

void set_log_level(LogLevel most_detailed) noexcept {
  most_detailed_level.store(most_detailed, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) noexcept { return level <= most_detailed_level.load(std::memory_order_relaxed); }

void set_log_sink(LogSink sink) noexcept {
  const std::lock_guard lock{sink_mutex};
  current_sink = std::move(sink);
}

void vlog(LogLevel level, fmt::string_view format, fmt::format_args args) noexcept {
  if (!log_enabled(level)) return;
  try {
    Text text;
    fmt::vformat_to(std::back_inserter(text), format, args);
    deliver(level, text);
  } catch (const std::exception&) {
    std::fputs("error: a log line could not be written\n", stderr);
  }
}

bool LogLimit::admit(Time now, LogLevel level) noexcept {
  if (!log_enabled(level)) return false;
  if (last_ && now - *last_ < interval_) {
    ++left_out_;
    return false;
  }
  last_ = now;
  return true;
}

void LogLimit::write(LogLevel level, fmt::string_view format, fmt::format_args args) noexcept {
  const auto left_out = std::exchange(left_out_, 0);
  if (left_out == 0) return vlog(level, format, args);
  try {
    base::log(level, "{} ({} more like this left out)", fmt::vformat(format, args), left_out);
  } catch (const std::exception&) {
    vlog(level, format, args);
  }
}

}  // namespace millrace::base
