// Coroutines destroyed wherever they may wait: nothing is used after it is gone (AddressSanitizer sees), and nothing is
// left in the stack.
#include "sim/coro_bed.h"

namespace millrace::sim {
namespace {

/// Every place at which a strand can wait, as a task that waits there for ever.
enum class At { Sleep, Accept, Connect, Read, ReadExactly, Peek, Write, Timeout, Cancel, Deep };

class CoroDestroy : public CoroTest, public testing::WithParamInterface<At> {
 public:
  coro::CancelSource source;
  const std::vector<std::byte> much = std::vector<std::byte>(4'000'000);

  Task<> accept_for_ever() {
    auto listener = client.listen({api::IpAddress{}, 81});
    EXPECT_TRUE(listener);
    (void)co_await listener->accept();
    note("went on");
  }
  Task<> connect_for_ever() {
    (void)co_await coro::connect({world->b.address(), 81});
    note("went on");
  }
  Task<> use(At at) {
    auto connection = co_await coro::connect(there());
    EXPECT_TRUE(connection);
    std::array<std::byte, 8> bytes;
    if (at == At::Read) (void)co_await connection->read(bytes);
    if (at == At::ReadExactly) (void)co_await connection->read_exactly(bytes);
    if (at == At::Peek) (void)co_await connection->peek();
    if (at == At::Write) (void)co_await connection->write(much);
    if (at == At::Timeout) (void)co_await coro::with_timeout(hours{1}, connection->read(bytes));
    if (at == At::Cancel) (void)co_await coro::with_cancel(source, connection->read(bytes));
    if (at == At::Deep) co_await coro::with_timeout(hours{1}, descend(std::move(*connection), 10));
    note("went on");
  }
  Task<> descend(coro::Connection connection, int levels) {
    if (levels > 0) co_return co_await coro::with_cancel(source, descend(std::move(connection), levels - 1));
    std::array<std::byte, 8> bytes;
    (void)co_await connection.read(bytes);
    note("went on");
  }
  Task<> wait_for_time() {
    (void)co_await coro::sleep_for(hours{1});
    note("went on");
  }
  Task<> wait(At at) {
    switch (at) {
      case At::Sleep:
        return wait_for_time();
      case At::Accept:
        return accept_for_ever();
      case At::Connect:
        world->a_to_b.set_tamper([](const io::Frame&) { return true; });
        return connect_for_ever();
      default:
        return use(at);
    }
  }
  void spawn_both() {
    server.spawn(serve(server, here(), [](coro::Connection) -> Task<> { (void)co_await coro::sleep_for(hours{10}); }));
    client.spawn(wait(GetParam()), source);
    run(seconds{1});
    EXPECT_EQ(client.count().strands.get(), 1u);
  }
};

TEST_P(CoroDestroy, ByStop) {
  spawn_both();
  client.stop();
  EXPECT_EQ(client.count().strands.get(), 0u);
  EXPECT_EQ(client.frames().in_use.get(), 0u);
  run(seconds{1});
  EXPECT_TRUE(log.empty());
}

TEST_P(CoroDestroy, ByStopWhenItIsReadyToGoOn) {
  spawn_both();
  source.cancel();
  client.stop();
  EXPECT_EQ(client.count().strands.get(), 0u);
  run(seconds{1});
  EXPECT_TRUE(log.empty());
}

TEST_P(CoroDestroy, ByAStrandThatStops) {
  spawn_both();
  client.spawn([](CoroDestroy& test) -> Task<> {
    test.client.stop();
    test.note("still runs");
    (void)co_await coro::sleep_for(Duration{0});
    test.note("went on");
  }(*this));
  run(seconds{1});
  EXPECT_EQ(log, Log{"still runs"});
  EXPECT_EQ(client.count().strands.get(), 0u);
}

/// A program that ends may lose the stack first.
TEST_P(CoroDestroy, AfterTheStackIsGone) {
  auto scheduler = std::make_unique<coro::Scheduler>();
  CoroApp app{*scheduler};
  world->a.set_app(&app);
  scheduler->spawn([](CoroDestroy& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    std::array<std::byte, 8> bytes;
    if (connection) (void)co_await coro::with_timeout(hours{1}, connection->read(bytes));
  }(*this));
  spawn_both();
  world->a.set_app(nullptr);
  client.stop();
  run(seconds{1});
  server.stop();
  start({});
  scheduler.reset();
}

std::string name_of(const testing::TestParamInfo<At>& info) {
  constexpr std::array kNames = {"Sleep", "Accept", "Connect", "Read",   "ReadExactly",
                                 "Peek",  "Write",  "Timeout", "Cancel", "Deep"};
  return kNames[static_cast<std::size_t>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(, CoroDestroy,
                         testing::Values(At::Sleep, At::Accept, At::Connect, At::Read, At::ReadExactly, At::Peek,
                                         At::Write, At::Timeout, At::Cancel, At::Deep),
                         name_of);

class CoroTasks : public CoroTest {};

TEST_F(CoroTasks, NeverAwaited) {
  {
    const auto task = [](CoroTasks& test) -> Task<> {
      test.note("ran");
      co_return;
    }(*this);
  }
  EXPECT_TRUE(log.empty());
}

TEST_F(CoroTasks, SpawnedAndNeverRun) {
  client.spawn([](CoroTasks& test) -> Task<> {
    test.note("ran");
    co_return;
  }(*this));
  client.stop();
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(client.frames().in_use.get(), 0u);
}

TEST_F(CoroTasks, WhatStopDestroysMayStopAgain) {
  struct Stops {
    coro::Scheduler* scheduler;
    ~Stops() { scheduler->stop(); }
  };
  for (int i = 0; i < 3; ++i)
    client.spawn([](coro::Scheduler& scheduler) -> Task<> {
      const Stops stops{&scheduler};
      (void)co_await coro::sleep_for(hours{1});
    }(client));
  run(milliseconds{1});
  client.stop();
  EXPECT_EQ(client.count().strands.get(), 0u);
}

TEST_F(CoroTasks, OperationsThatAreNeverAwaited) {
  server.spawn(serve(server, here(), echo));
  client.spawn([](CoroTasks& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    std::array<std::byte, 4> bytes;
    {
      [[maybe_unused]] auto read = connection->read(bytes);
      [[maybe_unused]] auto limited = coro::with_timeout(seconds{1}, connection->read(bytes));
    }
    auto late = connection->read(bytes);
    connection->close();
    const auto read = co_await late;
    test.note_error(read);
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  EXPECT_EQ(log, Log{"not open"});
}

}  // namespace
}  // namespace millrace::sim
