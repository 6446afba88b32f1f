// Buffers that nobody configured: over 100 ms of round trip a reader who keeps up gets the full rate, and one who does
// not is given no more than he drains.
#include <set>

#include "sim/scenario.h"

namespace millrace::sim {
namespace {

constexpr std::uint64_t kRate = 40'000'000;  ///< bits per second: 500 kB in a round trip, eight first windows

class Buffers : public Scenario {
 protected:
  static ScenarioOptions long_path() {
    ScenarioOptions options;
    options.a.data_packets = options.b.data_packets = 16'383;
    options.link.delay = milliseconds{50};
    options.link.bits_per_second = kRate;
    options.link.queue_frames = 5000;  // more than the largest window: nothing is lost
    return options;
  }
  /// Bytes received in a second, from now on.
  std::uint64_t bytes_of_a_second() {
    const std::size_t before = app_b.told(server).received.size();
    run(seconds{1});
    return app_b.told(server).received.size() - before;
  }
  /// What the wire carries of text in a second.
  [[nodiscard]] std::uint64_t full_rate() const { return kRate / 8 * mss() / 1514; }

  void end() {
    app_b.every_turn = nullptr;
    app_b.read_at_once = ~0u;
    client.abort();
    run(seconds{1});
    app_b.read_all();
  }
};

TEST_F(Buffers, AFastReaderGetsTheFullRate) {
  start(long_path());
  keep_frames = false;
  establish();
  app_a.stream(client, 60'000'000, 5);
  run(seconds{3});
  EXPECT_GE(bytes_of_a_second(), full_rate() * 95 / 100);
  const std::uint32_t held = server.details().receive_buffer;
  EXPECT_GE(held, 2 * 500'000u) << "two round trips' worth";
  EXPECT_LE(held, 6u << 20);
  EXPECT_GT(client.details().send_buffer, 500'000u);
  EXPECT_EQ(count(From::B).receive_granted.get(), held - (128u << 10));
  end();
  EXPECT_EQ(count(From::B).receive_granted.get(), 0u);
}

TEST_F(Buffers, AFixedBufferIsNotTuned) {
  ScenarioOptions options = long_path();
  options.listen.receive_buffer = 128 << 10;
  start(options);
  keep_frames = false;
  establish();
  app_a.stream(client, 60'000'000, 5);
  run(seconds{3});
  EXPECT_LE(bytes_of_a_second(), 850'000u) << "a window per round trip";
  EXPECT_EQ(server.details().receive_buffer, 128u << 10);
  EXPECT_EQ(count(From::B).receive_granted.get(), 0u);
  end();
}

/// He reads 20 kB each 100 ms, and leaves the rest.
TEST_F(Buffers, ASlowReaderGetsNoMoreThanHeDrains) {
  start(long_path());
  keep_frames = false;
  establish();
  app_b.reading = false;
  app_b.read_at_once = 20'000;
  Time next = world->now();
  app_b.every_turn = [&] {
    if (world->now() < next) return;
    next = world->now() + milliseconds{100};
    app_b.read_all();
  };
  app_a.stream(client, 60'000'000, 5);
  run(seconds{4});
  EXPECT_EQ(server.details().receive_buffer, 128u << 10);
  EXPECT_EQ(count(From::B).receive_granted.get(), 0u);
  EXPECT_GE(app_b.told(server).received.size(), 500'000u) << "he did read";
  end();
}

/// Growth that the worker's budget does not allow does not come.
TEST_F(Buffers, GrowthStopsAtTheBudget) {
  ScenarioOptions options = long_path();
  options.b.tcp.buffers.receive_budget = 300'000;
  start(options);
  keep_frames = false;
  establish();
  app_a.stream(client, 60'000'000, 5);
  run(seconds{4});
  EXPECT_GT(server.details().receive_buffer, 128u << 10);
  EXPECT_LE(count(From::B).receive_granted.get(), 300'000u);
  EXPECT_EQ(count(From::B).receive_granted.get(), server.details().receive_buffer - (128u << 10));
  end();
}

/// The edge stands while nothing may be kept; afterwards the sender's probe finds the window open again, and no byte is
/// missing.
TEST_F(Buffers, WhatIsBeyondThePoolIsDroppedAndComesAgain) {
  start();
  establish();
  std::vector<pkt::Packet*> hoard;
  while (world->b.data_pool().available() > world->b.data_pool().size() / 20)
    hoard.push_back(world->b.data_pool().alloc());
  for (int i = 0; i < 32; ++i) (void)world->b.turn();  // measured once in 32 turns
  seen.clear();
  app_a.stream(client, 100'000, 6, Then::Shutdown);
  run(milliseconds{500});
  EXPECT_TRUE(app_b.told(server).received.empty());
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedMemory), 0u);
  ASSERT_FALSE(seen_from(From::B, is_any).empty());
  std::set<std::uint32_t> edges;
  for (const Seen& answer : seen_from(From::B, is_any))
    edges.insert((answer.frame.tcp.ack + (answer.frame.tcp.window << 7)).raw());
  EXPECT_EQ(edges.size(), 1u) << "it neither went on nor came back";
  for (pkt::Packet* packet : hoard) packet->free();
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(6, 100'000));
  server.close();
}

}  // namespace
}  // namespace millrace::sim
