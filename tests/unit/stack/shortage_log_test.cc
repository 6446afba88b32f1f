// Lines about shortages: one per interval and kind, with what is new since the last one.
#include "stack/shortage_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/log.h"

namespace millrace::stack {
namespace {

class ShortageLogTest : public testing::Test {
 protected:
  ShortageLogTest() {
    base::set_log_sink([this](base::LogLevel, std::string_view text) { lines_.emplace_back(text); });
  }
  ~ShortageLogTest() override { base::set_log_sink({}); }
  std::vector<std::string> look(Duration at) {
    log_.look(time_from_ns(0) + at, count_);
    return std::exchange(lines_, {});
  }
  tcp::TcpCounters count_;
  ShortageLog log_;

 private:
  std::vector<std::string> lines_;
};

TEST_F(ShortageLogTest, S37_EvictionIsToldOncePerInterval) {
  EXPECT_TRUE(look(seconds{1}).empty());
  count_.time_waits_evicted.set(3);
  ASSERT_EQ(look(seconds{2}),
            (std::vector<std::string>{"3 TIME-WAIT entries were ended before 2 MSL because the table is "
                                      "full; raise [limits] time_waits"}));
  count_.time_waits_evicted.set(500);
  EXPECT_TRUE(look(seconds{2}).empty());
  EXPECT_TRUE(look(seconds{12} - nanoseconds{1}).empty());
  count_.time_waits_evicted.set(1000);
  const auto next = look(seconds{12});
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].rfind("997 TIME-WAIT entries", 0), 0u) << next[0];
  EXPECT_TRUE(look(seconds{100}).empty()) << "nothing new";
}

TEST_F(ShortageLogTest, KindsHaveIntervalsOfTheirOwn) {
  count_.time_waits_evicted.set(1);
  EXPECT_EQ(look(seconds{1}).size(), 1u);
  count_.no_ports_left.set(2);
  ASSERT_EQ(look(seconds{2}),
            (std::vector<std::string>{"2 connects found no source port left towards their destination; widen [tcp] "
                                      "port_range or give more source addresses"}));
  count_.no_ports_left.set(3);
  count_.time_waits_evicted.set(2);
  EXPECT_EQ(look(seconds{11}).size(), 1u);
  EXPECT_EQ(look(seconds{12}).size(), 1u);
}

}  // namespace
}  // namespace millrace::stack
