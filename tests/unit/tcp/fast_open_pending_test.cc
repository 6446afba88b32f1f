#include "tcp/fast_open_pending.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

constexpr Time kNow = Time{} + PendingFastOpens::kHold * 100;

TEST(PendingFastOpens, APlaceIsFreeWhenItEnds) {
  PendingFastOpens pending;
  EXPECT_FALSE(pending.has_room(0, kNow));
  EXPECT_TRUE(pending.has_room(1, kNow));
  pending.begin();
  EXPECT_FALSE(pending.has_room(1, kNow));
  EXPECT_TRUE(pending.has_room(2, kNow));
  pending.end();
  EXPECT_TRUE(pending.has_room(1, kNow));
}

TEST(PendingFastOpens, ResetItIsHeldForOneToTwoMinutes) {
  PendingFastOpens pending;
  pending.begin();
  pending.begin();
  pending.end_by_reset(kNow);
  pending.end_by_reset(kNow + seconds{59});
  EXPECT_EQ(pending.pending(), 0u);
  EXPECT_FALSE(pending.has_room(2, kNow + seconds{59}));
  EXPECT_TRUE(pending.has_room(3, kNow + seconds{59}));
  EXPECT_FALSE(pending.has_room(2, kNow + seconds{119}));
  EXPECT_TRUE(pending.has_room(1, kNow + seconds{120}));
}

TEST(PendingFastOpens, ResetsOfTwoMinutesInARowAdd) {
  PendingFastOpens pending;
  for (int i = 0; i < 4; ++i) pending.begin();
  pending.end_by_reset(kNow);
  pending.end_by_reset(kNow + seconds{60});
  EXPECT_FALSE(pending.has_room(4, kNow + seconds{60}));
  EXPECT_TRUE(pending.has_room(5, kNow + seconds{60}));
  EXPECT_TRUE(pending.has_room(4, kNow + seconds{120}));
  EXPECT_TRUE(pending.has_room(3, kNow + seconds{180}));
  pending.end_by_reset(kNow + seconds{600});
  EXPECT_FALSE(pending.has_room(2, kNow + seconds{600})) << "one pending, one reset";
  EXPECT_TRUE(pending.has_room(3, kNow + seconds{600}));
}

}  // namespace
}  // namespace millrace::tcp
