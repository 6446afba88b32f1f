// What workers tell each other about neighbors, each on a thread of its own; meant to be run under ThreadSanitizer.
//
// Progress that bounds the rings is told by relaxed atomics, which order nothing: only the rings may.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <deque>
#include <thread>

#include "stack/neighbor_exchange.h"

namespace millrace::stack {
namespace {

ip::NeighborRequest request(std::uint16_t worker, std::uint32_t number) {
  return {.port = worker, .ip = wire::IpAddress::v4(number)};
}

/// The answer says twice what was asked, so that one put together from two shows.
ip::NeighborUpdate answer(const ip::NeighborRequest& asked) {
  ip::NeighborUpdate news{.port = asked.port, .ip = asked.ip, .mac = {}, .state = ip::NeighborState::Reachable};
  for (int i = 0; i < 4; ++i) news.mac.bytes[i] = static_cast<std::uint8_t>(asked.ip.v4_value() >> 8 * i);
  return news;
}

TEST(NeighborThreads, EveryRequestIsAskedOnceAndEveryOneHearsTheNews) {
  constexpr std::uint32_t kEach = 5'000;
  constexpr std::size_t kRing = 64;
  NeighborExchange exchange{3, kRing};
  std::array<std::atomic<std::uint32_t>, 3> heard{};  // news taken by each worker
  const auto ask = [&](std::uint16_t self) {
    std::array<std::uint32_t, 3> next{};
    std::uint32_t asked = 0;
    while (next[1] < kEach || next[2] < kEach) {
      while (asked < kEach && asked - next[self] < kRing) exchange.ask(self, std::array{request(self, asked++)});
      std::uint32_t taken = 0;
      exchange.take_updates(self, [&](const ip::NeighborUpdate& news) {
        EXPECT_EQ(news.ip, wire::IpAddress::v4(next[news.port]));
        EXPECT_EQ(news.mac, answer(request(news.port, next[news.port])).mac);
        next[news.port] = news.ip.v4_value() + 1;
        ++taken;
      });
      heard[self].fetch_add(taken, std::memory_order_relaxed);
      if (taken == 0) std::this_thread::yield();
    }
  };
  std::thread one{ask, std::uint16_t{1}};
  std::thread two{ask, std::uint16_t{2}};
  std::array<std::uint32_t, 3> next{};
  std::deque<ip::NeighborRequest> open;
  std::uint32_t published = 0;
  while (next[1] < kEach || next[2] < kEach || !open.empty()) {
    exchange.take_requests([&](const ip::NeighborRequest& asked) {
      EXPECT_EQ(asked.ip, wire::IpAddress::v4(next[asked.port]));
      next[asked.port] = asked.ip.v4_value() + 1;
      open.push_back(asked);
    });
    const std::uint32_t slowest =
        std::min(heard[1].load(std::memory_order_relaxed), heard[2].load(std::memory_order_relaxed));
    for (; !open.empty() && published - slowest < kRing; ++published) {
      exchange.publish(std::array{answer(open.front())});
      open.pop_front();
    }
    std::this_thread::yield();
  }
  one.join();
  two.join();
  EXPECT_EQ(published, 2 * kEach);
}

// Worker 0 waits until the ring must have overflowed, worker 1 then until enough was taken.
TEST(NeighborThreads, AFullRingLosesWholeMessagesOnly) {
  constexpr std::uint32_t kTaken = 1'000;
  NeighborExchange exchange{2, 4};
  std::atomic<std::uint32_t> asked{0};
  std::atomic<std::uint32_t> taken{0};
  std::thread one{[&] {
    for (std::uint32_t i = 0; taken.load(std::memory_order_relaxed) < kTaken; ++i) {
      exchange.ask(1, std::array{request(static_cast<std::uint16_t>(i), i)});
      asked.store(i + 1, std::memory_order_relaxed);
      if (i % 8 == 7) std::this_thread::yield();
    }
  }};
  while (asked.load(std::memory_order_relaxed) < 100) std::this_thread::yield();
  std::uint32_t next = 0;
  while (taken.load(std::memory_order_relaxed) < kTaken) {
    exchange.take_requests([&](const ip::NeighborRequest& one_of_them) {
      const std::uint32_t number = one_of_them.ip.v4_value();
      EXPECT_EQ(one_of_them.port, static_cast<std::uint16_t>(number));
      EXPECT_GE(number, next);
      next = number + 1;
      taken.fetch_add(1, std::memory_order_relaxed);
    });
    std::this_thread::yield();
  }
  one.join();
  EXPECT_LT(taken.load(), asked.load());
}

}  // namespace
}  // namespace millrace::stack
