// Cycles end up with the stage in which they were spent, and those of idle turns apart.
#include "base/stage_meter.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace millrace::base {
namespace {

struct HandClock {
  static inline std::uint64_t now = 0;
  static std::uint64_t cycles() noexcept { return now; }
};

class StageMeterTest : public testing::Test {
 protected:
  void spend(Stage stage, std::uint64_t cycles) {
    meter_.enter(stage);
    HandClock::now += cycles;
  }
  [[nodiscard]] std::uint64_t busy(Stage stage) const {
    return meter_.count().busy[static_cast<std::size_t>(stage)].get();
  }

  CountingStageMeter<HandClock> meter_;
};

TEST_F(StageMeterTest, BooksATurnWhenTheNextBegins) {
  HandClock::now = 1'000'000;  // what was before the first turn is nobody's
  meter_.begin_turn(false);
  HandClock::now += 10;
  spend(Stage::Lookup, 20);
  spend(Stage::Segments, 300);
  spend(Stage::Lookup, 5);
  spend(Stage::Between, 7);
  EXPECT_EQ(busy(Stage::Segments), 0u);
  meter_.begin_turn(true);
  EXPECT_EQ(busy(Stage::Receive), 10u);
  EXPECT_EQ(busy(Stage::Lookup), 25u);
  EXPECT_EQ(busy(Stage::Segments), 300u);
  EXPECT_EQ(busy(Stage::Between), 7u);
  EXPECT_EQ(busy(Stage::Timers), 0u);
  EXPECT_EQ(meter_.count().idle.get(), 0u);
}

TEST_F(StageMeterTest, IdleTurnsAreApart) {
  meter_.begin_turn(false);
  HandClock::now += 11;
  spend(Stage::Timers, 22);
  meter_.begin_turn(false);
  HandClock::now += 4;
  meter_.begin_turn(true);
  EXPECT_EQ(meter_.count().idle.get(), 33u);
  EXPECT_EQ(busy(Stage::Receive), 4u);
  EXPECT_EQ(busy(Stage::Timers), 0u);
}

TEST(StageMeter, IsNothingUnlessAskedFor) { EXPECT_TRUE(kProfile || std::is_empty_v<StageMeter>); }

}  // namespace
}  // namespace millrace::base
