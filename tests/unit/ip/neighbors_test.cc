#include "ip/neighbors.h"

#include "unit/ip/ip_fixture.h"

namespace millrace::ip::test {
namespace {

constexpr NeighborLimits kSmall{.entries = 4, .waiting_per_entry = 3, .waiting = 5, .requests = 2};

class NeighborsTest : public IpTest {
 protected:
  NeighborsTest() : IpTest(kSmall) {}

  /// A frame that can be told by its number.
  void send(const char* neighbor, unsigned number, Time now = {}) {
    pkt::Packet* frame = pool().alloc();
    frame->append(20);
    std::fill_n(frame->data(), 20, static_cast<std::byte>(number));
    ++count_.offered;
    neighbors_.send({0, ip(neighbor)}, *frame, now);
  }
  void apply(const char* neighbor, NeighborState state, Time now = {}, std::uint8_t last = 9) {
    neighbors_.apply({0, ip(neighbor), mac(last), state}, now);
  }
  /// The numbers of the frames that left; each must carry this MAC.
  std::vector<unsigned> left(std::uint8_t last = 9) {
    std::vector<unsigned> numbers;
    for (const auto& frame : take_frames()) {
      EXPECT_EQ(wire::load_mac(frame.data()), mac(last));
      EXPECT_EQ(frame.size(), 20u);
      EXPECT_EQ(frame[6], frame[19]) << "only the destination is written";
      numbers.push_back(std::to_integer<unsigned>(frame[19]));
    }
    return numbers;
  }
  std::size_t take_requests() {
    const std::size_t n = neighbors_.requests().size();
    neighbors_.clear_requests();
    return n;
  }
  using Numbers = std::vector<unsigned>;
};

TEST_F(NeighborsTest, AMissAsksOnceAndWaits) {
  send("10.0.0.9", 1);
  send("10.0.0.9", 2);
  ASSERT_EQ(neighbors_.requests().size(), 1u);
  EXPECT_EQ(neighbors_.requests()[0], (NeighborRequest{0, ip("10.0.0.9")}));
  EXPECT_EQ(neighbors_.waiting(), 2u);
  EXPECT_EQ(neighbors_.size(), 1u);
  EXPECT_TRUE(tx_.pending().empty());
  apply("10.0.0.9", NeighborState::Reachable);
  EXPECT_EQ(left(), (Numbers{1, 2}));
  EXPECT_EQ(neighbors_.waiting(), 0u);
  EXPECT_EQ(count_.listed.get(), 2u);
  send("10.0.0.9", 3);
  EXPECT_EQ(left(), (Numbers{3}));
  EXPECT_EQ(take_requests(), 1u) << "nothing more was asked";
}

TEST_F(NeighborsTest, StaleNewsReleaseToo) {
  send("10.0.0.9", 1);
  apply("10.0.0.9", NeighborState::Stale);
  EXPECT_EQ(left(), (Numbers{1}));
}

TEST_F(NeighborsTest, TheOldestOfAnEntryGoesFirst) {
  for (unsigned i = 1; i <= 4; ++i) send("10.0.0.9", i);
  EXPECT_EQ(neighbors_.waiting(), 3u);
  EXPECT_EQ(dropped(DropReason::NeighborQueueFull), 1u);
  apply("10.0.0.9", NeighborState::Reachable);
  EXPECT_EQ(left(), (Numbers{2, 3, 4}));
}

TEST_F(NeighborsTest, TheBoundForAll) {
  for (unsigned i = 1; i <= 3; ++i) send("10.0.0.8", i);
  for (unsigned i = 4; i <= 5; ++i) send("10.0.0.9", i);
  EXPECT_EQ(neighbors_.waiting(), 5u);
  send("10.0.0.9", 6);  // its own oldest makes room
  EXPECT_EQ(dropped(DropReason::NeighborQueueFull), 1u);
  send("10.0.0.7", 7);  // nothing of its own to give up
  EXPECT_EQ(dropped(DropReason::NeighborQueueFull), 2u);
  EXPECT_EQ(neighbors_.waiting(), 5u);
  apply("10.0.0.9", NeighborState::Reachable);
  EXPECT_EQ(left(), (Numbers{5, 6}));
  apply("10.0.0.7", NeighborState::Reachable);
  EXPECT_EQ(left(), (Numbers{}));
  apply("10.0.0.8", NeighborState::Reachable);
  EXPECT_EQ(left(), (Numbers{1, 2, 3}));
}

TEST_F(NeighborsTest, AQueueOfNoneDropsAtOnce) {
  IpCounters count;
  NeighborTable table{{.entries = 1, .waiting_per_entry = 0, .waiting = 5, .requests = 1}, {}, tx_, count};
  pkt::Packet* frame = pool().alloc();
  table.send({0, ip("10.0.0.9")}, *frame, {});
  EXPECT_EQ(count.dropped(DropReason::NeighborQueueFull), 1u);
  EXPECT_EQ(table.waiting(), 0u);
}

TEST_F(NeighborsTest, FailureDropsWhatWaitsAndWhatComesForAWhile) {
  send("10.0.0.9", 1, at_ms(0));
  send("10.0.0.9", 2, at_ms(0));
  apply("10.0.0.9", NeighborState::Failed, at_ms(3000));
  EXPECT_EQ(dropped(DropReason::Unresolved), 2u);
  send("10.0.0.9", 3, at_ms(3500));
  EXPECT_EQ(dropped(DropReason::Unresolved), 3u);
  take_requests();
  neighbors_.tick(at_ms(3999));
  EXPECT_EQ(neighbors_.size(), 1u);
  neighbors_.tick(at_ms(4000));
  EXPECT_EQ(neighbors_.size(), 0u);
  EXPECT_FALSE(neighbors_.next_deadline());
  send("10.0.0.9", 4, at_ms(4000));
  EXPECT_EQ(take_requests(), 1u) << "asked afresh";
  EXPECT_EQ(neighbors_.waiting(), 1u);
}

TEST_F(NeighborsTest, FailureOfAStrangerLeavesNoEntry) {
  apply("10.0.0.9", NeighborState::Failed);
  apply("10.0.0.9", NeighborState::Incomplete);
  EXPECT_EQ(neighbors_.size(), 0u);
}

TEST_F(NeighborsTest, WithoutNewsItAsksEachSecondAndGivesUp) {
  send("10.0.0.9", 1, at_ms(0));
  EXPECT_EQ(take_requests(), 1u);
  EXPECT_EQ(neighbors_.next_deadline(), at_ms(1000));
  for (int s = 1; s < 8; ++s) {
    neighbors_.tick(at_ms(s * 1000 - 1));
    EXPECT_EQ(take_requests(), 0u) << s;
    neighbors_.tick(at_ms(s * 1000));
    EXPECT_EQ(take_requests(), 1u) << s;
    EXPECT_EQ(neighbors_.next_deadline(), at_ms(s * 1000 + 1000));
  }
  neighbors_.tick(at_ms(7999));
  EXPECT_EQ(neighbors_.waiting(), 1u);
  neighbors_.tick(at_ms(8000));
  EXPECT_EQ(neighbors_.waiting(), 0u);
  EXPECT_EQ(dropped(DropReason::Unresolved), 1u);
  EXPECT_EQ(take_requests(), 0u);
  EXPECT_EQ(neighbors_.next_deadline(), at_ms(9000));
  neighbors_.tick(at_ms(9000));
  EXPECT_EQ(neighbors_.size(), 0u);
}

TEST_F(NeighborsTest, ReachableGrowsStaleAndItsUseAsks) {
  apply("10.0.0.9", NeighborState::Reachable, at_ms(0));
  EXPECT_EQ(neighbors_.next_deadline(), at_ms(30000));
  neighbors_.tick(at_ms(29999));
  send("10.0.0.9", 1, at_ms(29999));
  EXPECT_EQ(take_requests(), 0u);
  neighbors_.tick(at_ms(30000));
  EXPECT_FALSE(neighbors_.next_deadline());
  EXPECT_EQ(take_requests(), 0u) << "nobody uses it";
  send("10.0.0.9", 2, at_ms(30000));
  EXPECT_EQ(take_requests(), 1u);
  send("10.0.0.9", 3, at_ms(30999));
  EXPECT_EQ(take_requests(), 0u) << "once a second";
  send("10.0.0.9", 4, at_ms(31000));
  EXPECT_EQ(take_requests(), 1u);
  EXPECT_EQ(left(), (Numbers{1, 2, 3, 4})) << "and it is used all the time";
  apply("10.0.0.9", NeighborState::Reachable, at_ms(31000), 8);
  send("10.0.0.9", 5, at_ms(31000));
  EXPECT_EQ(left(8), (Numbers{5}));
  EXPECT_EQ(neighbors_.next_deadline(), at_ms(61000));
}

TEST_F(NeighborsTest, IncompleteNewsMakeItWaitAgain) {
  apply("10.0.0.9", NeighborState::Reachable, at_ms(0));
  apply("10.0.0.9", NeighborState::Incomplete, at_ms(100));
  send("10.0.0.9", 1, at_ms(100));
  EXPECT_EQ(neighbors_.waiting(), 1u);
  EXPECT_EQ(take_requests(), 0u) << "the authority is asking already";
  EXPECT_EQ(neighbors_.next_deadline(), at_ms(1100));
  neighbors_.tick(at_ms(1100));
  EXPECT_EQ(take_requests(), 1u);
  apply("10.0.0.9", NeighborState::Reachable, at_ms(1200));
  EXPECT_EQ(left(), (Numbers{1}));
}

TEST_F(NeighborsTest, LostRequestsAreCountedAndRepeated) {
  send("10.0.0.7", 1, at_ms(0));
  send("10.0.0.8", 2, at_ms(0));
  send("10.0.0.9", 3, at_ms(0));
  EXPECT_EQ(take_requests(), 2u);
  EXPECT_EQ(count_.neighbor_requests_lost.get(), 1u);
  neighbors_.tick(at_ms(1000));
  EXPECT_EQ(count_.neighbor_requests_lost.get(), 2u);
}

TEST_F(NeighborsTest, ADoubtedNeighborIsAskedAtItsNextUse) {
  apply("10.0.0.9", NeighborState::Reachable);
  neighbors_.doubt({0, ip("10.0.0.8")}, at_ms(1));  // nobody knows that one
  EXPECT_EQ(neighbors_.size(), 1u);
  neighbors_.doubt({0, ip("10.0.0.9")}, at_ms(1));
  EXPECT_EQ(take_requests(), 0u);
  send("10.0.0.9", 1, at_ms(1));
  EXPECT_EQ(left(), (Numbers{1})) << "its MAC serves on";
  ASSERT_EQ(neighbors_.requests().size(), 1u);
  EXPECT_EQ(neighbors_.requests()[0], (NeighborRequest{0, ip("10.0.0.9"), true}));
  neighbors_.clear_requests();
  neighbors_.doubt({0, ip("10.0.0.9")}, at_ms(2));
  send("10.0.0.9", 2, at_ms(2));
  EXPECT_EQ(take_requests(), 0u) << "asked already";
  EXPECT_EQ(left(), (Numbers{2}));
  send("10.0.0.9", 3, at_ms(1001));
  ASSERT_EQ(neighbors_.requests().size(), 1u);
  EXPECT_TRUE(neighbors_.requests()[0].doubted) << "no news: the request was lost";
  neighbors_.clear_requests();
  apply("10.0.0.9", NeighborState::Stale);
  send("10.0.0.9", 4, at_ms(2001));
  ASSERT_EQ(neighbors_.requests().size(), 1u);
  EXPECT_FALSE(neighbors_.requests()[0].doubted);
}

TEST_F(NeighborsTest, ADoubtChangesNothingForWhoIsNotReachable) {
  send("10.0.0.9", 1);
  EXPECT_EQ(take_requests(), 1u);
  neighbors_.doubt({0, ip("10.0.0.9")}, at_ms(1));
  send("10.0.0.9", 2, at_ms(1));
  EXPECT_EQ(take_requests(), 0u);
  EXPECT_EQ(neighbors_.waiting(), 2u);
  apply("10.0.0.9", NeighborState::Reachable);
  EXPECT_EQ(left(), (Numbers{1, 2}));
}

TEST_F(NeighborsTest, AFullTableEvictsTheOldestStale) {
  apply("10.0.0.1", NeighborState::Reachable, at_ms(0));
  apply("10.0.0.3", NeighborState::Stale, at_ms(10));
  apply("10.0.0.2", NeighborState::Stale, at_ms(20));
  apply("10.0.0.4", NeighborState::Stale, at_ms(30));
  EXPECT_EQ(neighbors_.size(), 4u);
  apply("10.0.0.5", NeighborState::Reachable, at_ms(40));
  EXPECT_EQ(count_.neighbors_evicted.get(), 0u) << "news of strangers evict nobody";
  send("10.0.0.9", 1, at_ms(40));
  EXPECT_EQ(count_.neighbors_evicted.get(), 1u);
  EXPECT_EQ(neighbors_.size(), 4u);
  EXPECT_EQ(take_requests(), 1u);
  send("10.0.0.2", 2, at_ms(40));
  send("10.0.0.4", 3, at_ms(40));
  send("10.0.0.1", 4, at_ms(40));
  EXPECT_EQ(left(), (Numbers{2, 3, 4})) << "10.0.0.3 was the oldest";
}

TEST_F(NeighborsTest, AFullTableWithoutStaleEntriesRefuses) {
  for (const char* host : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"})
    apply(host, NeighborState::Reachable, at_ms(0));
  send("10.0.0.9", 1, at_ms(0));
  EXPECT_EQ(dropped(DropReason::NeighborTableFull), 1u);
  apply("10.0.0.1", NeighborState::Stale, at_ms(1));
  send("10.0.0.9", 2, at_ms(1));
  EXPECT_EQ(dropped(DropReason::NeighborTableFull), 1u) << "what became stale makes room at once";
  EXPECT_EQ(neighbors_.waiting(), 1u);
  send("10.0.0.8", 3, at_ms(1));
  EXPECT_EQ(dropped(DropReason::NeighborTableFull), 2u) << "nor does an entry that packets wait for";
}

TEST_F(NeighborsTest, WhatIsConfirmedAgainIsNotEvicted) {
  for (const char* host : {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"}) apply(host, NeighborState::Stale);
  apply("10.0.0.1", NeighborState::Reachable);
  send("10.0.0.9", 1);
  send("10.0.0.1", 2);
  EXPECT_EQ(left(), (Numbers{2}));
  send("10.0.0.2", 3);
  EXPECT_EQ(neighbors_.waiting(), 2u) << "10.0.0.2 made room and is asked for afresh";
}

TEST_F(NeighborsTest, AFullTransmitListDropsAndCounts) {
  for (unsigned i = 0; i < 64; ++i) ASSERT_TRUE(tx_.push(*pool().alloc()));
  apply("10.0.0.9", NeighborState::Reachable);
  send("10.0.0.9", 1);
  EXPECT_EQ(dropped(DropReason::TransmitListFull), 1u);
  EXPECT_EQ(count_.listed.get(), 0u);
}

TEST_F(NeighborsTest, TheTableGivesBackWhatWaits) {
  IpCounters count;
  {
    NeighborTable table{kSmall, {}, tx_, count};
    table.send({0, ip("10.0.0.9")}, *pool().alloc(), {});
    table.send({0, ip("10.0.0.8")}, *pool().alloc(), {});
    EXPECT_EQ(count.parked.get(), 2u);
  }
  EXPECT_EQ(count.parked.get(), 0u);
  EXPECT_EQ(count.dropped(DropReason::Unresolved), 2u);
}

TEST_F(NeighborsTest, PortsAreApart) {
  know(0, "10.0.0.9", 9);
  pkt::Packet* frame = pool().alloc();
  frame->append(20);
  ++count_.offered;
  neighbors_.send({1, ip("10.0.0.9")}, *frame, {});
  EXPECT_EQ(neighbors_.waiting(), 1u);
}

}  // namespace
}  // namespace millrace::ip::test
