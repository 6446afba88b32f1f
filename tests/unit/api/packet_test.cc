// Zero copy through the API: packets sent, shared, taken; nothing copied, nothing leaked.
#include "api/packet.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "pkt/packet_pool.h"
#include "support/bare_pair.h"

namespace millrace {
namespace {

struct PacketApp {
  bool read = true;
  std::vector<api::Connection> accepted{};
  std::string received{};
  int writable = 0;

  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      api::Connection connection = shard.connection(event.connection);
      if (event.kind == api::EventKind::Accepted) accepted.push_back(connection);
      if (event.kind == api::EventKind::Writable) ++writable;
      if (event.kind == api::EventKind::PeerClosed) connection.close();
      if (event.kind == api::EventKind::Readable && read) take(connection);
    }
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }

  void take(api::Connection connection) {
    while (api::PacketRef packet = connection.take_packet())
      received.append(reinterpret_cast<const char*>(packet->data()), packet->length());
  }
};

struct ApiPacket : testing::Test {
  static constexpr std::uint32_t kPackets = 4096;
  PacketApp client, server;
  BarePair pair{api::AppRef{client}, api::AppRef{server}};
  api::Connection connection;

  void SetUp() override {
    EXPECT_TRUE(pair.b.shard().listen({{}, 80}));
    connection = open();
  }
  void TearDown() override {
    connection.close();
    pair.run_for(minutes{3});
    EXPECT_EQ(pair.a.free_packets(), kPackets);
    EXPECT_EQ(pair.b.free_packets(), kPackets);
  }
  api::Connection open(const api::ConnectOptions& options = {}) {
    const std::size_t before = server.accepted.size();
    auto opened = pair.a.shard().connect({wire::IpAddress::v4(0x0a000002), 80}, options);
    EXPECT_TRUE(opened);
    EXPECT_TRUE(pair.run_until([&] { return server.accepted.size() > before; }, seconds{5}));
    return opened.value();
  }
  api::PacketRef filled(std::size_t bytes, char with) {
    api::PacketRef packet = pair.a.shard().allocate_packet();
    EXPECT_TRUE(packet);
    std::memset(packet->append(static_cast<std::uint16_t>(bytes)), with, bytes);
    return packet;
  }
};

TEST_F(ApiPacket, IsSentAndTakenAsItIs) {
  const std::uint32_t before = pair.a.free_packets();
  api::PacketRef packet = filled(1000, 'a');
  EXPECT_EQ(pair.a.free_packets(), before - 1);
  EXPECT_TRUE(connection.send_packet(packet));
  EXPECT_FALSE(packet);
  api::PacketRef larger_than_a_segment = filled(2000, 'b');
  EXPECT_TRUE(connection.send_packet(larger_than_a_segment));
  EXPECT_EQ(connection.unacknowledged(), 3000u);
  EXPECT_TRUE(pair.run_until([&] { return server.received.size() == 3000; }, seconds{1}));
  EXPECT_EQ(server.received, std::string(1000, 'a') + std::string(2000, 'b'));
}

TEST_F(ApiPacket, WhatWasTakenCanBeSentOn) {
  server.read = false;
  api::PacketRef packet = filled(700, 'x');
  EXPECT_TRUE(connection.send_packet(packet));
  pair.run_for(milliseconds{10});
  api::PacketRef taken = server.accepted[0].take_packet();
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->length(), 700);
  EXPECT_EQ(server.accepted[0].readable(), 0u);
  EXPECT_FALSE(server.accepted[0].take_packet());
  EXPECT_TRUE(server.accepted[0].send_packet(taken));
  EXPECT_TRUE(pair.run_until([&] { return client.received == std::string(700, 'x'); }, seconds{1}));
}

TEST_F(ApiPacket, OneBodySharedByManyConnectionsSurvivesLoss) {
  std::vector<api::Connection> all{connection, open(), open()};
  api::PacketRef body = filled(1200, 'z');
  int lost = 0;
  pair.lose = [&](const BarePair::Frame& frame) { return frame.size() > 1200 && lost++ < 2; };
  for (api::Connection& one : all) {
    api::PacketRef shared = pair.a.shard().share_packet(body);
    ASSERT_TRUE(shared);
    EXPECT_TRUE(one.send_packet(shared));
  }
  EXPECT_TRUE(pair.run_until([&] { return server.received.size() == 3600; }, seconds{5}));
  EXPECT_EQ(server.received, std::string(3600, 'z'));
  EXPECT_EQ(lost, 5);  // three, and two once more
  for (api::Connection& one : all) one.close();
}

TEST_F(ApiPacket, AFullSendQueueRefusesAndTellsWhenThereIsRoom) {
  server.read = false;
  std::size_t sent = 0;
  api::PacketRef packet;
  do {
    packet = filled(1448, 'f');
    if (connection.send_packet(packet)) sent += 1448;
  } while (!packet && sent < 10'000'000);
  EXPECT_TRUE(packet);
  EXPECT_EQ(packet->length(), 1448);
  EXPECT_EQ(connection.send_room(), 0u);
  EXPECT_GE(sent, 100'000u);
  server.read = true;
  EXPECT_TRUE(pair.run_until([&] { return client.writable == 1; }, seconds{5}));
  EXPECT_TRUE(connection.send_packet(packet));
  EXPECT_TRUE(pair.run_until([&] { return server.received.size() == sent + 1448; }, seconds{5}));
}

TEST_F(ApiPacket, WhatCannotBeSentStaysTheCallers) {
  api::PacketRef none;
  EXPECT_FALSE(connection.send_packet(none));
  api::PacketRef empty = pair.a.shard().allocate_packet();
  EXPECT_FALSE(connection.send_packet(empty));
  EXPECT_TRUE(empty);
  api::PacketRef chained = filled(10, 'c');
  pkt::chain(*chained.get(), *filled(10, 'd').release());
  EXPECT_FALSE(connection.send_packet(chained));
  api::PacketRef packet = filled(10, 'e');
  EXPECT_FALSE(api::Connection{}.send_packet(packet));
  EXPECT_FALSE(api::Connection{}.take_packet());
  connection.shutdown();
  EXPECT_FALSE(connection.send_packet(packet));
  EXPECT_TRUE(packet);
  pair.run_for(seconds{1});
  EXPECT_EQ(client.writable, 0);
}

TEST_F(ApiPacket, AnEmptyPoolIsAnOrdinaryAnswer) {
  std::vector<api::PacketRef> all;
  while (api::PacketRef packet = pair.a.shard().allocate_packet()) all.push_back(std::move(packet));
  EXPECT_EQ(all.size(), kPackets);
  EXPECT_FALSE(pair.a.shard().allocate_packet());
}

}  // namespace
}  // namespace millrace
