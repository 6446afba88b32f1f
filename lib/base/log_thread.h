// A thread that writes log lines, so that who logs never waits for who reads.
//
// While a LogThread lives, a line is put into a bounded queue and written, or given to the sink, by that thread. A line
// that finds the queue full is lost and counted; the count is logged when there is room again. Texts longer than
// LogQueue::kText are cut. The Runtime has one while its workers run; tools and simulations have none. The thread takes
// no signals, so a reader of stderr that has gone costs lines and not the process.
#pragma once

#include <cstddef>
#include <string_view>
#include <thread>

#include "base/log.h"
#include "base/time.h"

namespace millrace::base {

class LogThread {
 public:
  /// One at a time. At its end, `flush` is how long a stderr that takes nothing is waited for; a sink is waited for
  /// without a bound. Throws std::system_error.
  explicit LogThread(Duration flush = seconds{1});
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;
  ~LogThread();

 private:
  void run() noexcept;
  void drain(std::size_t at_most) noexcept;
  bool put(LogLevel level, std::string_view text) noexcept;
  bool write_stderr(LogLevel level, std::string_view text) noexcept;
  [[nodiscard]] bool await_stderr() noexcept;

  Duration patience_;  ///< with stderr, once it ends
  std::thread thread_;
};

}  // namespace millrace::base
