// The rings between workers and the sorting by owner, on one thread: order, bounds, counters, no packet lost.
#include "stack/handover.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "pkt/packet_pool.h"

namespace millrace::stack {
namespace {

class HandoverTest : public testing::Test {
 protected:
  pkt::Packet* packet() { return pool_.alloc(); }
  std::vector<pkt::Packet*> packets(std::size_t n) {
    std::vector<pkt::Packet*> all(n);
    for (auto& p : all) p = packet();
    return all;
  }
  static void free_all(std::span<pkt::Packet*> all) {
    for (auto* p : all) p->free();
  }
  void TearDown() override { EXPECT_EQ(pool_.available(), pool_.size()); }

  pkt::PacketPool pool_{{.name = "handover", .packets = 512, .data_size = 128, .cache = 0}};
};

TEST_F(HandoverTest, KeepsOrderAndTakesAPrefixWhenFull) {
  RingMatrix rings{2, 4};
  auto sent = packets(6);
  EXPECT_FALSE(rings.waiting(1));
  EXPECT_EQ(rings.push(0, 1, sent), 4u);
  EXPECT_TRUE(rings.waiting(1));
  EXPECT_FALSE(rings.waiting(0));
  std::array<pkt::Packet*, 3> room{};
  EXPECT_EQ(rings.pop(1, room), 3u);
  EXPECT_EQ(room[0], sent[0]);
  EXPECT_EQ(room[2], sent[2]);
  EXPECT_EQ(rings.pop(1, room), 1u);
  EXPECT_EQ(room[0], sent[3]);
  EXPECT_EQ(rings.pop(1, room), 0u);
  EXPECT_FALSE(rings.waiting(1));
  EXPECT_EQ(rings.pop(0, room), 0u);
  free_all(sent);
}

TEST_F(HandoverTest, EveryGiverGetsItsTurn) {
  RingMatrix rings{3, 8};
  auto of1 = packets(4);
  auto of2 = packets(4);
  EXPECT_EQ(rings.push(1, 0, of1), 4u);
  EXPECT_EQ(rings.push(2, 0, of2), 4u);
  std::array<pkt::Packet*, 2> room{};
  EXPECT_EQ(rings.pop(0, room), 2u);  // starts with worker 0 itself, so worker 1
  EXPECT_EQ(room[0], of1[0]);
  EXPECT_EQ(rings.pop(0, room), 2u);  // worker 1 again
  EXPECT_EQ(room[1], of1[3]);
  std::array<pkt::Packet*, 1> one{};
  EXPECT_EQ(rings.pop(0, one), 1u);  // worker 2
  EXPECT_EQ(one[0], of2[0]);
  EXPECT_EQ(rings.push(1, 0, of1), 4u);
  EXPECT_EQ(rings.pop(0, one), 1u);  // round again
  EXPECT_EQ(one[0], of1[0]);
  EXPECT_EQ(rings.pop(0, one), 1u);
  EXPECT_EQ(one[0], of1[1]);
  EXPECT_EQ(rings.pop(0, one), 1u);
  EXPECT_EQ(one[0], of2[1]);
  std::array<pkt::Packet*, 8> rest{};
  EXPECT_EQ(rings.pop(0, rest), 4u);
  free_all(of1);
  free_all(of2);
}

TEST_F(HandoverTest, FreesWhatIsUnderWayAtTheEnd) {
  RingMatrix rings{2, 8};
  auto sent = packets(5);
  EXPECT_EQ(rings.push(1, 0, sent), 5u);
}

TEST_F(HandoverTest, SorterHandsEachOwnerItsFramesAndCounts) {
  RingMatrix rings{3, 16};
  HandoverCounters count;
  OwnerSorter sorter{rings, 1, count};
  auto all = packets(5);
  sorter.add(0, *all[0]);
  sorter.add(2, *all[1]);
  sorter.add(0, *all[2]);
  sorter.add(2, *all[3]);
  sorter.add(0, *all[4]);
  EXPECT_FALSE(rings.waiting(0));
  sorter.flush();
  EXPECT_EQ(count.rx_given.get(), 5u);
  EXPECT_EQ(count.rx_dropped.get(), 0u);
  std::array<pkt::Packet*, 8> room{};
  ASSERT_EQ(rings.pop(0, room), 3u);
  EXPECT_EQ(room[0], all[0]);
  EXPECT_EQ(room[1], all[2]);
  EXPECT_EQ(room[2], all[4]);
  ASSERT_EQ(rings.pop(2, room), 2u);
  EXPECT_EQ(room[0], all[1]);
  EXPECT_EQ(room[1], all[3]);
  sorter.flush();
  EXPECT_EQ(count.rx_given.get(), 5u);
  free_all(all);
}

TEST_F(HandoverTest, SorterDropsWhatDoesNotFitAndCountsIt) {
  RingMatrix rings{2, 3};
  HandoverCounters count;
  OwnerSorter sorter{rings, 0, count};
  for (auto* p : packets(5)) sorter.add(1, *p);
  sorter.flush();
  EXPECT_EQ(count.rx_given.get(), 3u);
  EXPECT_EQ(count.rx_dropped.get(), 2u);
  EXPECT_EQ(pool_.available(), pool_.size() - 3);
}

TEST_F(HandoverTest, SorterFlushesAFullStageByItself) {
  RingMatrix rings{2, 256};
  HandoverCounters count;
  {
    OwnerSorter sorter{rings, 0, count};
    auto all = packets(OwnerSorter::kStage + 1);
    for (std::size_t i = 0; i < OwnerSorter::kStage; ++i) sorter.add(1, *all[i]);
    EXPECT_EQ(count.rx_given.get(), 0u);
    sorter.add(1, *all.back());
    EXPECT_EQ(count.rx_given.get(), OwnerSorter::kStage);
    sorter.flush();
    EXPECT_EQ(count.rx_given.get(), OwnerSorter::kStage + 1);
    sorter.add(1, *packet());  // never flushed: the sorter frees it
  }
  EXPECT_EQ(count.rx_given.get(), OwnerSorter::kStage + 1);
}

}  // namespace
}  // namespace millrace::stack
