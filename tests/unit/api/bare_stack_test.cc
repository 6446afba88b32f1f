// A pair of bare stacks, in a program that never starts EAL: they connect, carry bytes and close; time is what the
// caller says; the same seed gives the same bytes; what is lost is counted and nothing leaks.
#include "api/bare_stack.h"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>
#include <string>

#include "support/bare_pair.h"

namespace millrace {
namespace {

/// Keeps what it was told, and gives back what it receives when it is to echo.
struct TestApp {
  bool echo = false;
  std::vector<api::EventKind> kinds{};
  std::string received{};
  api::CloseReason reason = api::CloseReason::None;
  std::size_t closed = 0;

  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      kinds.push_back(event.kind);
      api::Connection connection = shard.connection(event.connection);
      if (event.kind == api::EventKind::Readable && echo) connection.transfer_to(connection);
      if (event.kind == api::EventKind::Readable && !echo) read(connection);
      if (event.kind == api::EventKind::PeerClosed) connection.close();
      if (event.kind == api::EventKind::Closed) {
        reason = event.reason;
        ++closed;
      }
    }
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }

  void read(api::Connection connection) {
    std::vector<std::byte> bytes(connection.readable());
    bytes.resize(connection.receive(bytes));
    received.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
};

constexpr std::uint16_t kPort = 7;
const api::Endpoint kServer{wire::IpAddress::v4(0x0a000002), kPort};

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

struct BareStackTest : testing::Test {
  TestApp client, server{.echo = true};

