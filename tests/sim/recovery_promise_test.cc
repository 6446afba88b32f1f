// What loss recovery promises, as figures with a limit: how long a repair takes, that no timer has to help where ACKs
// come back, that reordering costs nothing once it is known, and what a congestion control makes of a link.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/recovery_run.h"

namespace millrace::sim {
namespace {

constexpr std::uint32_t kPromiseSegment = 1448;

/// Optimised code proves all of it; without optimisation or with sanitizers it is a part.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr bool kThorough = false;
#else
constexpr bool kThorough = true;
#endif

/// Time from the instant at which the receiver misses a segment, for it would have arrived then, to the arrival of a
/// copy; in thousandths of the round trip, in increasing order; of losses with ten segments or more in flight. (From
/// the sending it is half a round trip more: an ACK of what follows and the way of the copy are 1.5 at the least.)
std::vector<std::int64_t> ratios(const std::vector<Repair>& repairs, Duration one_way) {
  std::vector<std::int64_t> ratios;
  for (const Repair& repair : repairs)
    if (repair.in_flight >= 10 * kPromiseSegment)
      ratios.push_back(to_ns(repair.took - one_way) * 1000 / to_ns(repair.round_trip));
  std::sort(ratios.begin(), ratios.end());
  return ratios;
}

std::int64_t percentile(const std::vector<std::int64_t>& sorted, std::size_t percent) {
  return sorted[(sorted.size() - 1) * percent / 100];
}

/// Thousandths of the round trip for the median. At 1 ms BBR's copies wait for their departure: its quanta are of a
/// millisecond.
std::int64_t median_limit(const RecoveryCell& cell) {
  const bool paced_slowly = cell.algorithm->id == cc::Algorithm::Bbr && cell.distance.round_trip < milliseconds{2};
  return paced_slowly ? 1600 : 1500;
}

/// The same for the 99th percentile. At 2 % one copy in fifty is lost too, so it is the time of a
/// second repair: one round trip and a little to miss the copy, and one more; a queue or a window for reordering that
/// grew meanwhile takes some cells over 2.5. BBR's copies also wait for their departure.
std::int64_t tail_limit(const RecoveryCell& cell) {
  if (cell.algorithm->id == cc::Algorithm::Bbr) return cell.loss_per_mille == 20 ? 3700 : 3100;
  return cell.loss_per_mille == 20 ? 2600 : 2500;
}

class RecoveryPromise : public testing::TestWithParam<std::size_t> {
 protected:
  const RecoveryAlgorithm& algorithm = recovery_algorithms()[GetParam()];

  /// CUBIC stands for all where not all is run.
  [[nodiscard]] bool left_out() const { return !kThorough && algorithm.id != cc::Algorithm::Cubic; }

