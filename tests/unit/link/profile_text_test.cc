#include "profile_text.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::link {
namespace {

TEST(ProfileText, EveryWordHasItsPlace) {
  const Profile profile = parse_profile(
      "rate=100M delay=5ms jitter=250us loss=1.5% burst=3 reorder=0.25 reorder-by=3ms duplicate=2% mark=30k "
      "queue=125k seed=17");
  EXPECT_EQ(profile.bits_per_second, 100'000'000u);
  EXPECT_EQ(profile.delay, milliseconds{5});
  EXPECT_EQ(profile.jitter, microseconds{250});
  EXPECT_DOUBLE_EQ(profile.loss, 0.015);
  EXPECT_DOUBLE_EQ(profile.burst, 3);
  EXPECT_DOUBLE_EQ(profile.reorder, 0.25);
  EXPECT_EQ(profile.reorder_by, milliseconds{3});
  EXPECT_DOUBLE_EQ(profile.duplicate, 0.02);
  EXPECT_EQ(profile.mark_bytes, 30'000u);
  EXPECT_EQ(profile.queue_bytes, 125'000u);
  EXPECT_EQ(profile.seed, 17u);
}

TEST(ProfileText, WordsThatAreNotThereKeepTheirDefaults) {
  EXPECT_EQ(parse_profile(""), Profile{});
  EXPECT_EQ(parse_profile("  delay=1s, ").delay, seconds{1});
}

TEST(ProfileText, ParsesFractionsAndUnits) {
  EXPECT_EQ(parse_profile("rate=1.5G").bits_per_second, 1'500'000'000u);
  EXPECT_EQ(parse_profile("delay=2.5ms").delay, microseconds{2500});
  EXPECT_EQ(parse_profile("rate=9600").bits_per_second, 9600u);
}

class Refused : public testing::TestWithParam<const char*> {};

TEST_P(Refused, IsSaidToBeWrong) { EXPECT_THROW((void)parse_profile(GetParam()), std::invalid_argument); }

INSTANTIATE_TEST_SUITE_P(Words, Refused,
                         testing::Values("rate", "rate=", "rate=fast", "rate=-1", "rate=1X", "rate=1e3", "rate=1e18M",
                                         "delay=5", "delay=-5ms", "loss=101%", "loss=2", "loss=nan", "burst=0.5",
                                         "loss=1 burst=2", "queue=10k", "mark=10k", "colour=red", "rate=99999999999G"));

}  // namespace
}  // namespace millrace::link