  api::Connection open(BarePair& pair, const api::Endpoint& to = kServer, const api::ConnectOptions& options = {}) {
    auto connection = pair.a.shard().connect(to, options);
    EXPECT_TRUE(connection);
    EXPECT_TRUE(pair.run_until([&] { return !client.kinds.empty(); }, seconds{10}));
    EXPECT_EQ(client.kinds.front(), api::EventKind::Connected);
    return connection.value();
  }
  void listen(BarePair& pair) { EXPECT_TRUE(pair.b.shard().listen({{}, kPort})); }
};

TEST_F(BareStackTest, CarriesBytesAndClosesWithoutEal) {
  BarePair pair{api::AppRef{client}, api::AppRef{server}};
  listen(pair);
  api::Connection connection = open(pair);
  EXPECT_EQ(connection.send(bytes_of("hello")), 5u);
  EXPECT_TRUE(pair.run_until([&] { return client.received == "hello"; }, seconds{1}));

  connection.shutdown();
  EXPECT_TRUE(pair.run_until([&] { return client.closed == 1; }, seconds{1}));
  EXPECT_EQ(client.reason, api::CloseReason::Normal);
  pair.run_for(minutes{2});
  EXPECT_EQ(pair.a.shard().connections(), 0u);
  EXPECT_EQ(pair.a.shard().time_waits(), 0u);
  EXPECT_EQ(pair.a.free_packets(), 4096u);
  EXPECT_EQ(pair.b.free_packets(), 4096u);
}

TEST_F(BareStackTest, IPv6IsUsedAtOnceOrAfterDuplicateAddressDetection) {
  for (const std::uint8_t transmits : {0, 1}) {
    client.kinds.clear();
    auto a = bare_settings(1), b = bare_settings(2);
    a.dad_transmits = b.dad_transmits = transmits;
    BarePair pair{a, api::AppRef{client}, b, api::AppRef{server}};
    listen(pair);
    const api::Endpoint remote{b.addresses[1].address, kPort};
    EXPECT_EQ(static_cast<bool>(pair.a.shard().connect(remote)), transmits == 0);
    pair.run_for(seconds{2});
    if (transmits == 0) continue;
    (void)open(pair, remote);
  }
}

TEST_F(BareStackTest, LargeFramesCrossSeveralBuffers) {
  auto a = bare_settings(1), b = bare_settings(2);
  a.mtu = b.mtu = 9000;
  BarePair pair{a, api::AppRef{client}, b, api::AppRef{server}};
  std::size_t longest = 0;
  pair.on_frame = [&](const BarePair::Frame& frame) { longest = std::max(longest, frame.size()); };
  listen(pair);
  api::Connection connection = open(pair);
  std::string text(30'000, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  EXPECT_EQ(connection.send(bytes_of(text)), text.size());
  EXPECT_TRUE(pair.run_until([&] { return client.received.size() == text.size(); }, seconds{5}));
  EXPECT_EQ(client.received, text);
  EXPECT_EQ(longest, 9014u);
}

TEST_F(BareStackTest, AnIdleHourWithKeepaliveTakesFewTurns) {
  BarePair pair{api::AppRef{client}, api::AppRef{server}};
  listen(pair);
  api::ConnectOptions options;
  options.keepalive = {.on = true, .idle = seconds{10}, .interval = seconds{5}, .count = 3};
  const api::Connection connection = open(pair, kServer, options);
  std::size_t frames = 0;
  pair.on_frame = [&](const BarePair::Frame&) { ++frames; };
  const std::uint64_t before = pair.turns();
  pair.run_for(hours{1});
  EXPECT_TRUE(connection.valid());
  EXPECT_GE(frames, 2u * 350);  // a probe each ten seconds and its answer
  EXPECT_LE(frames, 4u * 360);  // and now and then a neighbor is asked whether it is there
  EXPECT_LE(pair.turns() - before, 20'000u);
}

std::vector<BarePair::Frame> frames_with_seed(std::uint64_t seed) {
  TestApp client, server{.echo = true};
  auto a = bare_settings(1), b = bare_settings(2);
  a.seed = seed;
  BarePair pair{a, api::AppRef{client}, b, api::AppRef{server}};
  std::vector<BarePair::Frame> frames;
  pair.on_frame = [&](const BarePair::Frame& frame) { frames.push_back(frame); };
  EXPECT_TRUE(pair.b.shard().listen({{}, kPort}));
  auto connection = pair.a.shard().connect(kServer);
  EXPECT_TRUE(connection);
  (void)connection.value().send(bytes_of("before it is open"));
  pair.run_for(seconds{1});
  connection.value().close();
  pair.run_for(minutes{2});
  return frames;
}

TEST(BareStackReplay, SameSeedSameBytes) {
  const auto frames = frames_with_seed(17);
  EXPECT_GE(frames.size(), 8u);
  EXPECT_EQ(frames, frames_with_seed(17));
  EXPECT_NE(frames, frames_with_seed(18));
}

TEST_F(BareStackTest, LostFramesAreCounted) {
  auto settings = bare_settings(1);
  settings.packets = 256;
  api::BareStack stack{settings, api::AppRef{client}};
  EXPECT_FALSE(stack.input({}));
  EXPECT_FALSE(stack.input(BarePair::Frame(1515)));
  EXPECT_EQ(stack.lost(), 2u);
  const BarePair::Frame frame(1514);
  for (int i = 0; i < 256; ++i) EXPECT_TRUE(stack.input(frame));
  EXPECT_FALSE(stack.input(frame));
  EXPECT_EQ(stack.lost(), 3u);
  while (stack.advance(Time{})) {
  }
  EXPECT_EQ(stack.free_packets(), 256u);
}

TEST_F(BareStackTest, FramesBeyondTheReceiveRingAreLost) {
  api::BareStack stack{bare_settings(1), api::AppRef{client}};
  const BarePair::Frame frame(60);
  for (int i = 0; i < 1024; ++i) EXPECT_TRUE(stack.input(frame));
  EXPECT_FALSE(stack.input(frame));
  EXPECT_EQ(stack.lost(), 1u);
}

TEST_F(BareStackTest, FullOutputHoldsTheStackBackAndLosesNothing) {
  constexpr std::size_t kConnections = 1500;
  auto a = bare_settings(1);
  a.connections = kConnections + 1;
  BarePair pair{a, api::AppRef{client}, bare_settings(2), api::AppRef{server}};
  listen(pair);
  (void)open(pair);  // the neighbor is known now
  for (std::size_t i = 0; i < kConnections; ++i) EXPECT_TRUE(pair.a.shard().connect(kServer));

  const auto ignore = [](std::span<const std::byte>) {};
  while (pair.a.advance(pair.now())) {
  }
  EXPECT_EQ(pair.a.next_deadline(), pair.now());  // there is more
  EXPECT_EQ(pair.a.output(ignore), 1024u);
  while (pair.a.advance(pair.now())) {
  }
  EXPECT_EQ(pair.a.output(ignore), kConnections - 1024);
  EXPECT_GT(pair.a.next_deadline(), pair.now());
}

TEST_F(BareStackTest, TimeDoesNotGoBackwards) {
  api::BareStack stack{bare_settings(1), api::AppRef{client}};
  (void)stack.advance(Time{} + seconds{5});
  (void)stack.advance(Time{} + seconds{3});
  EXPECT_EQ(stack.now(), Time{} + seconds{5});
  EXPECT_EQ(stack.shard().now(), Time{} + seconds{5});
}

TEST_F(BareStackTest, MovesWithItsConnections) {
  BarePair pair{api::AppRef{client}, api::AppRef{server}};
  listen(pair);
  const api::Connection connection = open(pair);
  api::BareStack moved = std::move(pair.a);
  EXPECT_TRUE(connection.valid());
  EXPECT_EQ(moved.shard().connections(), 1u);
}

std::string error_of(const api::BareStackSettings& settings) {
  TestApp app;
  try {
    api::BareStack stack{settings, api::AppRef{app}};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(BareStackSettingsTest, WhatCannotWorkIsRefusedWithTheNextStep) {
  auto settings = bare_settings(1);
  settings.addresses.clear();
  EXPECT_EQ(error_of(settings), "port 'bare' has no address; give it one with the length of its network");
  settings = bare_settings(1);
  settings.mtu = 100;
  EXPECT_EQ(error_of(settings), "port 'bare' has an MTU of 100; use 576 or more");
  settings = bare_settings(1);
  settings.packets = 255;
  EXPECT_EQ(error_of(settings), "255 packets are too few for a stack; use 256 or more");
  settings = bare_settings(1);
  settings.routes = {{{wire::IpAddress::v4(0), 0}, wire::IpAddress::v4(0x0b000001)}};
  EXPECT_EQ(error_of(settings),
            "the route to 0.0.0.0/0 goes via 11.0.0.1, which is no neighbor; use a gateway in the network of a port");
  settings.routes = {{{wire::IpAddress::v4(0), 0}, wire::IpAddress::v4(0x0a0000fe)}};
  EXPECT_EQ(error_of(settings), "none");
}

}  // namespace
}  // namespace millrace
