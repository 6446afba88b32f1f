// Health checks, through the proxy: what the probes do to the wire and to the choice of servers.
#include "proxy/health.h"

#include "bed.h"

namespace millrace::proxy {
namespace {

using api::CloseReason;

class HealthTest : public Bed {
 protected:
  HealthTest() {
    settings.upstreams[0].health_interval = seconds{2};
    settings.upstreams[0].health_timeout = seconds{1};
    settings.upstreams[0].servers = {endpoint(1, 8001)};
    settings.upstreams[0].fall = 3;
    settings.upstreams[0].rise = 2;
  }
  /// Starts and lets the first check begin.
  void start_checks() {
    start();
    just_at(shard.now);
    probe = shard.last();
  }
  /// The check under way gets its answer; goes on to the start of the next check.
  void answer(bool good) {
    if (good)
      shard.connected(probe);
    else
      shard.gone(probe, CloseReason::Refused);
    turn();
    next_check();
  }
  void next_check() {
    const std::size_t before = shard.connects;
    for (int i = 0; i < 100 && shard.connects == before; ++i) turn_at(shard.now + milliseconds{50});
    probe = shard.last();
  }
  bool healthy() { return server(0).healthy.get() == 1; }
  Id probe;
};

TEST_F(HealthTest, ChecksAtOnceAndResetsAfterSuccess) {
  start_checks();
  ASSERT_EQ(shard.connects, 1u);
  EXPECT_EQ(at(probe).remote, endpoint(1, 8001));
  shard.connected(probe);
  turn();
  EXPECT_EQ(at(probe).aborts, 1);
  EXPECT_EQ(at(probe).closes + at(probe).shutdowns, 0);
  EXPECT_EQ(server(0).checks_good.get(), 1u);
  EXPECT_EQ(server(0).checks_failed.get(), 0u);
  EXPECT_EQ(server(0).connections.get(), 0u) << "a check is no connection";
}

TEST_F(HealthTest, ChecksEveryIntervalFromStartToStart) {
  start_checks();
  const Time begin = shard.now;
  turn_at(begin + milliseconds{500});
  shard.connected(probe);
  turn();
  just_before(begin + seconds{2});
  EXPECT_EQ(shard.connects, 1u);
  just_at(begin + seconds{2});
  EXPECT_EQ(shard.connects, 2u);
}

TEST_F(HealthTest, ASilentServerFailsTheCheckAfterTheTimeout) {
  start_checks();
  const Time begin = shard.now;
  just_before(begin + seconds{1});
  EXPECT_EQ(server(0).checks_failed.get(), 0u);
  just_at(begin + seconds{1});
  EXPECT_EQ(server(0).checks_failed.get(), 1u);
  EXPECT_EQ(at(probe).aborts, 1);
  EXPECT_EQ(shard.connects, 1u);
  just_at(begin + seconds{2});
  EXPECT_EQ(shard.connects, 2u);
}

TEST_F(HealthTest, FallsAfterThreeFailuresAndRisesAfterTwoSuccesses) {
  start_checks();
  answer(false);
  answer(false);
  EXPECT_TRUE(healthy());
  answer(false);
  EXPECT_FALSE(healthy());
  answer(true);
  EXPECT_FALSE(healthy());
  answer(true);
  EXPECT_TRUE(healthy());
  EXPECT_EQ(server(0).checks_failed.get(), 3u);
  EXPECT_EQ(server(0).checks_good.get(), 2u);
}

TEST_F(HealthTest, OnlyResultsInARowCount) {
  start_checks();
  answer(false);
  answer(false);
  answer(true);
  answer(false);
  answer(false);
  EXPECT_TRUE(healthy());
  answer(false);
  EXPECT_FALSE(healthy());
  answer(true);
  answer(false);
  answer(true);
  EXPECT_FALSE(healthy());
  answer(true);
  EXPECT_TRUE(healthy());
  answer(false);
  answer(false);
  EXPECT_TRUE(healthy());
}

TEST_F(HealthTest, OurOwnShortageSaysNothingAboutTheServer) {
  shard.connect_script = {api::Error::NoPortsLeft, api::Error::TableFull, api::Error::NoRoute};
  settings.upstreams[0].fall = 1;
  start_checks();
  EXPECT_EQ(shard.connects, 1u);
  next_check();
  EXPECT_EQ(shard.connects, 2u);
  EXPECT_TRUE(healthy());
  EXPECT_EQ(server(0).checks_failed.get(), 0u);
  next_check();
  EXPECT_FALSE(healthy()) << "no route is the server's problem as far as clients are concerned";
  EXPECT_EQ(server(0).checks_failed.get(), 1u);
}

TEST_F(HealthTest, ClientsGoToHealthyServers) {
  settings.upstreams[0].servers = {endpoint(1, 8001), endpoint(2, 8002)};
  settings.upstreams[0].fall = 1;
  start();
  just_at(shard.now);
  ASSERT_EQ(shard.connects, 2u);
  shard.gone({0, 0, 1}, CloseReason::Refused);
  shard.connected({0, 1, 1});
  turn();
  EXPECT_EQ(server(0).healthy.get(), 0u);
  EXPECT_EQ(server(1).healthy.get(), 1u);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(at(accept().server).remote, endpoint(2, 8002));
}

TEST_F(HealthTest, EachUpstreamChecksItsOwnWay) {
  UpstreamSettings quiet = settings.upstreams[0];
  quiet.health_interval = Duration{0};
  quiet.servers = {endpoint(7, 1)};
  UpstreamSettings slow = settings.upstreams[0];
  slow.health_interval = seconds{10};
  slow.health_timeout = seconds{5};
  slow.servers = {endpoint(8, 1)};
  settings.upstreams.push_back(quiet);
  settings.upstreams.push_back(slow);
  start();
  just_at(shard.now);
  ASSERT_EQ(shard.connects, 2u);
  EXPECT_EQ(at({0, 0, 1}).remote, endpoint(1, 8001));
  EXPECT_EQ(at({0, 1, 1}).remote, endpoint(8, 1));
  turn_at(shard.now + seconds{2} + milliseconds{1});
  EXPECT_EQ(at({0, 0, 1}).aborts, 1);
  EXPECT_EQ(at({0, 1, 1}).aborts, 0);
  EXPECT_EQ(proxy->upstreams()[2].servers()[0].checks_failed.get(), 0u);
}

TEST_F(HealthTest, EventsThatAreNotTheProbesAreStale) {
  start_checks();
  const Id first = probe;
  shard.connected(first);
  shard.gone(first, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(count().stale_events.get(), 1u);
  EXPECT_EQ(server(0).checks_failed.get(), 0u);
  next_check();
  shard.record(api::EventKind::Connected, first);
  turn();
  EXPECT_EQ(count().stale_events.get(), 2u);
  EXPECT_EQ(server(0).checks_good.get(), 1u);
}

TEST_F(HealthTest, OtherEventsOfAProbeAreIgnored) {
  start_checks();
  shard.record(api::EventKind::Readable, probe);
  turn();
  EXPECT_EQ(count().stale_events.get(), 0u);
  EXPECT_EQ(at(probe).aborts, 0);
}

TEST_F(HealthTest, DrainingStopsTheChecks) {
  start_checks();
  draining = true;
  proxy->drain(shard.api(), shard.now + seconds{10});
  EXPECT_EQ(at(probe).aborts, 1);
  turn();
  EXPECT_TRUE(proxy->drained());
  EXPECT_EQ(proxy->next_deadline(), std::nullopt);
  turn_at(shard.now + seconds{5});
  EXPECT_EQ(shard.connects, 1u);
  EXPECT_EQ(server(0).checks_failed.get(), 0u);
}

TEST_F(HealthTest, DrainingBetweenChecks) {
  start_checks();
  shard.connected(probe);
  turn();
  draining = true;
  proxy->drain(shard.api(), shard.now + seconds{10});
  EXPECT_EQ(at(probe).aborts, 1);
  turn_at(shard.now + seconds{5});
  EXPECT_EQ(shard.connects, 1u);
}

}  // namespace
}  // namespace millrace::proxy
