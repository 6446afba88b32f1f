// cps against the real stack: closed by either side, ports used again and again, open loop.
#include "short_connections.h"

#include "load_bed.h"

namespace millrace::load {
namespace {

struct ShortConnectionsTest : testing::TestWithParam<bool> {
  [[nodiscard]] bool v4() const { return GetParam(); }
};

void expect_no_trouble(const Counts& count) {
  EXPECT_EQ(count.mismatches + count.retransmissions + count.timeouts + count.resets + count.failed + count.bad_answers,
            0u);
}

TEST_P(ShortConnectionsTest, OpenedAnsweredAndClosedByTheClient) {
  Options options = one_part(Mode::Cps, 7);
  LoadBed bed{options, v4()};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().connections >= 1000; }));
  EXPECT_GE(bed.count().requests, bed.count().connections);
  EXPECT_LE(bed.count().requests, bed.count().connections + 4);
  EXPECT_LE(bed.part().open, 4u);
  expect_no_trouble(bed.count());
  bed.stop();
}

/// Few ports, so each is used many times: the client closes and leaves TIME-WAIT out, the server has none.
TEST_P(ShortConnectionsTest, PortsAreUsedAgainAtOnce) {
  Options options = one_part(Mode::Cps, 7);
  options.ports = {5000, 5003};
  LoadBed bed{options, v4()};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().connections >= 500; }));
  expect_no_trouble(bed.count());
  bed.stop();
}

/// The server has TIME-WAIT entries for all ports; a later ISS takes them over (RFC 6191, RFC 1122 4.2.2.13).
TEST_P(ShortConnectionsTest, ClosedByTheServer) {
  Options options = one_part(Mode::Http, 80);
  options.parts[0].keep_alive = false;
  options.ports = {5000, 5009};
  LoadBed bed{options, v4()};
  bed.start();
  ASSERT_TRUE(bed.turn_until([&] { return bed.count().connections >= 500; }));
  expect_no_trouble(bed.count());
  bed.stop();
}

INSTANTIATE_TEST_SUITE_P(Versions, ShortConnectionsTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "V4" : "V6"; });

TEST(ShortOpenLoopTest, ConnectionsComeAtTheirRate) {
  Options options = one_part(Mode::Cps, 7);
  options.parts[0].rate = 5000;
  LoadBed bed{options};
  bed.start();
  bed.turn_for(seconds{1});
  EXPECT_NEAR(static_cast<double>(bed.count().connections), 5000, 20);
  EXPECT_LT(bed.part().latency.max(), milliseconds{1});
  bed.stop();
}

}  // namespace
}  // namespace millrace::load
