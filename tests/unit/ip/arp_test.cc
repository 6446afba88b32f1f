// Asking by ARP: tries, deadlines, probes, and what becomes of a neighbor in time.
#include "ip/arp.h"

#include "unit/ip/arp_fixture.h"

namespace millrace::ip::test {
namespace {

TEST_F(ArpTest, AsksByBroadcastAndLearnsTheAnswer) {
  request("10.0.0.9", 0);
  expect_request("10.0.0.9", kBroadcast);
  expect_update("10.0.0.9", NeighborState::Incomplete);
  EXPECT_EQ(arp_.next_deadline(), at_ms(1000));
  request("10.0.0.9", 500);
  expect_silence();
  expect_no_update();
  reply("10.0.0.9", 9, 600);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  expect_silence();
  EXPECT_EQ(count_.arp_requests_sent.get(), 1u);
  EXPECT_EQ(count_.arp_ignored.get(), 0u);
}

TEST_F(ArpTest, ThreeTriesASecondApartThenFailed) {
  request("10.0.0.9", 0);
  expect_request("10.0.0.9", kBroadcast);
  arp_.clear_updates();
  for (const int s : {1, 2}) {
    arp_.tick(at_ms(s * 1000 - 1));
    expect_silence();
    arp_.tick(at_ms(s * 1000));
    expect_request("10.0.0.9", kBroadcast);
    EXPECT_EQ(arp_.next_deadline(), at_ms(s * 1000 + 1000));
    expect_no_update();
  }
  arp_.tick(at_ms(2999));
  expect_no_update();
  arp_.tick(at_ms(3000));
  expect_update("10.0.0.9", NeighborState::Failed);
  expect_silence();
  request("10.0.0.9", 3500);
  expect_update("10.0.0.9", NeighborState::Failed);
  expect_silence();
  EXPECT_EQ(arp_.next_deadline(), at_ms(4000));
  arp_.tick(at_ms(3999));
  EXPECT_EQ(arp_.size(), 1u);
  arp_.tick(at_ms(4000));
  EXPECT_EQ(arp_.size(), 0u);
  EXPECT_FALSE(arp_.next_deadline());
  request("10.0.0.9", 4000);
  expect_request("10.0.0.9", kBroadcast);
  EXPECT_EQ(count_.arp_requests_sent.get(), 4u);
}

TEST_F(ArpTest, ReachableThenStaleThenProbedByUnicast) {
  resolve(0);
  request("10.0.0.9", 29000);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  expect_silence();
  arp_.tick(at_ms(29999));
  expect_no_update();
  arp_.tick(at_ms(30000));
  expect_update("10.0.0.9", NeighborState::Stale, 9);
  expect_silence();
  EXPECT_FALSE(arp_.next_deadline()) << "unused, it is left alone";
  request("10.0.0.9", 40000);
  expect_request("10.0.0.9", mac(9));
  expect_no_update();
  EXPECT_EQ(arp_.next_deadline(), at_ms(41000));
  reply("10.0.0.9", 9, 40100);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  arp_.tick(at_ms(70099));
  expect_no_update();
  arp_.tick(at_ms(70100));
  expect_update("10.0.0.9", NeighborState::Stale, 9);
}

TEST_F(ArpTest, UnansweredProbesFallBackToBroadcastThenFail) {
  resolve(0);
  arp_.tick(at_ms(30000));
  arp_.clear_updates();
  request("10.0.0.9", 31000);
  expect_request("10.0.0.9", mac(9));
  for (const int ms : {32000, 33000}) {
    arp_.tick(at_ms(ms));
    expect_request("10.0.0.9", mac(9));
    expect_no_update();
  }
  arp_.tick(at_ms(34000));
  expect_request("10.0.0.9", kBroadcast);
  ASSERT_EQ(arp_.updates().size(), 1u);
  EXPECT_EQ(arp_.updates()[0].state, NeighborState::Incomplete);
  arp_.clear_updates();
  for (const int ms : {35000, 36000}) {
    arp_.tick(at_ms(ms));
    expect_request("10.0.0.9", kBroadcast);
  }
  arp_.tick(at_ms(37000));
  ASSERT_EQ(arp_.updates().size(), 1u);
  EXPECT_EQ(arp_.updates()[0].state, NeighborState::Failed);
}

TEST_F(ArpTest, AReachableNeighborThatIsDoubtedIsProbedAtOnce) {
  resolve(0);
  request("10.0.0.9", 1000);  // a table has lost the news
  expect_silence();
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  arp_.request({0, ip("10.0.0.9"), true}, at_ms(2000));
  expect_request("10.0.0.9", mac(9));
  expect_no_update();
  arp_.request({0, ip("10.0.0.9"), true}, at_ms(2500));
  expect_silence();
  reply("10.0.0.9", 9, 2600);
  expect_update("10.0.0.9", NeighborState::Reachable, 9);
  arp_.tick(at_ms(32'599));
  expect_no_update();
  arp_.tick(at_ms(32'600));
  expect_update("10.0.0.9", NeighborState::Stale, 9);
}

TEST_F(ArpTest, WhatIsOnNoLinkFailsWithoutAWord) {
  request("192.0.2.1", 0);
  expect_silence();
  EXPECT_EQ(count_.arp_requests_sent.get(), 0u);
  for (const int ms : {1000, 2000, 3000}) arp_.tick(at_ms(ms));
  ASSERT_EQ(arp_.updates().size(), 2u);
  EXPECT_EQ(arp_.updates()[1].state, NeighborState::Failed);
}

TEST_F(ArpTest, AFullTableEvictsTheOldestIdleEntry) {
  ArpResolver small{config_, {.entries = 2, .updates = 1024}, {}, pool(), tx_, count_};
  const auto meet = [&](const char* host, std::int64_t ms) {
    small.receive(0, {ArpOperation::Request, mac(9), ip(host), {}, ip("10.0.0.1")}, at_ms(ms));
  };
  meet("10.0.0.22", 0);
  meet("10.0.0.21", 10);
  meet("10.0.0.23", 20);
  EXPECT_EQ(count_.neighbors_evicted.get(), 1u);
  take_frames();
  small.request({0, ip("10.0.0.21")}, at_ms(30));
  EXPECT_EQ(take_arp().at(0).ethernet.destination, mac(9)) << "10.0.0.22 was older";
  small.request({0, ip("10.0.0.24")}, at_ms(30));
  EXPECT_EQ(count_.neighbors_evicted.get(), 2u);
  take_frames();
  small.clear_updates();
  small.request({0, ip("10.0.0.25")}, at_ms(30));  // both are being asked for
  meet("10.0.0.26", 30);
  EXPECT_EQ(count_.neighbors_evicted.get(), 2u);
  EXPECT_TRUE(small.updates().empty());
  EXPECT_EQ(take_arp().size(), 1u) << "the request is answered all the same";
}

TEST_F(ArpTest, LostUpdatesAreCounted) {
  ArpResolver small{config_, {.entries = 8, .updates = 1}, {}, pool(), tx_, count_};
  small.request({0, ip("10.0.0.21")}, at_ms(0));
  EXPECT_EQ(count_.neighbor_updates_lost.get(), 0u);
  small.request({0, ip("10.0.0.22")}, at_ms(0));
  EXPECT_EQ(small.updates().size(), 1u);
  EXPECT_EQ(count_.neighbor_updates_lost.get(), 1u);
}

TEST_F(ArpTest, AnEmptyPoolOrAFullListIsCountedAndTriedAgain) {
  std::vector<pkt::Packet*> all;
  while (pkt::Packet* p = pool().alloc()) all.push_back(p);
  request("10.0.0.9", 0);
  EXPECT_EQ(dropped(DropReason::PoolEmpty), 1u);
  for (auto* p : all) p->free();
  while (tx_.room() > 0) ASSERT_TRUE(tx_.push(*pool().alloc()));
  arp_.tick(at_ms(1000));
  EXPECT_EQ(dropped(DropReason::TransmitListFull), 1u);
  EXPECT_EQ(count_.arp_requests_sent.get(), 0u);
  free_pending();
  arp_.tick(at_ms(2000));
  expect_request("10.0.0.9", kBroadcast);
}

}  // namespace
}  // namespace millrace::ip::test