  [[nodiscard]] RecoveryCell cell(Trouble trouble, std::uint32_t per_mille, std::size_t distance) const {
    return {&algorithm, trouble, per_mille, distances()[distance]};
  }
};

TEST_P(RecoveryPromise, ALossIsMadeGoodAsFastAsTheWayAllows) {
  if (left_out()) return;
  for (const std::size_t distance : {1u, 2u, 3u}) {
    for (const std::uint32_t loss : {1u, 10u, 20u}) {
      if (!kThorough && (distance != 2 || loss != 20)) continue;
      const RecoveryCell lossy = cell(Trouble::Random, loss, distance);
      const Duration one_way = lossy.distance.round_trip / 2;
      BulkResult result;
      for (std::uint64_t seed = 1; seed <= 100 && ratios(result.repairs, one_way).size() < 200; ++seed)
        result.add(run_bulk(lossy, 1, lossy.distance.bulk, lossy.distance.bulk, seed));
      ASSERT_EQ(result.error, "") << lossy.name();
      const std::vector<std::int64_t> sorted = ratios(result.repairs, one_way);
      ASSERT_GE(sorted.size(), 200u) << lossy.name();
      EXPECT_LE(percentile(sorted, 50), median_limit(lossy)) << lossy.name();
      EXPECT_LE(percentile(sorted, 99), tail_limit(lossy)) << lossy.name();
      fmt::print("{}: {} losses made good after {} and {} thousandths of a round trip (median, 99th percentile)\n",
                 lossy.name(), sorted.size(), percentile(sorted, 50), percentile(sorted, 99));
    }
  }
}

TEST_P(RecoveryPromise, OneInAHundredOfAHundredSegmentsNeedsNoTimeout) {
  if (left_out()) return;
  const RecoveryCell lossy = cell(Trouble::Random, 10, 2);
  for (std::uint64_t seed = 1; seed <= (kThorough ? 100 : 10); ++seed) {
    RecoveryBed bed(lossy, 1, seed);
    const std::uint16_t port = bed.ports.front();
    bed.sender.send_more(port, BulkSender::kEndless);
    ASSERT_TRUE(bed.world.run_until(
        [&] { return bed.sender.connection(port).details().in_flight >= 100 * kPromiseSegment; }, seconds{10}));
    bed.set_links(lossy);
    bed.world.run_for(30 * lossy.distance.round_trip);
    EXPECT_EQ(bed.timeouts(), 0u) << lossy.name() << ", seed " << seed;
  }
}

TEST_P(RecoveryPromise, ReorderingCostsNothingOnceItIsKnown) {
  if (left_out()) return;
  for (const std::size_t distance : {2u, 3u}) {
    const RecoveryCell reordering = cell(Trouble::Reordering, 0, distance);
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      RecoveryBed bed(reordering, 1, seed, 300'000);  // the queue takes it all: nothing is lost
      bed.set_links(reordering);
      bed.sender.send_more(bed.ports.front(), BulkSender::kEndless);
      bed.world.run_for(reordering.distance.bulk);
      bed.watch.restart();
      bed.world.run_for(reordering.distance.bulk);
      EXPECT_GT(bed.watch.counters().segments, 1000u);
      EXPECT_EQ(bed.watch.counters().lost, 0u);
      EXPECT_EQ(bed.watch.counters().retransmitted, 0u) << reordering.name() << ", seed " << seed;
    }
  }
}

TEST_P(RecoveryPromise, EqualFlowsGetEqualShares) {
  if (!kThorough) return;
  const RecoveryCell calm = cell(Trouble::None, 0, 2);
  for (const std::uint32_t flows : {2u, 4u, 16u}) {
    const BulkResult result = run_bulk(calm, flows, seconds{30}, seconds{15}, flows);
    EXPECT_EQ(result.error, "");
    EXPECT_GT(result.fairness(), 950u) << calm.name() << ", " << flows << " flows";
    fmt::print("{}: Jain's index of {} flows {}/1000\n", calm.name(), flows, result.fairness());
  }
}

TEST_P(RecoveryPromise, WhoIgnoresRandomLossFillsTheLink) {
  if (!kThorough || algorithm.by_response_function) return;
  for (const std::size_t distance : {1u, 2u, 3u}) {
    for (const std::uint32_t loss : {10u, 50u}) {
      const RecoveryCell lossy = cell(Trouble::Random, loss, distance);
      const Duration span = lossy.distance.bulk;
      const BulkResult result = run_bulk(lossy, 1, span, span * 3 / 4, 1);
      const std::uint64_t share = result.goodput() * 1000 / lossy.capacity();
      fmt::print("{}: {} thousandths of (1-p) x link\n", lossy.name(), share);
      // 5 % is beyond the draft's threshold of 2 %: no more than that it goes on.
      EXPECT_GE(share, loss == 10 ? 900u : 700u) << lossy.name();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, RecoveryPromise, testing::Range(std::size_t{0}, recovery_algorithms().size()),
                         [](const testing::TestParamInfo<std::size_t>& info) {
                           return std::string{recovery_algorithms()[info.param].name()};
                         });

}  // namespace
}  // namespace millrace::sim
