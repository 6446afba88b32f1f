// Draining: who may end, who is reset when, and when it is over.
#include "bed.h"
#include "proxy/proxy.h"

namespace millrace::proxy {
namespace {

using api::CloseReason;

class DrainTest : public Bed {
 protected:
  DrainTest() { draining = true; }
  void drain_in(Duration time) {
    deadline = shard.now + time;
    proxy->drain(shard.api(), deadline);
  }
  Time deadline{};
};

TEST_F(DrainTest, NothingAliveIsDrainedAtOnce) {
  start();
  drain_in(seconds{10});
  EXPECT_TRUE(shard.listeners[0].stopped);
  EXPECT_FALSE(proxy->drained());
  turn();
  EXPECT_TRUE(proxy->drained());
  EXPECT_EQ(proxy->next_deadline(), std::nullopt);
}

TEST_F(DrainTest, LivePairsMayEnd) {
  start();
  const Two two = joined();
  drain_in(seconds{10});
  turn();
  EXPECT_FALSE(proxy->drained());
  shard.sends(two.client, "still");
  turn();
  EXPECT_EQ(at(two.server).delivered, "still");
  shard.fin(two.client);
  shard.fin(two.server);
  shard.gone(two.client, CloseReason::Normal);
  shard.gone(two.server, CloseReason::Normal);
  turn();
  EXPECT_EQ(ended(PairEnd::Finished), 1u);
  EXPECT_TRUE(proxy->drained());
  EXPECT_EQ(ended(PairEnd::Drained), 0u);
}

TEST_F(DrainTest, NewClientsAreRefused) {
  start();
  joined();
  drain_in(seconds{10});
  const Id late = shard.accept();  // was half-open when the listener closed
  turn();
  EXPECT_EQ(at(late).aborts, 1);
  EXPECT_EQ(count().refused.get(), 1u);
}

TEST_F(DrainTest, TheDeadlineResetsBothLegs) {
  start();
  const Two two = joined();
  const Two half = accept();
  drain_in(seconds{2});
  turn_at(deadline - nanoseconds{1});
  EXPECT_EQ(count().active.get(), 2u);
  EXPECT_EQ(proxy->next_deadline(), deadline);
  turn_at(deadline);
  EXPECT_EQ(ended(PairEnd::Drained), 2u);
  for (const Id id : {two.client, two.server, half.client, half.server}) EXPECT_EQ(at(id).aborts, 1);
  EXPECT_TRUE(proxy->drained());
  EXPECT_EQ(server(0).active.get(), 0u);
}

TEST_F(DrainTest, WaitsForTheStacksLastBytes) {
  start();
  const Two two = joined();
  shard.orphans = 1;  // a reset after the data is on its way
  drain_in(seconds{2});
  shard.gone(two.client, CloseReason::ResetByPeer);
  turn();
  EXPECT_FALSE(proxy->drained());
  EXPECT_EQ(proxy->next_deadline(), shard.now + milliseconds{1});
  shard.orphans = 0;
  turn();
  EXPECT_TRUE(proxy->drained());
}

TEST_F(DrainTest, TimeWaitIsKeptUntilItEndsOrTheDeadlineComes) {
  start();
  shard.time_waits = 1;
  drain_in(seconds{2});
  turn();
  EXPECT_FALSE(proxy->drained());
  shard.time_waits = 0;
  turn();
  EXPECT_TRUE(proxy->drained());
}

TEST_F(DrainTest, TimeWaitDoesNotOutliveTheDeadline) {
  start();
  shard.time_waits = 1;
  drain_in(seconds{2});
  turn_at(deadline - nanoseconds{1});
  EXPECT_FALSE(proxy->drained());
  turn_at(deadline);
  EXPECT_TRUE(proxy->drained());
}

TEST_F(DrainTest, TheDeadlineResetsOrphansToo) {
  start();
  shard.orphans = 3;
  drain_in(seconds{2});
  turn_at(deadline - nanoseconds{1});
  EXPECT_EQ(shard.orphans_reset, 0u);
  turn_at(deadline);
  EXPECT_EQ(shard.orphans_reset, 3u);
  EXPECT_FALSE(proxy->drained()) << "their resets are owed";
  shard.orphans = 0;
  shard.sending = true;
  turn();
  EXPECT_FALSE(proxy->drained()) << "their resets wait for the port";
  EXPECT_EQ(proxy->next_deadline(), shard.now + milliseconds{1});
  shard.sending = false;
  turn();
  EXPECT_TRUE(proxy->drained());
}

/// A pair that ends by itself meanwhile may leave an orphan anywhere.
TEST_F(DrainTest, OrphansAreResetWhenNoPairIsLeft) {
  start(3000);
  for (int i = 0; i < 2000; ++i) shard.accept();
  turn();
  shard.orphans = 1;
  drain_in(Duration{0});
  turn();
  EXPECT_GT(count().active.get(), 0u);
  EXPECT_EQ(shard.orphans_reset, 0u);
  turn();
  EXPECT_EQ(count().active.get(), 0u);
  EXPECT_EQ(shard.orphans_reset, 1u);
}

TEST_F(DrainTest, ResetsThatDoNotLeaveAreGivenUpAfterASecond) {
  start();
  shard.sending = true;
  drain_in(seconds{2});
  turn_at(deadline + seconds{1} - nanoseconds{1});
  EXPECT_FALSE(proxy->drained());
  turn_at(deadline + seconds{1});
  EXPECT_TRUE(proxy->drained());
}

TEST_F(DrainTest, ASecondCallMovesTheDeadline) {
  start();
  joined();
  drain_in(seconds{10});
  drain_in(seconds{1});
  turn_at(deadline);
  EXPECT_EQ(ended(PairEnd::Drained), 1u);
}

TEST_F(DrainTest, ResetsInSlices) {
  start(3000);
  for (int i = 0; i < 2500; ++i) shard.accept();
  turn();
  ASSERT_EQ(count().active.get(), 2500u);
  drain_in(Duration{0});
  turn();
  EXPECT_EQ(ended(PairEnd::Drained), 1024u);
  EXPECT_EQ(proxy->next_deadline(), shard.now + milliseconds{1});
  turn();
  EXPECT_EQ(ended(PairEnd::Drained), 2048u);
  EXPECT_FALSE(proxy->drained());
  turn();
  EXPECT_EQ(ended(PairEnd::Drained), 2500u);
  EXPECT_TRUE(proxy->drained());
}

}  // namespace
}  // namespace millrace::proxy
