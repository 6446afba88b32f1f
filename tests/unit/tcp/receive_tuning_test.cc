// The estimator of a receiver: what the application drains in an RTT, how the buffer follows, and what stops it.
#include "tcp/receive_tuning.h"

#include <gtest/gtest.h>

#include "env.h"
#include "tcp/buffer_memory.h"
#include "tcp/isn.h"
#include "tcp/receive_queue.h"

namespace millrace::tcp {
namespace {

constexpr std::uint32_t kTuningMss = 1000;
constexpr std::uint32_t kBufferCost = 2432;  ///< one buffer of the data pool
constexpr std::uint32_t kFirstBuffer = 20 * kBufferCost;
constexpr std::uint32_t kMostBuffer = 400 * kBufferCost;

class Tuning : public testing::Test {
 protected:
  Tuning() {
    t.config.buffers.receive_initial = kFirstBuffer;
    t.config.buffers.receive_max = kMostBuffer;
    t.tcb.state = State::Established;
    t.tcb.rmss = kTuningMss;
    set_receive_buffer(t.tcb, 0, t.env);
    t.tcb.rcv_adv = t.tcb.rcv_nxt + 20 * kTuningMss;
  }
  ~Tuning() override {
    clear_receive_queue(t.tcb, t.env);
    give_back_growth(t.tcb, t.env);
    EXPECT_EQ(t.count.receive_memory.get(), 0u);
    EXPECT_EQ(t.count.receive_granted.get(), 0u);
  }

  void later(Duration d) { t.env.now += d; }
  /// Segments that our ACK of `echo` ago let go.
  void arrive(std::uint32_t segments, Duration echo = milliseconds{100}) {
    Segment seg;
    seg.len = kTuningMss;
    seg.options.has_timestamps = t.tcb.has(kTimestamps);
    seg.options.ts_ecr = timestamp_clock(t.env.now - echo) + t.tcb.ts_offset;
    for (std::uint32_t i = 0; i < segments; ++i) {
      append_to_receive_queue(t.tcb, *TestEnv::packet(std::string(kTuningMss, 'x')), t.env);
      t.tcb.rcv_nxt += kTuningMss;
      note_received(t.tcb, seg, true, t.env);
    }
  }
  void drain(std::uint32_t segments) {
    drop_from_receive_queue(t.tcb, segments * kTuningMss, t.env);
    note_drained(t.tcb, t.env);
  }
  /// All that the window lets come in one RTT, read at once.
  void rtt_of(std::uint32_t segments) {
    later(milliseconds{101});  // a little more than the estimate: clocks are ticks
    while (segments > 0) {
      const std::uint32_t some = std::min(segments, 50u);
      arrive(some);
      drop_from_receive_queue(t.tcb, some * kTuningMss, t.env);
      segments -= some;
    }
    note_drained(t.tcb, t.env);
    t.tcb.rcv_adv = t.tcb.rcv_nxt + free_window(t.tcb, t.env);
  }
  [[nodiscard]] std::uint32_t buffers() const { return t.tcb.rcv_buffer / kBufferCost; }
  [[nodiscard]] std::uint32_t rtt_us() { return t.env.table.rare_part(t.tcb).tuning.rtt_us; }

