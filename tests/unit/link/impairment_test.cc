// The schedule of the impairing link: given frames and times, when they leave, and what becomes of the others.
#include "impairment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace millrace::link {
namespace {

constexpr std::size_t kFrame = 1250;  // 100 us at 100 Mbit/s
constexpr std::uint64_t kRate = 100'000'000;

Time at(Duration since_start) { return time_from_ns(0) + since_start; }

std::vector<Fate> burst_of(Impairment& link, int frames, Time now) {
  std::vector<Fate> fates;
  for (int i = 0; i < frames; ++i) fates.push_back(link.fate(kFrame, now));
  return fates;
}

/// One frame each millisecond: the wire is always free.
std::vector<Fate> spaced(Impairment& link, int frames) {
  std::vector<Fate> fates;
  for (int i = 0; i < frames; ++i) fates.push_back(link.fate(kFrame, at(milliseconds{i})));
  return fates;
}

int lost(const std::vector<Fate>& fates) {
  return static_cast<int>(std::ranges::count(fates, Fate::Kind::Lost, &Fate::kind));
}

TEST(Impairment, AFrameTakesItsTimeOnTheWireAndThenThePathsDelay) {
  Impairment link{{.bits_per_second = kRate, .delay = milliseconds{5}}};
  const Fate fate = link.fate(kFrame, at(milliseconds{1}));
  EXPECT_EQ(fate.kind, Fate::Kind::Carried);
  EXPECT_EQ(fate.leaves, at(milliseconds{1} + microseconds{100} + milliseconds{5}));
}

TEST(Impairment, WithoutARateOnlyTheDelayIsThere) {
  Impairment link{{.delay = milliseconds{5}}};
  for (const Fate& fate : burst_of(link, 3, at(milliseconds{1}))) EXPECT_EQ(fate.leaves, at(milliseconds{6}));
}

TEST(Impairment, FramesOfABurstFollowOneAnotherOnTheWire) {
  Impairment link{{.bits_per_second = kRate}};
  const auto fates = burst_of(link, 3, at(milliseconds{1}));
  EXPECT_EQ(fates[0].leaves, at(microseconds{1100}));
  EXPECT_EQ(fates[1].leaves, at(microseconds{1200}));
  EXPECT_EQ(fates[2].leaves, at(microseconds{1300}));
}

TEST(Impairment, TheQueueRefusesWhatItHasNoRoomForAndTakesMoreWhenOneHasLeft) {
  Impairment link{{.bits_per_second = kRate, .queue_bytes = 3 * kFrame}};
  const auto fates = burst_of(link, 4, at(milliseconds{1}));
  EXPECT_EQ(fates[2].kind, Fate::Kind::Carried);
  EXPECT_EQ(fates[3].kind, Fate::Kind::QueueFull);
  EXPECT_EQ(link.queued_bytes(at(milliseconds{1})), 3 * kFrame);
  EXPECT_EQ(link.fate(kFrame, at(microseconds{1099})).kind, Fate::Kind::QueueFull);
  const Fate later = link.fate(kFrame, at(microseconds{1100}));
  EXPECT_EQ(later.kind, Fate::Kind::Carried);
  EXPECT_EQ(later.leaves, at(microseconds{1400}));
}

TEST(Impairment, AFrameThatFindsTheThresholdInTheQueueIsMarked) {
  Impairment link{{.bits_per_second = kRate, .mark_bytes = 2 * kFrame}};
  const auto fates = burst_of(link, 4, at(milliseconds{1}));
  EXPECT_FALSE(fates[0].mark);
  EXPECT_FALSE(fates[1].mark);
  EXPECT_TRUE(fates[2].mark);
  EXPECT_TRUE(fates[3].mark);
  EXPECT_FALSE(link.fate(kFrame, at(milliseconds{2})).mark);
}

TEST(Impairment, ALostFrameHasUsedItsTimeOnTheWire) {
  Impairment link{{.bits_per_second = kRate, .loss = 1}};
  EXPECT_EQ(link.fate(kFrame, at(milliseconds{1})).kind, Fate::Kind::Lost);
  EXPECT_EQ(link.queued_bytes(at(milliseconds{1})), kFrame);
}

TEST(Impairment, RandomLossHasItsShareAndNoMemory) {
  Impairment link{{.loss = 0.02, .seed = 7}};
  const auto fates = spaced(link, 100'000);
  EXPECT_NEAR(lost(fates), 2000, 150);
  int pairs = 0;
  for (std::size_t i = 1; i < fates.size(); ++i)
    pairs += fates[i - 1].kind == Fate::Kind::Lost && fates[i].kind == Fate::Kind::Lost;
  EXPECT_NEAR(pairs, 40, 25);
}

TEST(Impairment, BurstLossHasItsShareAndItsMeanLength) {
  Impairment link{{.loss = 0.02, .burst = 4, .seed = 7}};
  const auto fates = spaced(link, 200'000);
  int bursts = 0;
  for (std::size_t i = 1; i < fates.size(); ++i)
    bursts += fates[i - 1].kind != Fate::Kind::Lost && fates[i].kind == Fate::Kind::Lost;
  EXPECT_NEAR(lost(fates), 4000, 400);
  EXPECT_NEAR(static_cast<double>(lost(fates)) / bursts, 4, 0.4);
}

TEST(Impairment, JitterIsWithinItsBoundAndKeepsTheOrder) {
  Impairment link{{.delay = milliseconds{5}, .jitter = milliseconds{3}}};
  const auto fates = spaced(link, 1000);
  Duration least = hours{1}, most{0};
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const Duration path = fates[i].leaves - at(milliseconds{static_cast<std::int64_t>(i)});
    least = std::min(least, path);
    most = std::max(most, path);
    if (i > 0) {
      EXPECT_GE(fates[i].leaves, fates[i - 1].leaves);
    }
  }
  EXPECT_GE(least, milliseconds{5});
  EXPECT_LE(most, milliseconds{8});
  EXPECT_GT(most - least, milliseconds{2});
}

TEST(Impairment, AFrameThatIsHeldBackIsOvertakenAndTheOthersAreNotLate) {
  Impairment link{{.delay = milliseconds{5}, .reorder = 0.1, .reorder_by = milliseconds{3}, .seed = 3}};
  const auto fates = spaced(link, 10'000);
  int held_back = 0;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    held_back += fates[i].held_back;
    EXPECT_EQ(fates[i].leaves, at(milliseconds{static_cast<std::int64_t>(i) + (fates[i].held_back ? 8 : 5)}));
  }
  EXPECT_NEAR(held_back, 1000, 100);
}

TEST(Impairment, DuplicatesHaveTheirShare) {
  Impairment link{{.duplicate = 0.05, .seed = 11}};
  EXPECT_NEAR(static_cast<double>(std::ranges::count(spaced(link, 20'000), true, &Fate::twice)), 1000, 120);
}

TEST(Impairment, TheSameSeedIsTheSameRunAndAnotherSeedIsNot) {
  const auto kinds = [](std::uint64_t seed) {
    Impairment link{{.loss = 0.3, .seed = seed}};
    std::vector<Fate::Kind> kinds;
    for (const Fate& fate : spaced(link, 200)) kinds.push_back(fate.kind);
    return kinds;
  };
  EXPECT_EQ(kinds(5), kinds(5));
  EXPECT_NE(kinds(5), kinds(6));
}

}  // namespace
}  // namespace millrace::link
