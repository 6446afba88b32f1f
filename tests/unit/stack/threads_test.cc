// Handover and inbox with several threads at once; meant to be run under ThreadSanitizer as well.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "pkt/packet_pool.h"
#include "stack/doorbell.h"
#include "stack/handover.h"
#include "stack/inbox.h"

namespace millrace::stack {
namespace {

// Packets go out and come back over rings only: ThreadSanitizer does not see how DPDK's pool passes them on.
TEST(HandoverThreads, EveryPacketArrivesOnceAndInOrder) {
  constexpr std::uint32_t kEach = 20'000;
  constexpr std::size_t kStock = 64;
  pkt::PacketPool pool{{.name = "handover", .packets = 1024, .data_size = 64, .cache = 0}};
  std::array<std::vector<pkt::Packet*>, 3> stocks;
  for (std::size_t giver : {1, 2})
    for (std::size_t i = 0; i < kStock; ++i) stocks[giver].push_back(pool.alloc());
  {
    RingMatrix rings{3, kStock};
    const auto give = [&](std::uint16_t self) {
      std::vector<pkt::Packet*>& stock = stocks[self];
      std::array<pkt::Packet*, 32> returned{};
      for (std::uint32_t i = 0; i < kEach;) {
        const std::size_t n = rings.pop(self, returned);
        stock.insert(stock.end(), returned.begin(), returned.begin() + static_cast<std::ptrdiff_t>(n));
        if (stock.empty()) {
          std::this_thread::yield();
          continue;
        }
        pkt::Packet* packet = stock.back();
        stock.pop_back();
        packet->meta().port = self;
        packet->meta().seq = i++;
        while (rings.push(self, 0, {&packet, 1}) == 0) std::this_thread::yield();
      }
    };
    std::thread one{give, std::uint16_t{1}};
    std::thread two{give, std::uint16_t{2}};
    std::array<std::uint32_t, 3> next{};
    std::array<pkt::Packet*, 32> room{};
    while (next[1] + next[2] < 2 * kEach) {
      const std::size_t n = rings.pop(0, room);
      if (n == 0) std::this_thread::yield();
      for (std::size_t i = 0; i < n; ++i) {
        const std::uint16_t giver = room[i]->meta().port;
        EXPECT_EQ(room[i]->meta().seq, next[giver]++);
        EXPECT_EQ(rings.push(0, giver, {&room[i], 1}), 1u);
      }
    }
    one.join();
    two.join();
    EXPECT_FALSE(rings.waiting(0));
    EXPECT_EQ(next[1], kEach);
    EXPECT_EQ(next[2], kEach);
  }
  for (auto& stock : stocks)
    for (pkt::Packet* packet : stock) packet->free();
  EXPECT_EQ(pool.available(), pool.size());
}

TEST(InboxThreads, EveryTaskRunsOnceAndInItsThreadsOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5'000;
  Inbox inbox{64};
  std::array<int, kThreads> next{};  // touched by the draining thread only
  std::vector<std::thread> posters;
  for (int t = 0; t < kThreads; ++t)
    posters.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i)
        while (!inbox.post([&next, t, i] {
          EXPECT_EQ(next[t]++, i);
          return TaskState::Done;
        }))
          std::this_thread::yield();
    });
  int ran = 0;
  while (ran < kThreads * kEach) {
    const auto n = static_cast<int>(inbox.drain(16));
    EXPECT_LE(inbox.waiting(), 64u + kThreads);  // refused posts count for a moment
    if (n == 0) std::this_thread::yield();
    ran += n;
  }
  for (auto& poster : posters) poster.join();
  for (int n : next) EXPECT_EQ(n, kEach);
  EXPECT_EQ(inbox.waiting(), 0u);
}

TEST(DoorbellThreads, ARingEndsTheSleep) {
  Doorbell bell;
  std::atomic<bool> woken{false};
  bell.fall_asleep();
  std::thread sleeper{[&] { woken.store(bell.wait({}, hours{1})); }};
  bell.ring();  // whether the sleeper waits already or not
  sleeper.join();
  EXPECT_TRUE(woken.load());
}

TEST(DoorbellThreads, ADescriptorEndsTheSleep) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  Doorbell bell;
  EXPECT_FALSE(bell.wait(std::span{ends}.first(1), Duration{0}));
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_TRUE(bell.wait(std::span{ends}.first(1), hours{1}));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(DoorbellThreads, OnlyASleeperIsRung) {
  Doorbell bell;
  Doorbell other;
  bell.ring();  // awake: leaves no trace
  bell.fall_asleep();
  bell.stay_awake();
  bell.ring();
  bell.fall_asleep();
  other.fall_asleep();
  other.ring();
  EXPECT_TRUE(other.wait({}, hours{1}));
  EXPECT_FALSE(other.wait({}, Duration{0}));  // one ring wakes once
  EXPECT_FALSE(bell.wait({}, Duration{0}));
  EXPECT_FALSE(bell.wait({}, Duration{-1}));
}

/// A worker that drains one inbox until told to stop.
class DrainingWorker {
 public:
  explicit DrainingWorker(Inbox& inbox)
      : thread_([this, &inbox] {
          while (!stop_.load()) {
            turns_.fetch_add(1);
            if (inbox.drain(4) == 0) std::this_thread::yield();
          }
        }) {}
  ~DrainingWorker() {
    stop_.store(true);
    thread_.join();
  }
  [[nodiscard]] int turns() const { return turns_.load(); }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<int> turns_{0};
  std::thread thread_;
};

TEST(AskThreads, AnAnswerIsFilledInSlices) {
  struct Page {
    std::vector<int> rows;
    int slices = 0;
  };
  Inbox inbox{4};
  DrainingWorker worker{inbox};
  const auto reply = ask<Page>(inbox, 0, hours{1}, [](Page& page) {
    ++page.slices;
    for (int i = 0; i < 10; ++i) page.rows.push_back(static_cast<int>(page.rows.size()));
    return page.rows.size() < 50 ? TaskState::Again : TaskState::Done;
  });
  ASSERT_TRUE(reply) << reply.error;
  EXPECT_EQ(reply.answer->slices, 5);
  ASSERT_EQ(reply.answer->rows.size(), 50u);
  EXPECT_EQ(reply.answer->rows.back(), 49);
  EXPECT_GE(worker.turns(), 5);
}

TEST(AskThreads, AnExceptionBecomesTheError) {
  Inbox inbox{4};
  DrainingWorker worker{inbox};
  const auto reply = ask<int>(inbox, 0, hours{1}, [](int&) -> TaskState { throw std::runtime_error("no such row"); });
  EXPECT_FALSE(reply);
  EXPECT_EQ(reply.error, "no such row");
}

TEST(AskThreads, SeveralAskersAtOnce) {
  Inbox inbox{64};
  DrainingWorker worker{inbox};
  std::vector<std::thread> askers;
  for (int t = 0; t < 4; ++t)
    askers.emplace_back([&inbox, t] {
      for (int i = 0; i < 200; ++i) {
        const auto reply = ask<int>(inbox, 0, hours{1}, [t, i](int& answer) {
          answer = t * 1000 + i;
          return TaskState::Done;
        });
        ASSERT_TRUE(reply);
        EXPECT_EQ(*reply.answer, t * 1000 + i);
      }
    });
  for (auto& asker : askers) asker.join();
}

}  // namespace
}  // namespace millrace::stack