  TestEnv t;
};

class TuningWithTimestamps : public Tuning {
 protected:
  TuningWithTimestamps() { t.tcb.set(kTimestamps); }
};

TEST_F(Tuning, SmallTrafficTakesNoRarePart) {
  Segment seg;
  seg.len = kTuningMss;
  note_received(t.tcb, seg, false, t.env);
  note_drained(t.tcb, t.env);
  EXPECT_EQ(t.tcb.rare, base::kNoIndex);
  note_received(t.tcb, seg, true, t.env);
  EXPECT_NE(t.tcb.rare, base::kNoIndex);
}

TEST_F(TuningWithTimestamps, RttIsTheAgeOfTheEcho) {
  arrive(1);
  EXPECT_EQ(rtt_us(), 0u) << "begins with the second";
  arrive(1, milliseconds{80});
  EXPECT_EQ(rtt_us(), 80'000u);
  arrive(1, milliseconds{30});
  EXPECT_EQ(rtt_us(), 30'000u) << "down at once";
  arrive(1, seconds{9});
  EXPECT_EQ(rtt_us(), 30'468u) << "up by a 64th, and an outlier counts twice at most";
  for (int i = 0; i < 400; ++i) {
    later(milliseconds{1});
    arrive(1, milliseconds{60});
    drain(1);
  }
  EXPECT_NEAR(rtt_us(), 60'000u, 600u) << "a longer path is believed in the end";
}

TEST_F(TuningWithTimestamps, AnAckThatLeftLateInItsMillisecondShowsAShortRtt) {
  arrive(1);
  later(std::chrono::microseconds{150});
  arrive(1, std::chrono::microseconds{100});
  EXPECT_EQ(rtt_us(), 150u) << "since its millisecond began";
  later(std::chrono::microseconds{890});
  arrive(1, std::chrono::microseconds{30});
  EXPECT_EQ(rtt_us(), 40u);
}

TEST_F(TuningWithTimestamps, OfTheSegmentsWithOneEchoTheFirstCounts) {
  arrive(1);
  arrive(1, milliseconds{10});
  EXPECT_EQ(rtt_us(), 10'000u);
  later(milliseconds{5});
  arrive(4, milliseconds{15});
  EXPECT_EQ(rtt_us(), 10'000u) << "these waited behind it";
}

TEST_F(TuningWithTimestamps, SmallSegmentsSayNothing) {
  arrive(1);
  Segment seg;
  seg.len = kTuningMss / 2 - 1;
  seg.options.has_timestamps = true;
  seg.options.ts_ecr = timestamp_clock(t.env.now - seconds{1}) + t.tcb.ts_offset;
  note_received(t.tcb, seg, true, t.env);
  EXPECT_EQ(rtt_us(), 0u);
}

TEST_F(Tuning, WithoutTimestampsTheTimeOfAWholeWindow) {
  arrive(1);  // 19 are left of the window
  later(milliseconds{70});
  arrive(19);
  EXPECT_EQ(rtt_us(), 0u) << "it may all have been on its way";
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 5 * kTuningMss;
  arrive(1);
  EXPECT_NEAR(rtt_us(), 70'000u, 20u) << "an ACK let it go";
  later(milliseconds{50});
  arrive(4);
  EXPECT_NEAR(rtt_us(), 70'000u, 20u);
  t.tcb.rcv_adv = t.tcb.rcv_nxt + 5 * kTuningMss;
  arrive(1);
  EXPECT_NEAR(rtt_us(), 50'000u, 20u);
}

TEST_F(TuningWithTimestamps, GrowsToTwiceWhatIsDrained) {
  rtt_of(2);
  rtt_of(18);
  // 20 segments, twice; and what they are more than the 9.5 that it began with, twice.
  EXPECT_EQ(t.tcb.rcv_buffer, 61 * kBufferCost);
}

TEST_F(TuningWithTimestamps, ASteadyRateEndsTheGrowth) {
  rtt_of(2);
  for (int i = 0; i < 10; ++i) rtt_of(30);
  const std::uint32_t steady = buffers();
  EXPECT_GE(steady, 60u);
  EXPECT_LE(steady, 120u);
  for (int i = 0; i < 10; ++i) rtt_of(30);
  EXPECT_EQ(buffers(), steady);
}

TEST_F(TuningWithTimestamps, NeverHoldsASlowStartBack) {
  rtt_of(2);
  for (std::uint32_t cwnd = 10; cwnd <= 160; cwnd *= 2) {
    EXPECT_GE(free_window(t.tcb, t.env), cwnd * kTuningMss) << cwnd;
    rtt_of(cwnd);
  }
}

TEST_F(TuningWithTimestamps, StopsAtTheConnectionsBound) {
  rtt_of(2);
  for (std::uint32_t i = 0; i < 10; ++i) rtt_of(300 + i);
  EXPECT_EQ(t.tcb.rcv_buffer, kMostBuffer);
  EXPECT_EQ(t.count.receive_granted.get(), kMostBuffer - kFirstBuffer);
}

TEST_F(TuningWithTimestamps, StopsAtTheBudget) {
  t.config.buffers.receive_budget = 10 * kBufferCost;
  rtt_of(2);
  for (std::uint32_t i = 0; i < 10; ++i) rtt_of(30 + 10 * i);
  EXPECT_EQ(t.tcb.rcv_buffer, kFirstBuffer + 10 * kBufferCost);
  EXPECT_EQ(receive_growth_left(t.env), 0u);
  measure_pressure(t.env);
  EXPECT_EQ(t.env.pressure, Pressure::None) << "promised is not held";
}

TEST_F(TuningWithTimestamps, WhatIsHeldCountsToo) {
  t.config.buffers.receive_budget = 10 * kBufferCost;
  rtt_of(2);
  later(milliseconds{100});
  arrive(28);
  drain(20);  // 8 stay: they and what it grows by are 10
  EXPECT_LE(t.tcb.rcv_buffer, kFirstBuffer + 2 * kBufferCost);
  EXPECT_EQ(t.count.receive_memory.get(), 8 * kBufferCost);
}

TEST_F(TuningWithTimestamps, StopsUnderPressure) {
  rtt_of(2);
  t.env.pressure = Pressure::Windows;
  for (std::uint32_t i = 0; i < 5; ++i) rtt_of(30 + i);
  EXPECT_EQ(t.tcb.rcv_buffer, kFirstBuffer);
}

TEST_F(TuningWithTimestamps, ASlowReaderGetsWhatItDrains) {
  rtt_of(2);
  later(milliseconds{100});
  arrive(20);
  for (int i = 0; i < 50; ++i) {
    later(milliseconds{250});  // two of 20 in 2.5 RTTs
    drain(2);
    arrive(2);
  }
  EXPECT_EQ(t.tcb.rcv_buffer, kFirstBuffer);
}

/// Its buffer has grown, and is full now.
class TuningOfASlowReader : public TuningWithTimestamps {
 protected:
  TuningOfASlowReader() {
    rtt_of(2);
    for (std::uint32_t i = 0; i < 4; ++i) rtt_of(30 + i);
    grown = buffers();
    fill();
  }
  /// The sender uses all that the window lets come.
  void fill() {
    t.tcb.rcv_adv = max(t.tcb.rcv_adv, t.tcb.rcv_nxt + free_window(t.tcb, t.env));
    arrive(t.tcb.rcv_wnd() / kTuningMss);
  }
  /// One RTT in which the reader takes some and leaves the rest.
  void slow_rtt(std::uint32_t segments, Duration length = milliseconds{101}) {
    later(length);
    drain(segments);
    fill();
  }
  std::uint32_t grown = 0;
};

TEST_F(TuningOfASlowReader, ShrinksTowardsTwiceWhatIsDrained) {
  slow_rtt(15);
  EXPECT_EQ(buffers(), grown) << "when this began all was drained";
  for (int i = 0; i < 100; ++i) slow_rtt(15);
  EXPECT_NEAR(buffers(), 30, 1);
  EXPECT_LE(t.tcb.rcv_queue.truesize(), 30 * kBufferCost);
  drain(t.tcb.rcv_queue.bytes() / kTuningMss);
  rtt_of(40);
  rtt_of(60);
  EXPECT_GT(buffers(), 60u) << "and grows again";
}

TEST_F(TuningOfASlowReader, NotBelowWhatABufferBeginsWith) {
  for (int i = 0; i < 200; ++i) slow_rtt(1);
  EXPECT_EQ(t.tcb.rcv_buffer, kFirstBuffer);
  EXPECT_EQ(t.count.receive_granted.get(), 0u);
}

TEST_F(TuningOfASlowReader, OnePauseCostsAnEighth) {
  slow_rtt(1);
  slow_rtt(1, seconds{10});
  EXPECT_EQ(buffers(), grown * 7 / 8);
}

TEST_F(TuningOfASlowReader, WhatIsPromisedStillFitsInHalfFilledPackets) {
  drain(40);
  t.tcb.rcv_adv = t.tcb.rcv_nxt + free_window(t.tcb, t.env);
  for (int i = 0; i < 40; ++i) {
    later(milliseconds{101});
    drain(1);
    EXPECT_TRUE(fits_receive_budget(t.tcb, 2 * (t.tcb.rcv_wnd() / kTuningMss) * kBufferCost, t.env)) << i;
  }
  EXPECT_LT(buffers(), grown);
}

TEST_F(TuningWithTimestamps, AReaderThatComesSeldomAndTakesAllGetsMore) {
  rtt_of(2);
  later(seconds{1});
  arrive(20);
  drain(20);
  EXPECT_GT(t.tcb.rcv_buffer, kFirstBuffer);
}

TEST_F(TuningWithTimestamps, AFixedBufferStays) {
  set_receive_buffer(t.tcb, 30 * kBufferCost, t.env);
  EXPECT_EQ(first_receive_buffer(30 * kBufferCost, t.env), 30 * kBufferCost);
  EXPECT_EQ(largest_receive_buffer(30 * kBufferCost, t.env), 30 * kBufferCost);
  rtt_of(2);
  for (std::uint32_t i = 0; i < 5; ++i) rtt_of(30 + i);
  EXPECT_EQ(t.tcb.rcv_buffer, 30 * kBufferCost);
  EXPECT_EQ(t.tcb.rare, base::kNoIndex);
}

TEST_F(TuningWithTimestamps, FixedAfterwardsGivesGrowthBack) {
  rtt_of(2);
  rtt_of(30);
  EXPECT_GT(t.count.receive_granted.get(), 0u);
  const std::uint32_t grown = t.tcb.rcv_buffer;
  set_receive_buffer(t.tcb, 0, t.env);
  EXPECT_EQ(t.tcb.rcv_buffer, grown) << "options put into force again leave it";
  set_receive_buffer(t.tcb, kFirstBuffer / 2, t.env);
  EXPECT_EQ(t.tcb.rcv_buffer, kFirstBuffer / 2);
  EXPECT_EQ(t.count.receive_granted.get(), 0u);
  set_receive_buffer(t.tcb, 0, t.env);
  EXPECT_EQ(t.tcb.rcv_buffer, kFirstBuffer) << "tuned again, from the start";
}

TEST_F(TuningWithTimestamps, GrowthNeverMovesTheEdgeByItself) {
  rtt_of(2);
  later(milliseconds{100});
  const SeqNum edge = t.tcb.rcv_adv;
  arrive(18);
  drain(18);
  EXPECT_GT(t.tcb.rcv_buffer, kFirstBuffer);
  EXPECT_EQ(t.tcb.rcv_adv, edge) << "an ACK does";
}

TEST_F(TuningWithTimestamps, NothingAfterTheFin) {
  rtt_of(2);
  t.tcb.state = State::CloseWait;
  rtt_of(40);
  EXPECT_EQ(t.tcb.rcv_buffer, kFirstBuffer);
}

}  // namespace
}  // namespace millrace::tcp
