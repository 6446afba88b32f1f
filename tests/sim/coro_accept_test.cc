// Listening: the queue of accepted connections, its bound, and what becomes of those that nobody takes.
#include "sim/coro_bed.h"

namespace millrace::sim {
namespace {

class CoroAccept : public CoroTest {
 public:
  std::optional<coro::Listener> listener;
  std::vector<coro::Connection> clients, accepted;

  void listen(std::uint32_t backlog) {
    server.spawn([](CoroAccept& test, std::uint32_t backlog) -> Task<> {
      auto listener = test.server.listen(test.here(), {}, backlog);
      EXPECT_TRUE(listener);
      test.listener.emplace(std::move(*listener));
      co_return;
    }(*this, backlog));
    run(milliseconds{1});
  }
  Task<> open(std::uint16_t local_port = 0) {
    api::ConnectOptions options;
    options.local_port = local_port;
    auto connection = co_await coro::connect(there(), options);
    EXPECT_TRUE(connection);
    clients.push_back(std::move(*connection));
  }
  Task<> accept_one() {
    auto connection = co_await listener->accept();
    if (!connection) co_return note_error(connection);
    note(std::to_string(connection->handle().info().remote.port));
    accepted.push_back(std::move(*connection));
  }
  /// One after the other, so that their order is known.
  void open_from(std::uint16_t first_port, int count) {
    for (int i = 0; i < count; ++i) {
      client.spawn(open(static_cast<std::uint16_t>(first_port + i)));
      run(milliseconds{20});
    }
  }
  void TearDown() override {
    listener.reset();
    clients.clear();
    accepted.clear();
    CoroTest::TearDown();
  }
};

TEST_F(CoroAccept, ConnectionsWaitInOrder) {
  listen(8);
  open_from(40'000, 3);
  EXPECT_EQ(listener->waiting(), 3u);
  for (int i = 0; i < 4; ++i) {
    server.spawn(accept_one());
    run(milliseconds{1});
  }
  EXPECT_EQ(log, (Log{"40000", "40001", "40002"}));
  open_from(40'003, 1);
  EXPECT_EQ(log.back(), "40003") << "who waits gets it at once";
  EXPECT_EQ(listener->waiting(), 0u);
}

TEST_F(CoroAccept, WhatTheQueueDoesNotHoldIsReset) {
  listen(2);
  open_from(40'000, 5);
  EXPECT_EQ(listener->waiting(), 2u);
  EXPECT_EQ(server.count().accepts_refused.get(), 3u);
  EXPECT_EQ(clients.size(), 5u) << "the handshake was complete before";
  EXPECT_EQ(world->b.api().connections(), 2u);
  client.spawn([](CoroAccept& test) -> Task<> {
    std::array<std::byte, 1> byte;
    const auto read = co_await test.clients[4].read(byte);
    test.note_error(read);
  }(*this));
  run(milliseconds{10});
  EXPECT_EQ(log, Log{"the connection is over: reset by the peer"});
}

TEST_F(CoroAccept, WithoutAQueueOnlyWhoWaitsGetsOne) {
  listen(0);
  server.spawn(accept_one());
  run(milliseconds{1});
  open_from(40'000, 2);
  EXPECT_EQ(log, Log{"40000"});
  EXPECT_EQ(server.count().accepts_refused.get(), 1u);
}

TEST_F(CoroAccept, OneThatEndsInTheQueueIsNotShown) {
  listen(2);
  open_from(40'000, 2);
  clients[0].abort();
  run(milliseconds{10});
  EXPECT_EQ(listener->waiting(), 1u);
  server.spawn(accept_one());
  run(milliseconds{1});
  EXPECT_EQ(log, Log{"40001"});
}

TEST_F(CoroAccept, ClosingResetsTheQueueAndTellsWhoWaits) {
  listen(8);
  open_from(40'000, 2);
  listener->close();
  EXPECT_FALSE(listener->is_open());
  EXPECT_EQ(listener->waiting(), 0u);
  run(milliseconds{10});
  EXPECT_EQ(world->b.api().connections(), 0u);

  listen(8);
  server.spawn(accept_one());
  run(milliseconds{1});
  listener->close();
  run(milliseconds{1});
  server.spawn(accept_one());
  run(milliseconds{1});
  EXPECT_EQ(log, (Log{"not open", "not open"}));
}

/// The handshake completes when the listener is gone already.
TEST_F(CoroAccept, HalfOpenWhenTheListenerCloses) {
  listen(8);
  client.spawn(open());
  ASSERT_TRUE(run_until([&] { return world->b.shard().table().half_opens.used() == 1; }));
  listener->close();
  run(milliseconds{100});
  EXPECT_EQ(world->b.api().connections(), 0u);
}

TEST_F(CoroAccept, AnAddressInUseIsRefused) {
  listen(8);
  server.spawn([](CoroAccept& test) -> Task<> {
    const auto second = test.server.listen(test.here());
    test.note_error(second);
    const auto foreign = test.server.listen({api::IpAddress::v4(0x0a0000f0), 81});
    test.note_error(foreign);
    co_return;
  }(*this));
  run(milliseconds{1});
  EXPECT_EQ(log, (Log{"address in use", "invalid address"}));
}

TEST_F(CoroAccept, BeforeTheFirstTurnThereIsNoShard) {
  coro::Scheduler idle;
  const auto refused = idle.listen(here());
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::NotOpen);
}

}  // namespace
}  // namespace millrace::sim
