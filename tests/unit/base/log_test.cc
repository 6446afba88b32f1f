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
    set_log_level(LogLevel::Debug);
    set_log_sink([this](LogLevel level, std::string_view text) { lines_.push_back({level, std::string{text}}); });
  }
  ~Log() override {
    set_log_sink({});
    set_log_level(LogLevel::Info);
  }

  std::vector<Line> lines_;
};

using Lines = std::vector<Line>;

TEST_F(Log, FormatsAtEachLevel) {
  log_error("port {} is {}", 3, "down");
  log_warn("w{}", 1);
  log_info("i{}", 2);
  log_debug("d{}", 3);
  log(LogLevel::Warn, "x={:04x}", 255);
  EXPECT_EQ(lines_, (Lines{{LogLevel::Error, "port 3 is down"},
                           {LogLevel::Warn, "w1"},
                           {LogLevel::Info, "i2"},
                           {LogLevel::Debug, "d3"},
                           {LogLevel::Warn, "x=00ff"}}));
}

TEST_F(Log, DropsWhatIsMoreDetailedThanTheLevel) {
  set_log_level(LogLevel::Warn);
  EXPECT_TRUE(log_enabled(LogLevel::Error));
  EXPECT_TRUE(log_enabled(LogLevel::Warn));
  EXPECT_FALSE(log_enabled(LogLevel::Info));
  log_info("no");
  log_debug("no");
  log_warn("yes");
  EXPECT_EQ(lines_, (Lines{{LogLevel::Warn, "yes"}}));
}

TEST_F(Log, KeepsOneLineOneLine) {
  log_info("{}", "a\nerror: forged\r\nb");
  EXPECT_EQ(lines_, (Lines{{LogLevel::Info, "a error: forged  b"}}));
}

TEST_F(Log, WritesToStderrWithoutASink) {
  set_log_sink({});
  ::testing::internal::CaptureStderr();
  log_error("a {}", 1);
  log_warn("b");
  log_info("c");
  log_debug("d");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: a 1\nwarn: b\ninfo: c\ndebug: d\n");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(Log, LinesLongerThanAnyBufferAreWhole) {
  const std::string text(10'000, 'x');
  log_info("{}", text);
  EXPECT_EQ(lines_, (Lines{{LogLevel::Info, text}}));
}

TEST_F(Log, ReportsASinkThatThrows) {
  set_log_sink([](LogLevel, std::string_view) { throw std::runtime_error{"full"}; });
  ::testing::internal::CaptureStderr();
  log_info("lost");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "error: a log line could not be written\n");
}

TEST_F(Log, InfoIsTheLevelAtStart) {
  // The fixture's destructor restores it, so a fresh process and a finished test agree.
  set_log_level(LogLevel::Info);
  EXPECT_TRUE(log_enabled(LogLevel::Info));
  EXPECT_FALSE(log_enabled(LogLevel::Debug));
}

TEST(LogLevels, HaveWords) {
  EXPECT_TRUE(log_enabled(LogLevel::Info));
  EXPECT_FALSE(log_enabled(LogLevel::Debug));
  for (const auto level : {LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug})
    EXPECT_EQ(log_level_from(to_string(level)), level);
  EXPECT_EQ(to_string(LogLevel::Warn), "warn");
  EXPECT_EQ(log_level_from("loud"), std::nullopt);
  EXPECT_EQ(log_level_from(""), std::nullopt);
}

TEST_F(Log, LimitWritesOncePerIntervalAndTellsWhatItLeftOut) {
  LogLimit limit{seconds{1}};
  const auto at = [](std::int64_t ms) { return time_from_ns(ms * 1'000'000); };
  limit.log(at(0), LogLevel::Warn, "full {}", 0);
  limit.log(at(1), LogLevel::Warn, "full {}", 1);
  limit.log(at(999), LogLevel::Warn, "full {}", 2);
  limit.log(at(1000), LogLevel::Warn, "full {}", 3);
  limit.log(at(1999), LogLevel::Warn, "full {}", 4);
  limit.log(at(5000), LogLevel::Error, "full {}", 5);
  limit.log(at(6000), LogLevel::Warn, "full {}", 6);
  EXPECT_EQ(lines_, (Lines{{LogLevel::Warn, "full 0"},
                           {LogLevel::Warn, "full 3 (2 more like this left out)"},
                           {LogLevel::Error, "full 5 (1 more like this left out)"},
                           {LogLevel::Warn, "full 6"}}));
}

TEST_F(Log, LimitDoesNotCountWhatTheLevelForbids) {
  LogLimit limit{seconds{1}};
  set_log_level(LogLevel::Error);
  limit.log(time_from_ns(0), LogLevel::Warn, "no");
  limit.log(time_from_ns(1), LogLevel::Warn, "no");
  set_log_level(LogLevel::Warn);
  limit.log(time_from_ns(2), LogLevel::Warn, "yes");
  EXPECT_EQ(lines_, (Lines{{LogLevel::Warn, "yes"}}));
}

}  // namespace
}  // namespace millrace::base
