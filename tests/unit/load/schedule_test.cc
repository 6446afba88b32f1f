// Events at a constant rate: how many are due, and when each was.
#include "schedule.h"

#include <gtest/gtest.h>

namespace millrace::load {
namespace {

TEST(ScheduleTest, TheFirstIsDueAtTheStart) {
  Schedule schedule{1000};
  schedule.start(Time{} + seconds{5});
  EXPECT_EQ(schedule.due(Time{} + seconds{4}), 0u);
  EXPECT_EQ(schedule.due(Time{} + seconds{5}), 1u);
  EXPECT_EQ(schedule.due(Time{} + seconds{5} + microseconds{999}), 1u);
  EXPECT_EQ(schedule.due(Time{} + seconds{6}), 1001u);
  EXPECT_EQ(schedule.at(0), Time{} + seconds{5});
  EXPECT_EQ(schedule.at(1000), Time{} + seconds{6});
}

TEST(ScheduleTest, NoEventIsBeforeItsTime) {
  Schedule schedule{3'000'000};
  schedule.start(Time{});
  for (std::int64_t ns = 0; ns < 10'000'000; ns += 977) {
    const Time now = time_from_ns(ns);
    EXPECT_LE(schedule.at(schedule.due(now) - 1), now);
    EXPECT_GE(schedule.at(schedule.due(now)) + Duration{1}, now);
  }
}

}  // namespace
}  // namespace millrace::load
