// What an application may do wrong: stale handles, nothing and too much, the wrong thread. Every call answers as its
// header says, and the stack goes on.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>

#include "api/packet.h"
#include "flow/rss.h"
#include "pkt/packet_pool.h"
#include "stack/shard.h"
#include "support/bare_pair.h"

namespace millrace {
namespace {

struct Collector {
  std::vector<api::Event> seen{};
  api::Connection accepted{};
  void on_events(api::Shard shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) {
      seen.push_back(event);
      const bool first = accepted.id() == api::ConnectionId{};
      if (event.kind == api::EventKind::Accepted && first) accepted = shard.connection(event.connection);
    }
  }
  void on_turn(api::Shard, Time) {}
  [[nodiscard]] std::optional<Time> next_deadline() const { return std::nullopt; }
};

constexpr std::size_t kAbsurd = std::numeric_limits<std::size_t>::max();
const std::array<std::byte, 4> kFour{};

/// Every call there is, on a handle that names nothing.
void expect_nothing(api::Connection handle, api::Connection other) {
  EXPECT_FALSE(handle.valid());
  EXPECT_EQ(handle.send(kFour), 0u);
  EXPECT_EQ(handle.send_urgent(kFour), 0u);
  EXPECT_EQ(handle.send_room(), 0u);
  EXPECT_EQ(handle.unacknowledged(), 0u);
  EXPECT_EQ(handle.readable(), 0u);
  EXPECT_TRUE(handle.peek().empty());
  handle.consume(kAbsurd);
  std::array<std::byte, 4> room{};
  EXPECT_EQ(handle.receive(room), 0u);
  EXPECT_EQ(handle.urgent(), 0u);
  EXPECT_FALSE(handle.at_end());
  EXPECT_EQ(handle.transfer_to(other), 0u);
  EXPECT_EQ(other.transfer_to(handle), 0u);
  EXPECT_FALSE(handle.take_packet());
  handle.set_user(7);
  handle.set_options({});
  handle.shutdown();
  handle.close();
  handle.abort();
  handle.abort_after_data();
  EXPECT_EQ(handle.last_soft_error(), api::SoftError::None);
  EXPECT_EQ(handle.info().state, "");
}

struct Misuse : testing::Test {
  Collector client, server;
  BarePair pair{api::AppRef{client}, api::AppRef{server}};
  api::Connection connection;
  std::uint16_t listener = 0;

