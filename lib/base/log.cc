// Formatting of log lines, and their way: to the LogThread if there is one, else to the sink or stderr under one lock.
#include "base/log.h"

#include <array>
#include <cstdio>
#include <exception>
#include <iterator>
#include <mutex>
#include <utility>

#include "base/log_sink.h"

namespace millrace::base {
namespace {

constexpr std::array<std::string_view, 2> kWords{"error", "warn"};

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
  const std::string_view view{text.data(), text.size()};
  if (!give_to_thread(level, view) && !give_to_sink(level, view)) write_stderr(level, view);
}

void report_failure() noexcept {
  if (!give_to_thread(LogLevel::Error, kNotWritten)) std::fprintf(stderr, "error: %s\n", kNotWritten);
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept { return kWords[static_cast<std::size_t>(level)]; }

void set_log_sink(LogSink sink) noexcept {
  const std::lock_guard lock{sink_mutex};
  current_sink = std::move(sink);
}

bool give_to_sink(LogLevel level, std::string_view text) {
  const std::lock_guard lock{sink_mutex};
  if (!current_sink) return false;
  current_sink(level, text);
  return true;
}

void vlog(LogLevel level, fmt::string_view format, fmt::format_args args) noexcept {
  try {
    Text text;
    fmt::vformat_to(std::back_inserter(text), format, args);
    deliver(level, text);
  } catch (const std::exception&) {
    report_failure();
  }
}

}  // namespace millrace::base
