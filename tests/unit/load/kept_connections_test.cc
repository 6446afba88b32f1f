// rr and hold against millrace-echo's services on the real stack: closed loop, open loop, sizes, many addresses.
#include "kept_connections.h"

#include <algorithm>

#include "load_bed.h"

namespace millrace::load {
namespace {

struct KeptConnectionsTest : testing::TestWithParam<bool> {
  [[nodiscard]] bool v4() const { return GetParam(); }
};

TEST_P(KeptConnectionsTest, EachAsksAgainWhenItWasAnswered) {
  Options options = one_part(Mode::Rr, 7);
  options.parts[0].size = 1;
  LoadBed bed{options, v4()};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 1000; }));
  EXPECT_EQ(bed.part().open, 4u);
  EXPECT_EQ(bed.part().latency.count(), bed.count().requests);
  EXPECT_GE(bed.count().bytes_in, 1000u);
  EXPECT_EQ(bed.count().mismatches + bed.count().retransmissions + bed.count().timeouts + bed.count().resets, 0u);
  bed.stop();
}

TEST_P(KeptConnectionsTest, RequestsOfManySegments) {
  Options options = one_part(Mode::Rr, 7);
  options.parts[0].size = 300'001;
  LoadBed bed{options, v4()};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 20; }));
  EXPECT_EQ(bed.count().mismatches, 0u);
  bed.stop();
}

TEST_P(KeptConnectionsTest, SpreadOverAllAddresses) {
  Options options = one_part(Mode::Rr, 7);
  options.parts[0].connections = 50;
  LoadBed bed{options, v4(), 10};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().requests >= 500; }));
  EXPECT_EQ(bed.server().shard().connections(), 50u);
  for (std::uint32_t place = 0; place < 10; ++place)
    EXPECT_EQ(bed.engine().connection(place << 16 | 1024).state, State::Open) << place;
  bed.stop();
}

INSTANTIATE_TEST_SUITE_P(Versions, KeptConnectionsTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "V4" : "V6"; });

TEST(OpenLoopTest, RequestsComeAtTheirRate) {
  Options options = one_part(Mode::Rr, 7);
  options.parts[0].rate = 10'000;
  LoadBed bed{options};
  bed.start();
  bed.turn_for(seconds{1});
  EXPECT_NEAR(static_cast<double>(bed.count().requests), 10'000, 20);
  EXPECT_LT(bed.part().latency.max(), milliseconds{1});
  EXPECT_LE(bed.part().job->late(bed.now()), 1u);
  bed.stop();
}

/// The server answers nothing for 100 ms. All requests that were due meanwhile are late, not just one per connection.
TEST(OpenLoopTest, AStopOfTheServerIsSeenByAllThatWereDue) {
  Options options = one_part(Mode::Rr, 7);
  options.parts[0].rate = 10'000;
  LoadBed bed{options};
  bed.start();
  bed.turn_for(milliseconds{100});
  std::vector<LoadBed::Frame> held;
  bed.lose_in = [&](LoadBed::Frame& frame) {
    held.push_back(frame);
    return true;
  };
  bed.turn_for(milliseconds{100});
  EXPECT_GE(bed.part().job->late(bed.now()), 990u);
  bed.lose_in = nullptr;
  bed.turn_for(milliseconds{800});
  EXPECT_NEAR(static_cast<double>(bed.count().requests), 10'000, 20);
  // A tenth was due within the stop, and waited for its end at least; a request per connection would be 0.04 %.
  EXPECT_GT(bed.part().latency.quantile(0.95), milliseconds{45});
  EXPECT_LT(bed.part().latency.quantile(0.5), milliseconds{1});
  bed.stop();
}

TEST(HoldTest, EveryConnectionIsAskedInTurn) {
  Options options = one_part(Mode::Hold, 7);
  options.parts[0].connections = 100;
  LoadBed bed{options};
  bed.start();
  bed.turn_for(seconds{10});
  EXPECT_NEAR(static_cast<double>(bed.count().requests), 100, 2);
  for (std::uint32_t local = 1024; local < 1024 + 100; ++local)
    EXPECT_EQ(bed.engine().connection(local).rcv_nxt - bed.engine().connection(local).irs - 1, 64u) << local;
  bed.stop();
}

}  // namespace
}  // namespace millrace::load