  void SetUp() override {
    const auto listening = pair.b.shard().listen({{}, 80});
    ASSERT_TRUE(listening);
    listener = listening.value();
    connection = open();
  }
  api::Connection open() {
    auto opened = pair.a.shard().connect({wire::IpAddress::v4(0x0a000002), 80});
    EXPECT_TRUE(opened);
    pair.run_for(milliseconds{10});
    return opened.value();
  }
  /// The connection is as good as new: bytes go both ways.
  void expect_alive() {
    EXPECT_EQ(connection.send(kFour), 4u);
    pair.run_for(milliseconds{10});
    EXPECT_EQ(server.accepted.transfer_to(server.accepted), 4u);
    pair.run_for(milliseconds{100});
    EXPECT_EQ(connection.readable(), 4u);
    connection.consume(4);
  }
};

TEST_F(Misuse, HandlesThatNameNothing) {
  expect_nothing(api::Connection{}, connection);
  for (const api::ConnectionId id : {api::ConnectionId{0, 0, 0}, api::ConnectionId{0, 5, 1}, api::ConnectionId{9, 0, 1},
                                     api::ConnectionId{0, 0xffff'ffff, 0xffff'ffff}})
    expect_nothing(pair.a.shard().connection(id), connection);
  expect_alive();
}

TEST_F(Misuse, AHandleIsStaleAfterCloseAndItsPlaceMayBeAnothers) {
  const api::Connection old = open();
  api::Connection{old}.abort();
  expect_nothing(old, connection);
  pair.run_for(seconds{1});
  const api::Connection next = open();
  EXPECT_EQ(next.id().index, old.id().index);
  expect_nothing(old, connection);
  EXPECT_TRUE(next.valid());
  expect_alive();
}

TEST_F(Misuse, HandlesOfAnotherStack) {
  EXPECT_EQ(connection.transfer_to(server.accepted), 0u);
  expect_alive();
}

TEST_F(Misuse, NothingAndTooMuch) {
  EXPECT_EQ(connection.send({}), 0u);
  EXPECT_EQ(connection.receive({}), 0u);
  connection.consume(kAbsurd);
  connection.consume(0);
  const std::vector<std::byte> much(8 << 20);
  const std::size_t taken = connection.send(much);
  EXPECT_GT(taken, 0u);
  EXPECT_LT(taken, much.size());
  pair.run_for(milliseconds{10});
  server.accepted.consume(kAbsurd);
  EXPECT_EQ(server.accepted.readable(), 0u);
}

TEST_F(Misuse, OptionsThatMakeNoSenseAreBroughtWithinBounds) {
  api::ConnectionOptions options;
  options.receive_buffer = 0;
  options.send_buffer = 0;
  options.user_timeout = hours{-1};
  options.keepalive = {.on = true, .idle = Duration{-5}, .interval = Duration{0}, .count = 0};
  options.linger = Duration{-1};
  options.receive_timeout = Duration::max();
  options.dscp = 255;
  options.mss_clamp = 1;
  connection.set_options(options);
  pair.run_for(seconds{1});
  connection.set_options({});
  EXPECT_TRUE(connection.valid());
  expect_alive();
}

TEST_F(Misuse, AddressesAndPortsThatCannotBe) {
  api::Shard shard = pair.a.shard();
  EXPECT_EQ(shard.connect({{}, 80}).error(), api::Error::InvalidAddress);
  EXPECT_EQ(shard.connect({wire::IpAddress::v4(0x0a000002), 0}).error(), api::Error::InvalidAddress);
  EXPECT_EQ(shard.connect({wire::IpAddress::v4(0xe0000001), 80}).error(), api::Error::InvalidAddress);
  EXPECT_EQ(shard.connect({wire::IpAddress::v4(0x0b000001), 80}).error(), api::Error::NoRoute);
  EXPECT_EQ(shard.listen({wire::IpAddress::v4(0x0b000001), 80}).error(), api::Error::InvalidAddress);
  EXPECT_EQ(shard.listen({{}, 0}).error(), api::Error::InvalidAddress);
  EXPECT_EQ(pair.b.shard().listen({{}, 80}).error(), api::Error::AddressInUse);
  pair.b.shard().stop_listening(listener);
  pair.b.shard().stop_listening(listener);
  for (const std::uint16_t nobody : {std::uint16_t{1}, std::uint16_t{0xffff}}) {
    pair.b.shard().stop_listening(nobody);
    pair.b.shard().took(nobody);
    pair.b.shard().set_backlog(nobody, 1);
  }
  EXPECT_TRUE(pair.b.shard().listen({{}, 80}));
}

TEST_F(Misuse, ClosingTwiceInEveryOrderEndsOnce) {
  connection.shutdown();
  connection.shutdown();
  EXPECT_EQ(connection.send(kFour), 0u);
  connection.close();
  connection.close();
  connection.abort();
  pair.run_for(minutes{5});
  EXPECT_EQ(pair.a.shard().connections(), 0u);
}

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(AddressesFromText, AreTakenOrNamed) {
  EXPECT_EQ(api::to_prefix("10.1.0.1/24"), (api::IpPrefix{api::IpAddress::v4(0x0a010001), 24}));
  EXPECT_EQ(api::to_address("2001:db8::1").to_string(), "2001:db8::1");
  for (const char* text : {"10.1.0.1", "10.1.0.1/33", "lan", ""})
    EXPECT_EQ(refusal([&] { (void)api::to_prefix(text); }),
              std::string{"'"} + text +
                  "' is no address with the length of its network; write one such as 10.1.0.1/24 or 2001:db8::1/64");
  EXPECT_EQ(refusal([] { (void)api::to_address("10.1.0"); }),
            "'10.1.0' is no IP address; write one such as 10.1.0.1 or 2001:db8::1");
}

#ifndef NDEBUG
TEST(MisuseOfThreads, AForeignThreadIsNamed) {
  Collector app;
  pkt::PacketPool data{{.name = "d", .packets = 64, .memory = pkt::PoolMemory::Heap}};
  pkt::PacketPool control{{.name = "c", .packets = 64, .memory = pkt::PoolMemory::Heap}};
  const ip::IpConfig ip{{ip::PortInfo{}}, ip::LocalAddresses{{}}, ip::RouteTable{ip::LocalAddresses{{}}}};
  const flow::OwnerMap owners{1};
  stack::Shard shard{{}, {ip, owners, data, control}, Time{}};
  std::thread{[&] { shard.own_by_this_thread(); }}.join();
  EXPECT_DEATH((void)api::Shard{shard}.now(), "called_by_the_owner");
  EXPECT_DEATH((void)api::Shard{shard}.listen({{}, 80}), "called_by_the_owner");
  EXPECT_DEATH((void)api::Shard{shard}.connection({}).valid(), "called_by_the_owner");
}
#endif

}  // namespace
}  // namespace millrace
