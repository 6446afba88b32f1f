// Order, bound and slices of the inbox, on one thread.
#include "stack/inbox.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace millrace::stack {
namespace {

Task append(std::vector<int>& to, int value) {
  return [&to, value] {
    to.push_back(value);
    return TaskState::Done;
  };
}

TEST(Inbox, RunsTasksInOrderWithinTheBudget) {
  Inbox inbox{8};
  std::vector<int> ran;
  EXPECT_EQ(inbox.drain(4), 0u);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(inbox.post(append(ran, i)));
  EXPECT_EQ(inbox.waiting(), 5u);
  EXPECT_EQ(inbox.drain(3), 3u);
  EXPECT_EQ(ran, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(inbox.waiting(), 2u);
  ASSERT_TRUE(inbox.post(append(ran, 5)));
  ASSERT_TRUE(inbox.post(append(ran, 6)));
  EXPECT_EQ(inbox.drain(0), 0u);
  EXPECT_EQ(inbox.drain(9), 4u);
  EXPECT_EQ(ran, (std::vector<int>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(inbox.waiting(), 0u);
  EXPECT_EQ(inbox.drain(9), 0u);
}

TEST(Inbox, RefusesWhatIsBeyondItsCapacity) {
  Inbox inbox{2};
  std::vector<int> ran;
  EXPECT_TRUE(inbox.post(append(ran, 1)));
  EXPECT_TRUE(inbox.post(append(ran, 2)));
  EXPECT_FALSE(inbox.post(append(ran, 3)));
  EXPECT_FALSE(inbox.post(append(ran, 3)));
  EXPECT_EQ(inbox.waiting(), 2u);
  EXPECT_EQ(inbox.drain(1), 1u);
  EXPECT_TRUE(inbox.post(append(ran, 4)));
  EXPECT_FALSE(inbox.post(append(ran, 5)));
  EXPECT_EQ(inbox.drain(9), 2u);
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 4}));
}

TEST(Inbox, CallsAnUnfinishedTaskOncePerTurnAndLetsOthersPass) {
  Inbox inbox{8};
  std::vector<int> ran;
  int left = 3;
  ASSERT_TRUE(inbox.post([&] {
    ran.push_back(100);
    return --left > 0 ? TaskState::Again : TaskState::Done;
  }));
  ASSERT_TRUE(inbox.post(append(ran, 1)));
  EXPECT_EQ(inbox.drain(10), 2u);
  EXPECT_EQ(ran, (std::vector<int>{100, 1}));
  EXPECT_EQ(inbox.waiting(), 1u);
  ASSERT_TRUE(inbox.post(append(ran, 2)));
  EXPECT_EQ(inbox.drain(10), 2u);
  EXPECT_EQ(ran, (std::vector<int>{100, 1, 100, 2}));
  EXPECT_EQ(inbox.drain(10), 1u);
  EXPECT_EQ(inbox.drain(10), 0u);
  EXPECT_EQ(ran.size(), 5u);
  EXPECT_EQ(inbox.waiting(), 0u);
}

TEST(Inbox, TwoUnfinishedTasksTakeTurns) {
  Inbox inbox{8};
  std::vector<int> ran;
  for (int name : {1, 2})
    ASSERT_TRUE(inbox.post([&ran, name] {
      ran.push_back(name);
      return TaskState::Again;
    }));
  EXPECT_EQ(inbox.drain(1), 1u);
  EXPECT_EQ(inbox.drain(1), 1u);
  EXPECT_EQ(inbox.drain(1), 1u);
  EXPECT_EQ(inbox.drain(5), 2u);
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 1, 2, 1}));
}

TEST(Inbox, DestroysWhatWasNotDone) {
  auto alive = std::make_shared<int>(1);
  {
    Inbox inbox{8};
    ASSERT_TRUE(inbox.post([alive] { return TaskState::Again; }));
    ASSERT_TRUE(inbox.post([alive] { return TaskState::Done; }));
    EXPECT_EQ(inbox.drain(1), 1u);
    ASSERT_TRUE(inbox.post([alive] { return TaskState::Done; }));
    EXPECT_EQ(alive.use_count(), 4);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(Ask, SaysWhoDidNotAnswerAndWithdrawsTheQuestion) {
  Inbox inbox{8};
  int asked = 0;
  const auto reply = ask<int>(inbox, 3, Duration{0}, [&asked](int&) {
    ++asked;
    return TaskState::Done;
  });
  EXPECT_FALSE(reply);
  EXPECT_EQ(reply.error, "no answer from worker 3");
  EXPECT_EQ(inbox.drain(9), 1u);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(inbox.waiting(), 0u);
}

TEST(Ask, SaysWhenTheInboxIsFull) {
  Inbox inbox{0};
  const auto reply = ask<int>(inbox, 7, seconds{100}, [](int&) { return TaskState::Done; });
  EXPECT_FALSE(reply);
  EXPECT_EQ(reply.error, "the inbox of worker 7 is full; ask again later");
}

}  // namespace
}  // namespace millrace::stack
