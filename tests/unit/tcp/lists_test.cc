#include "tcp/lists.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/random.h"

namespace millrace::tcp {
namespace {

TEST(TcbList, FirstInFirstOutAndOnceEach) {
  base::Slab<Tcb> tcbs{3};
  for (int i = 0; i < 3; ++i) (void)tcbs.take();
  ReadyList list{tcbs};
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.pop(), nullptr);
  list.push(tcbs[1]);
  EXPECT_FALSE(list.empty());
  EXPECT_TRUE(tcbs[1].has(kOnReady));
  EXPECT_FALSE(tcbs[1].has(kOnEvents));
  list.push(tcbs[0]);
  list.push(tcbs[1]);
  list.push(tcbs[2]);
  EXPECT_EQ(list.pop(), &tcbs[1]);
  EXPECT_FALSE(tcbs[1].has(kOnReady));
  list.push(tcbs[1]);
  EXPECT_EQ(list.pop(), &tcbs[0]);
  EXPECT_EQ(list.pop(), &tcbs[2]);
  EXPECT_EQ(list.pop(), &tcbs[1]);
  EXPECT_TRUE(list.empty());
  list.push(tcbs[2]);
  EXPECT_EQ(list.pop(), &tcbs[2]);
  EXPECT_EQ(list.pop(), nullptr);
}

// Never empty for a long time, so the ring goes round; also with all of them in it.
TEST(TcbList, KeepsItsOrderRoundAndRound) {
  for (const std::uint32_t capacity : {1u, 3u, 4u, 5u}) {
    base::Slab<Tcb> tcbs{capacity};
    for (std::uint32_t i = 0; i < capacity; ++i) (void)tcbs.take();
    ReadyList list{tcbs};
    std::deque<Tcb*> waiting;
    base::Random random{capacity};
    std::size_t longest = 0;
    for (int turn = 0; turn < 10'000; ++turn) {
      if (random.below(2) == 0 && waiting.size() > 1) {
        ASSERT_EQ(list.pop(), waiting.front());
        waiting.pop_front();
      } else {
        Tcb& tcb = tcbs[static_cast<std::uint32_t>(random.below(capacity))];
        if (!tcb.has(kOnReady)) waiting.push_back(&tcb);
        list.push(tcb);
      }
      longest = std::max(longest, waiting.size());
    }
    EXPECT_EQ(longest, capacity);
    for (; !waiting.empty(); waiting.pop_front()) ASSERT_EQ(list.pop(), waiting.front());
    EXPECT_TRUE(list.empty());
  }
}

TEST(TcbList, TheTwoListsAreIndependent) {
  base::Slab<Tcb> tcbs{2};
  for (int i = 0; i < 2; ++i) (void)tcbs.take();
  ReadyList ready{tcbs};
  EventList events{tcbs};
  ready.push(tcbs[0]);
  ready.push(tcbs[1]);
  events.push(tcbs[1]);
  events.push(tcbs[0]);
  EXPECT_EQ(ready.pop(), &tcbs[0]);
  EXPECT_EQ(events.pop(), &tcbs[1]);
  EXPECT_EQ(ready.pop(), &tcbs[1]);
  EXPECT_EQ(events.pop(), &tcbs[0]);
}

}  // namespace
}  // namespace millrace::tcp
