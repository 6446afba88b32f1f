// The queue and its counters are the process's and never go away: a thread that logs just when a LogThread ends must
// find them. stderr is asked before each write whether it takes something, because a write that blocks can't be ended.
#include "base/log_thread.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <exception>
#include <limits>

#include "base/check.h"
#include "base/log_queue.h"
#include "base/log_sink.h"

namespace millrace::base {
namespace {

constexpr Duration kLook = milliseconds{50};  ///< between two looks at whether it shall end

struct Shared {
  LogQueue queue;
  std::atomic<std::uint64_t> lost{0};
  std::atomic<std::uint32_t> rung{0};  ///< counts what may wake the thread
  std::atomic<bool> open{false};       ///< there is a thread
  std::atomic<bool> ending{false};

  void ring() noexcept {
    rung.fetch_add(1, std::memory_order_release);
    rung.notify_one();
  }
};

Shared& shared() noexcept {
  static Shared all;
  return all;
}

}  // namespace

bool give_to_thread(LogLevel level, std::string_view text) noexcept {
  Shared& all = shared();
  if (!all.open.load(std::memory_order_acquire)) return false;
  if (!all.queue.push(level, text)) all.lost.fetch_add(1, std::memory_order_relaxed);
  all.ring();
  return true;
}

LogThread::LogThread(Duration flush) : patience_(flush) {
  Shared& all = shared();
  MILLRACE_CHECK(!all.open.load(std::memory_order_relaxed));
  all.ending.store(false, std::memory_order_relaxed);
  thread_ = std::thread{[this] { run(); }};
  all.open.store(true, std::memory_order_release);
}

LogThread::~LogThread() {
  Shared& all = shared();
  all.ending.store(true, std::memory_order_release);
  all.ring();
  thread_.join();
  all.open.store(false, std::memory_order_release);
}

void LogThread::run() noexcept {
  sigset_t signals;
  sigfillset(&signals);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Shared& all = shared();
  while (true) {
    const std::uint32_t seen = all.rung.load(std::memory_order_acquire);
    const bool last = all.ending.load(std::memory_order_acquire);
    drain(last ? LogQueue::kLines : std::numeric_limits<std::size_t>::max());
    if (last) return;
    all.rung.wait(seen, std::memory_order_acquire);
  }
}

/// Until the queue is empty, or so many lines.
void LogThread::drain(std::size_t at_most) noexcept {
  Shared& all = shared();
  LogQueue::Line line;
  for (; at_most > 0 && all.queue.pop(line); --at_most)
    if (!put(line.level, line.text())) all.lost.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t lost = all.lost.exchange(0, std::memory_order_relaxed);
  if (lost == 0) return;
  std::array<char, 100> room;
  const auto end = fmt::format_to_n(room.data(), room.size(), "{} log lines were lost: nobody took them in time", lost);
  if (!put(LogLevel::Warn, {room.data(), std::min(end.size, room.size())}))
    all.lost.fetch_add(lost, std::memory_order_relaxed);
}

bool LogThread::put(LogLevel level, std::string_view text) noexcept {
  try {
    return give_to_sink(level, text) || write_stderr(level, text);
  } catch (const std::exception&) {
    return write_stderr(LogLevel::Error, kNotWritten);
  }
}

/// One write per line, so that lines of several processes do not mix in a pipe.
bool LogThread::write_stderr(LogLevel level, std::string_view text) noexcept {
  std::array<char, LogQueue::kText + 20> room;
  const auto end = fmt::format_to_n(room.data(), room.size(), "{}: {}\n", to_string(level), text);
  std::string_view rest{room.data(), std::min(end.size, room.size())};
  while (!rest.empty()) {
    if (!await_stderr()) return false;
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// True when a write would not block, or would fail.
bool LogThread::await_stderr() noexcept {
  const Shared& all = shared();
  while (true) {
    const bool ending = all.ending.load(std::memory_order_acquire);
    const Duration look = ending ? std::min(kLook, patience_) : kLook;
    pollfd stream{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (::poll(&stream, 1, static_cast<int>(to_ms(look))) != 0) return true;
    if (!ending) continue;
    patience_ -= look;
    if (patience_ <= Duration{0}) return false;
  }
}

}  // namespace millrace::base
