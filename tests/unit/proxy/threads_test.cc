// What other threads may read of a proxy while its worker runs; meant to be run under ThreadSanitizer.
#include <atomic>
#include <cstdint>
#include <thread>

#include "bed.h"

namespace millrace::proxy {
namespace {

class ProxyThreads : public Bed {
 protected:
  ProxyThreads() { draining = true; }
};

// As a program does it that was asked to stop: it looks at the counters until the proxy has drained.
TEST_F(ProxyThreads, DrainedAndCountersAreReadWhileItRuns) {
  constexpr int kPairs = 500;
  start();
  std::atomic<bool> watched{false};  // relaxed: orders nothing
  std::thread worker{[&] {
    for (int i = 0; i < kPairs; ++i) {
      const Two two = joined();
      shard.sends(two.client, "text");
      turn();
      shard.gone(two.client, api::CloseReason::ResetByPeer);
      turn();
    }
    joined();
    while (!watched.load(std::memory_order_relaxed)) std::this_thread::yield();
    proxy->drain(shard.api(), shard.now + seconds{1});
    for (int i = 0; i < kPairs; ++i) turn();
    turn_at(shard.now + seconds{1});
  }};
  std::uint64_t last = 0;
  while (!proxy->drained()) {
    const std::uint64_t connections = server(0).connections.get() + server(1).connections.get();
    EXPECT_GE(connections, last);
    last = connections;
    std::uint64_t sum = 0;
    count().for_each([&](std::string_view, std::uint64_t value) { sum += value; });
    if (sum > 0) watched.store(true, std::memory_order_relaxed);
    std::this_thread::yield();
  }
  worker.join();
  EXPECT_EQ(ended(PairEnd::Drained), 1u);
  EXPECT_EQ(ended(PairEnd::ClientReset), static_cast<std::uint64_t>(kPairs));
  EXPECT_EQ(server(0).connections.get() + server(1).connections.get(), kPairs + 1u);
}

}  // namespace
}  // namespace millrace::proxy
