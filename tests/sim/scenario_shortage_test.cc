// Shortage: packet pools that run dry. What exists goes on, what was acknowledged is kept, and everything recovers: an
// empty pool is an ordinary result.
#include <algorithm>

#include "sim/scenario.h"

namespace millrace::sim {
namespace {

class Shortage : public Scenario {
 protected:
  std::vector<pkt::Packet*> take_all(pkt::PacketPool& pool, std::size_t leave = 0) {
    std::vector<pkt::Packet*> taken;
    while (pool.available() > leave) taken.push_back(pool.alloc());
    return taken;
  }
  void give_back(std::vector<pkt::Packet*>& packets) {
    for (pkt::Packet* packet : packets) packet->free();
    packets.clear();
  }
};

/// 100 clients send single bytes and leave holes, so that each byte holds a whole buffer; their reader stalls. One
/// other connection transfers 2 MB. Returns how long that took.
class OneByteFlood : public Shortage {
 protected:
  static constexpr int kClients = 100;
  static constexpr std::uint32_t kPackets = 2047;

  Duration transfer(bool with_flood) {
    app_a = ManualApp{};
    app_b = ManualApp{};
    ScenarioOptions options;
    options.b.data_packets = kPackets;
    options.b.pool_buffers = true;
    options.listen.receive_buffer = 64'000;
    start(options);
    keep_frames = false;
    establish();
    const api::Connection other = server;
    app_b.stalls = [other](const api::Connection& c) { return c.id() != other.id(); };
    lowest = kPackets;
    app_b.every_turn = [this] { lowest = std::min(lowest, world->b.data_pool().available()); };
    if (with_flood) flood();
    const Time began = world->now();
    app_a.stream(client, 2'000'000, 6);
    EXPECT_TRUE(run_until([&] { return app_b.told(other).received.size() == 2'000'000; }));
    EXPECT_TRUE(app_b.told(other).received == stream_bytes(6, 2'000'000));
    return world->now() - began;
  }

  void flood() {
    api::ConnectOptions no_delay;
    no_delay.no_delay = true;
    for (int i = 0; i < kClients; ++i) clients.push_back(open(no_delay));
    ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == kClients + 1; }));
    say_one_byte_each(20);
    run(milliseconds{100});
    EXPECT_GT(count(From::B).compacted_bytes.get(), 19u * kClients - 1);
    lose(
        From::A, [](const TcpFrame& f) { return f.text == text("!"); }, 1, 1'000'000);
    for (api::Connection& c : clients) EXPECT_EQ(c.send(text("!")), 1u);  // never arrives: a hole
    run(microseconds{100});
    say_one_byte_each(60);
    run(milliseconds{100});
  }

  void say_one_byte_each(int bytes) {
    for (int i = 0; i < bytes; ++i) {
      for (api::Connection& c : clients) EXPECT_EQ(c.send(text("x")), 1u);
      run(microseconds{100});
    }
  }

  void end() {
    for (api::Connection& c : clients) c.abort();
    client.abort();
    app_b.stalls = nullptr;
    run(seconds{1});
    app_b.read_all();
    clients.clear();
  }

  std::vector<api::Connection> clients;
  std::uint32_t lowest = 0;
};

TEST_F(OneByteFlood, PoolStaysAliveAndOthersKeepTheirSpeed) {
  const Duration alone = transfer(false);
  end();
  const Duration flooded = transfer(true);
  EXPECT_GE(lowest, kPackets / 16);
  EXPECT_LT(lowest, kPackets / 2);  // the flood held all that the receive budget lets it
  EXPECT_LE(flooded, alone * 11 / 10) << to_us(flooded) << " us instead of " << to_us(alone);
  EXPECT_EQ(world->b.port().counters().rx_no_buffer, 0u);
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedMemory), 0u);
  end();
}

TEST_F(Shortage, ControlPoolEmptyForAWhileEverythingRecovers) {
  start();
  establish();
  auto held = take_all(world->a.control_pool());
  auto held_b = take_all(world->b.control_pool());
  app_a.stream(client, 50'000, 6, Then::Shutdown);
  app_b.stream(server, 50'000, 7, Then::Shutdown);
  run(seconds{3});
  EXPECT_GT(count(From::A).output_no_packet.get() + count(From::B).output_no_packet.get(), 0u);
  give_back(held);
  give_back(held_b);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed && app_b.told(server).closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(6, 50'000));
  EXPECT_TRUE(app_a.told(client).received == stream_bytes(7, 50'000));
}

TEST_F(Shortage, ControlPoolEmptyDuringTheHandshake) {
  start();
  establish();  // so that the neighbor is known
  client.close();
  run(milliseconds{10});
  server.close();
  run(milliseconds{10});
  auto held = take_all(world->b.control_pool());
  client = open();
  run(milliseconds{500});
  EXPECT_FALSE(app_a.told(client).open);
  EXPECT_GT(count(From::B).replies_dropped.get(), 0u);
  give_back(held);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).open; }));
  client.abort();
}

TEST_F(Shortage, DataPoolOfTheReceiverEmptyForAWhile) {
  start();
  establish();
  auto held = take_all(world->b.data_pool());
  app_a.stream(client, 100'000, 6, Then::Shutdown);
  run(seconds{5});
  EXPECT_GT(world->b.port().counters().rx_no_buffer, 0u);
  EXPECT_TRUE(app_b.told(server).received.empty());
  give_back(held);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(6, 100'000));
  server.close();
}

TEST_F(Shortage, NewConnectionsAreRefusedBeforeThePoolEnds) {
  start();
  establish();
  auto held = take_all(world->b.data_pool(), world->b.data_pool().size() / 10);
  for (int i = 0; i < 32; ++i) (void)world->b.turn();  // measured once in 32 turns
  api::Connection late = open();
  run(milliseconds{500});
  EXPECT_FALSE(app_a.told(late).open);
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedPressure), 1u);
  EXPECT_EQ(client.send(text("what exists goes on")), 19u);
  run(milliseconds{500});
  EXPECT_EQ(app_b.told(server).received.size(), 19u);
  give_back(held);
  ASSERT_TRUE(run_until([&] { return app_a.told(late).open; }));
  late.abort();
  client.close();
  run(milliseconds{10});
  server.close();
}

}  // namespace
}  // namespace millrace::sim
