#include "tcp/lists.h"

#include <gtest/gtest.h>

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
