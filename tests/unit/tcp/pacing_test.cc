// The rule of pacing: quantum, spacing, what is made good and what is not.
#include "tcp/pacing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kSmss = 1460;

struct Departure {
  Time at;
  std::uint32_t bytes;
};

/// A sender that always has data, asked at given instants.
class Sender {
 public:
  explicit Sender(cc::Rate rate) : rate_(rate) {}

  /// Sends what may be sent at `now`; returns how many bytes.
  std::uint32_t turn(Time now, std::uint32_t available = ~0u) {
    std::uint32_t sent = 0;
    while (true) {
      const std::uint32_t length = std::min(kSmss, available - sent);
      if (length == 0) {
        pacing_.held = false;
        return sent;
      }
      if (!may_depart(pacing_, rate_, length, now)) {
        pacing_.held = true;
        return sent;
      }
      note_departure(pacing_, rate_, kSmss, length, now);
      sent += length;
    }
  }
  Time next() const { return pacing_.next; }
  const PacingState& pacing() const { return pacing_; }

 private:
  cc::Rate rate_;
  PacingState pacing_;
};

TEST(SendQuantum, IsAMillisecondBetweenTwoSegmentsAnd64KiB) {
  EXPECT_EQ(send_quantum(1, kSmss), 2 * kSmss);
  EXPECT_EQ(send_quantum(2'920'000, kSmss), 2920u);
  EXPECT_EQ(send_quantum(2'921'000, kSmss), 2921u);
  EXPECT_EQ(send_quantum(12'500'000, kSmss), 12'500u);  // 100 Mbit/s
  EXPECT_EQ(send_quantum(65'536'000, kSmss), 65'536u);
  EXPECT_EQ(send_quantum(65'537'000, kSmss), 65'536u);
  EXPECT_EQ(send_quantum(~cc::Rate{0}, kSmss), 65'536u);
  EXPECT_EQ(send_quantum(65'536'000, 60'000), 120'000u);
}

TEST(Pacing, ARateOfZeroHoldsNothingBack) {
  PacingState pacing;
  pacing.next = time_from_ns(1'000'000);
  EXPECT_TRUE(may_depart(pacing, 0, kSmss, time_from_ns(0)));
  EXPECT_EQ(note_departure(pacing, 0, kSmss, kSmss, time_from_ns(5)), time_from_ns(1'000'000));
}

// Asked exactly when it is due, it sends a quantum each time, and the instants are as far apart as the rate says.
TEST(Pacing, DeparturesAreSpacedAsTheRateSays) {
  for (const cc::Rate rate : {cc::Rate{1000}, cc::Rate{1'250'000}, cc::Rate{12'500'000}, cc::Rate{1'250'000'000}}) {
    Sender sender{rate};
    Time now = time_from_ns(5'000'000);
    for (int i = 0; i < 100; ++i) {
      const std::uint32_t sent = sender.turn(now);
      ASSERT_LE(sent, send_quantum(rate, kSmss));
      ASSERT_GT(sent + kSmss, send_quantum(rate, kSmss));
      const auto gap = to_ns(sender.next() - now);
      const auto exact = static_cast<std::int64_t>(sent * std::uint64_t{1'000'000'000} / rate);
      ASSERT_NEAR(static_cast<double>(gap), static_cast<double>(exact), 1 + sent / kSmss);
      ASSERT_EQ(sender.turn(sender.next() - nanoseconds{1}), 0u);
      now = sender.next();
    }
  }
}

// What the application gives in small pieces shares a departure, which takes no more than its quantum.
TEST(Pacing, PiecesShareADeparture) {
  PacingState pacing;
  const cc::Rate rate = 2'920'000;  // a quantum of two segments, 1 ms
  const Time start = time_from_ns(7'000'000);
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(may_depart(pacing, rate, 730, start + microseconds{i}));
    note_departure(pacing, rate, kSmss, 730, start + microseconds{i});
  }
  EXPECT_FALSE(may_depart(pacing, rate, 1, start + microseconds{4}));
  EXPECT_EQ(pacing.next, start + milliseconds{1});
  EXPECT_TRUE(may_depart(pacing, rate, 1, pacing.next));
}

// Idle time is no credit: after a second of it one quantum leaves, not the window.
TEST(Pacing, AfterIdleLeavesOneQuantum) {
  Sender sender{12'500'000};
  const Time start = time_from_ns(1'000'000'000);
  EXPECT_EQ(sender.turn(start, 5000), 5000u);
  const Time later = start + seconds{1};
  EXPECT_EQ(sender.turn(later), 8 * kSmss);  // of 12,500 bytes
  EXPECT_EQ(sender.turn(later + microseconds{900}), 0u);
  EXPECT_EQ(sender.turn(later + microseconds{935}), 8 * kSmss);
}

// A worker that comes late by less than a quantum's time costs the connection nothing in the long run.
TEST(Pacing, LatenessIsMadeGood) {
  const cc::Rate rate = 12'500'000;
  Sender sender{rate};
  base::Random random{3};
  const Time start = time_from_ns(0);
  Time now = start;
  std::uint64_t sent = 0;
  while (now < start + seconds{1}) {
    sent += sender.turn(now);
    now = sender.next() + nanoseconds{static_cast<std::int64_t>(random.below(900'000))};
  }
  EXPECT_NEAR(static_cast<double>(sent), static_cast<double>(rate), rate / 500.0);
}

// But not more than a quantum of it: a stall is not followed by a burst of all that was missed.
TEST(Pacing, AStallIsMadeGoodByAQuantumAtMost) {
  const cc::Rate rate = 12'500'000;
  Sender sender{rate};
  const Time start = time_from_ns(0);
  const std::uint32_t first = sender.turn(start);
  const std::uint32_t after = sender.turn(start + milliseconds{50});
  EXPECT_GT(after, first);
  EXPECT_LE(after, 2 * send_quantum(rate, kSmss));
  EXPECT_GT(sender.next(), start + milliseconds{50});
}

// Whatever the instants at which it is asked: in no interval more than the rate allows and two quanta.
TEST(Pacing, NoIntervalCarriesMoreThanTheRateAndTwoQuanta) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    base::Random random{seed};
    const cc::Rate rate = 10'000 + random.below(std::uint64_t{1} << (14 + seed % 18));
    const double quantum = send_quantum(rate, kSmss);
    Sender sender{rate};
    std::vector<Departure> all;
    Time now = time_from_ns(static_cast<std::int64_t>(random.below(1'000'000)));
    for (int i = 0; i < 300; ++i) {
      const auto available = random.chance(0.5) ? ~0u : static_cast<std::uint32_t>(random.below(200'000));
      if (const auto bytes = sender.turn(now, available); bytes > 0) all.push_back({now, bytes});
      now += nanoseconds{static_cast<std::int64_t>(random.below(random.chance(0.1) ? 100'000'000 : 400'000))};
    }
    ASSERT_GT(all.size(), 5u);
    for (std::size_t from = 0; from < all.size(); ++from) {
      double bytes = 0;
      for (std::size_t to = from; to < all.size(); ++to) {
        bytes += all[to].bytes;
        const double span = static_cast<double>(to_ns(all[to].at - all[from].at)) / 1e9;
        ASSERT_LE(bytes, span * static_cast<double>(rate) * 1.001 + 2 * quantum + 1) << "seed " << seed;
      }
    }
  }
}

// What leaves unasked (a probe, the first segment after a timeout) is charged all the same.
TEST(Pacing, WhatLeavesUnaskedIsCharged) {
  Sender sender{1'460'000};
  PacingState pacing;
  note_departure(pacing, 1'460'000, kSmss, 2 * kSmss, time_from_ns(0));
  EXPECT_EQ(pacing.next, time_from_ns(2'000'000));
  note_departure(pacing, 1'460'000, kSmss, kSmss, time_from_ns(10));
  EXPECT_EQ(pacing.next, time_from_ns(3'000'000));
  EXPECT_EQ(pacing.left, 0u);
}

TEST(RateOfWindow, IsTwiceTheWindowPerRoundTripInSlowStartAndAFifthMoreBeyond) {
  cc::Window window;
  window.cwnd = 14'600;
  EXPECT_EQ(rate_of_window(window, 0, Duration{-1}), 0u);
  EXPECT_EQ(rate_of_window(window, 0, milliseconds{10}), 2'920'000u);
  window.ssthresh = 29'202;
  EXPECT_EQ(rate_of_window(window, 0, milliseconds{10}), 2'920'000u);
  window.ssthresh = 29'200;
  EXPECT_EQ(rate_of_window(window, 0, milliseconds{10}), 1'752'000u);
  EXPECT_EQ(rate_of_window(window, 29'200, milliseconds{10}), 3'504'000u);
  window.cwnd = 0xffff'ffff;
  window.ssthresh = 0xffff'ffff;
  EXPECT_EQ(rate_of_window(window, 0, nanoseconds{1000}), 0xffff'ffffu * std::uint64_t{1'200'000});
  window.cwnd = 1;
  EXPECT_EQ(rate_of_window(window, 0, seconds{100}), 1u) << "0 would mean: not paced";
}

}  // namespace
}  // namespace millrace::tcp
