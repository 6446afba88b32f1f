// Log lines by way of a thread of their own: who logs never waits, and what is lost is counted.
#include "base/log_thread.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/log_queue.h"

namespace millrace::base {
namespace {

using Texts = std::vector<std::string>;

TEST(LogQueue, KeepsTheOrderAndRefusesWhenFull) {
  const auto queue = std::make_unique<LogQueue>();
  LogQueue::Line line;
  EXPECT_FALSE(queue->pop(line));
  for (std::size_t round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < LogQueue::kLines; ++i) ASSERT_TRUE(queue->push(LogLevel::Warn, std::to_string(i)));
    EXPECT_FALSE(queue->push(LogLevel::Warn, "one too many"));
    for (std::size_t i = 0; i < LogQueue::kLines; ++i) {
      ASSERT_TRUE(queue->pop(line));
      EXPECT_EQ(line.text(), std::to_string(i));
      EXPECT_EQ(line.level, LogLevel::Warn);
    }
    EXPECT_FALSE(queue->pop(line));
  }
}

TEST(LogQueue, CutsLongTextsAndSaysSo) {
  const auto queue = std::make_unique<LogQueue>();
  LogQueue::Line line;
  const std::string fits(LogQueue::kText, 'x');
  ASSERT_TRUE(queue->push(LogLevel::Error, fits));
  ASSERT_TRUE(queue->push(LogLevel::Error, fits + "y"));
  ASSERT_TRUE(queue->push(LogLevel::Error, ""));
  ASSERT_TRUE(queue->pop(line));
  EXPECT_EQ(line.text(), fits);
  ASSERT_TRUE(queue->pop(line));
  EXPECT_EQ(line.text(), fits.substr(3) + "...");
  ASSERT_TRUE(queue->pop(line));
  EXPECT_EQ(line.text(), "");
}

TEST(LogQueue, LinesOfManyThreadsStayWholeAndInTheirOrder) {
  constexpr std::size_t kThreads = 3, kEach = 2000;
  const auto queue = std::make_unique<LogQueue>();
  std::vector<std::thread> threads;
  std::array<std::atomic<std::size_t>, kThreads> refused{};
  std::atomic<std::size_t> running{kThreads};
  for (std::size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kEach; ++i)
        if (!queue->push(LogLevel::Warn, std::string(1 + i % 300, static_cast<char>('a' + t)) + std::to_string(i)))
          ++refused[t];
      --running;
    });
  std::array<std::size_t, kThreads> taken{}, next{};
  LogQueue::Line line;
  const auto take = [&] {
    if (!queue->pop(line)) return false;
    const std::string_view text = line.text();
    const std::size_t t = static_cast<std::size_t>(text[0] - 'a');
    const std::size_t letters = text.find_first_of("0123456789");
    const std::size_t i = std::stoul(std::string{text.substr(letters)});
    EXPECT_EQ(letters, 1 + i % 300);
    EXPECT_EQ(text.substr(0, letters), std::string(letters, text[0]));
    EXPECT_GE(i, next[t]);
    next[t] = i + 1;
    ++taken[t];
    return true;
  };
  while (running > 0) (void)take();
  for (std::thread& thread : threads) thread.join();
  while (take()) continue;
  for (std::size_t t = 0; t < kThreads; ++t) EXPECT_EQ(taken[t] + refused[t], kEach);
}

/// A sink that holds whoever calls it until it is released, save the thread of the test: that one must not get here.
class HeldSink {
 public:
  HeldSink() {
    set_log_sink([this, test = std::this_thread::get_id()](LogLevel, std::string_view text) {
      texts_.emplace_back(text);
      if (std::this_thread::get_id() == test) {
        ++called_by_the_test;
        return;
      }
      if (texts_.size() == 1) entered.count_down();
      released.wait();
    });
  }
  ~HeldSink() { set_log_sink({}); }
  const Texts& texts() const { return texts_; }

  std::latch entered{1};
  std::latch released{1};
  int called_by_the_test = 0;

 private:
  Texts texts_;
};

TEST(LogThread, WhoLogsNeverWaitsForTheSinkAndLostLinesAreCounted) {
  HeldSink sink;
  Texts expected;
  {
    const LogThread thread;
    log_warn("first");
    if (sink.called_by_the_test == 0) sink.entered.wait();
    for (std::size_t i = 0; i < LogQueue::kLines + 7; ++i) log_warn("line {}", i);
    sink.released.count_down();
  }
  expected.emplace_back("first");
  for (std::size_t i = 0; i < LogQueue::kLines; ++i) expected.push_back(fmt::format("line {}", i));
  expected.emplace_back("7 log lines were lost: nobody took them in time");
  EXPECT_EQ(sink.called_by_the_test, 0);
  EXPECT_EQ(sink.texts(), expected);
}

TEST(LogThread, AfterItsEndLinesAreWrittenAtOnceAgain) {
  Texts texts;
  set_log_sink([&](LogLevel, std::string_view text) { texts.emplace_back(text); });
  {
    const LogThread thread;
    log_warn("by the thread");
  }
  log_warn("directly");
  EXPECT_EQ(texts, (Texts{"by the thread", "directly"}));
  {
    const LogThread again;
    log_warn("a\nb");
  }
  EXPECT_EQ(texts.back(), "a b");
  set_log_sink({});
}

TEST(LogThread, ASinkThatThrowsIsReported) {
  set_log_sink([](LogLevel, std::string_view) { throw std::runtime_error{"full"}; });
  ::testing::internal::CaptureStderr();
  {
    const LogThread thread;
    log_warn("lost");
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: a log line could not be written\n");
  set_log_sink({});
}

/// stderr is a pipe for as long as this lives.
class StderrPipe {
 public:
  StderrPipe() : saved_(::dup(STDERR_FILENO)) {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error{"no pipe"};
    ::dup2(ends_[1], STDERR_FILENO);
  }
  ~StderrPipe() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::close(ends_[1]);
    close_reader();
  }
  void fill() {
    const int flags = ::fcntl(ends_[1], F_GETFL);
    ::fcntl(ends_[1], F_SETFL, flags | O_NONBLOCK);
    const std::array<char, 4096> bytes{};
    while (::write(ends_[1], bytes.data(), bytes.size()) > 0) continue;
    ::fcntl(ends_[1], F_SETFL, flags);
  }
  void close_reader() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }
  std::string read() {
    std::array<char, 4096> bytes;
    const ssize_t n = ::read(ends_[0], bytes.data(), bytes.size());
    return {bytes.data(), n < 0 ? 0 : static_cast<std::size_t>(n)};
  }

 private:
  int saved_;
  std::array<int, 2> ends_{-1, -1};
};

TEST(LogThread, WritesLinesToStderr) {
  StderrPipe stderr_pipe;
  {
    const LogThread thread;
    log_error("a {}", 1);
    log_warn("b");
  }
  EXPECT_EQ(stderr_pipe.read(), "error: a 1\nwarn: b\n");
}

TEST(LogThread, EndsThoughNobodyReadsStderr) {
  StderrPipe stderr_pipe;
  stderr_pipe.fill();
  const LogThread thread{Duration{0}};
  for (int i = 0; i < 1000; ++i) log_warn("nobody reads this");
}

TEST(LogThread, AReaderThatHasGoneCostsLinesOnly) {
  StderrPipe stderr_pipe;
  stderr_pipe.close_reader();
  const LogThread thread;
  log_warn("nobody reads this");
}

}  // namespace
}  // namespace millrace::base
