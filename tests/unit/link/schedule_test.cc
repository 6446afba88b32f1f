#include "schedule.h"

#include <gtest/gtest.h>

namespace millrace::link {
namespace {

Time at(std::int64_t ns) { return time_from_ns(ns); }

TEST(Schedule, FramesLeaveByTimeAndThoseOfOneTimeAsTheyCame) {
  Schedule<int> schedule;
  schedule.add(1, at(30));
  schedule.add(2, at(10));
  schedule.add(3, at(10));
  EXPECT_EQ(schedule.next(), at(10));
  EXPECT_EQ(schedule.take_due(at(30))->frame, 2);
  EXPECT_EQ(schedule.take_due(at(30))->frame, 3);
  const auto last = schedule.take_due(at(30));
  EXPECT_EQ(last->frame, 1);
  EXPECT_EQ(last->at, at(30));
  EXPECT_FALSE(schedule.take_due(at(30)));
}

TEST(Schedule, NothingLeavesBeforeItsTime) {
  Schedule<int> schedule;
  schedule.add(1, at(30));
  EXPECT_FALSE(schedule.take_due(at(29)));
  EXPECT_EQ(schedule.size(), 1u);
  EXPECT_TRUE(schedule.take_due(at(30)));
  EXPECT_EQ(schedule.size(), 0u);
  EXPECT_FALSE(schedule.next());
}

}  // namespace
}  // namespace millrace::link
