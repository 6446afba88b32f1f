// Log lines as a sink and as stderr see them.
#include "base/log.h"

#include <gtest/gtest.h>

#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace::base {
namespace {

struct Line {
  LogLevel level;
  std::string text;
  friend bool operator==(const Line&, const Line&) = default;
};

void PrintTo(const Line& line, std::ostream* out) { *out << to_string(line.level) << ": " << line.text; }

class Log : public ::testing::Test {
 protected:
  Log() {
    set_log_sink([this](LogLevel level, std::string_view text) { lines_.push_back({level, std::string{text}}); });
  }
  ~Log() override { set_log_sink({}); }

  std::vector<Line> lines_;
};

using Lines = std::vector<Line>;

TEST_F(Log, FormatsAtEachLevel) {
  log_error("port {} is {}", 3, "down");
  log_warn("w{}", 1);
  log(LogLevel::Warn, "x={:04x}", 255);
  EXPECT_EQ(lines_, (Lines{{LogLevel::Error, "port 3 is down"}, {LogLevel::Warn, "w1"}, {LogLevel::Warn, "x=00ff"}}));
}

TEST_F(Log, KeepsOneLineOneLine) {
  log_warn("{}", "a\nerror: forged\r\nb");
  EXPECT_EQ(lines_, (Lines{{LogLevel::Warn, "a error: forged  b"}}));
}

TEST_F(Log, WritesToStderrWithoutASink) {
  set_log_sink({});
  ::testing::internal::CaptureStderr();
  log_error("a {}", 1);
  log_warn("b");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: a 1\nwarn: b\n");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(Log, LinesLongerThanAnyBufferAreWhole) {
  const std::string text(10'000, 'x');
  log_warn("{}", text);
  EXPECT_EQ(lines_, (Lines{{LogLevel::Warn, text}}));
}

TEST_F(Log, ReportsASinkThatThrows) {
  set_log_sink([](LogLevel, std::string_view) { throw std::runtime_error{"full"}; });
  ::testing::internal::CaptureStderr();
  log_warn("lost");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: a log line could not be written\n");
}

TEST_F(Log, LimitWritesOncePerIntervalAndTellsWhatItLeftOut) {
  LogLimit limit{seconds{1}};
  const auto at = [](std::int64_t ms) { return time_from_ns(ms * 1'000'000); };
  limit.log_text(at(0), LogLevel::Warn, [] { return "full 0"; });
  limit.log_text(at(1), LogLevel::Warn, [] { return "full 1"; });
  limit.log_text(at(999), LogLevel::Warn, [] { return "full 2"; });
  limit.log_text(at(1000), LogLevel::Warn, [] { return "full 3"; });
  limit.log_text(at(1999), LogLevel::Warn, [] { return "full 4"; });
  limit.log_text(at(5000), LogLevel::Error, [] { return "full 5"; });
  limit.log_text(at(6000), LogLevel::Warn, [] { return "full 6"; });
  EXPECT_EQ(lines_, (Lines{{LogLevel::Warn, "full 0"},
                           {LogLevel::Warn, "full 3 (2 more like this left out)"},
                           {LogLevel::Error, "full 5 (1 more like this left out)"},
                           {LogLevel::Warn, "full 6"}}));
}

TEST_F(Log, LimitReportsWordsThatThrow) {
  LogLimit limit{seconds{1}};
  limit.log_text(Time{}, LogLevel::Warn, []() -> std::string { throw std::runtime_error{"no words"}; });
  EXPECT_EQ(lines_, (Lines{{LogLevel::Warn, "a log line could not be written"}}));
}

}  // namespace
}  // namespace millrace::base
