// Connections that end while coroutines wait, and coroutines that end by exceptions.
#include <stdexcept>

#include "base/log.h"
#include "sim/coro_bed.h"

namespace millrace::sim {
namespace {

class CoroEnd : public CoroTest {
 public:
  std::optional<coro::Connection> shared;

  Task<> open_shared() {
    auto connection = co_await coro::connect(there());
    EXPECT_TRUE(connection);
    if (connection) shared.emplace(std::move(*connection));
  }
  Task<> read_shared() {
    std::array<std::byte, 64> bytes;
    const auto read = co_await shared->read(bytes);
    note(read ? std::to_string(*read) : read.error().to_string());
  }
  Task<> write_shared(std::size_t size) {
    const std::vector<std::byte> bytes(size);
    const auto written = co_await shared->write(bytes);
    note_error(written);
  }
  /// Both ends; the server's is `peer`.
  std::optional<coro::Connection> peer;
  void establish() {
    server.spawn([](CoroEnd& test) -> Task<> {
      auto listener = test.server.listen(test.here());
      auto connection = co_await listener->accept();
      test.peer.emplace(std::move(*connection));
    }(*this));
    client.spawn(open_shared());
    ASSERT_TRUE(run_until([&] { return shared && peer; }));
  }
  [[nodiscard]] api::CloseRule last_rule(Host& host) {
    for (std::size_t i = 0; i < tcp::kCloseRules; ++i)
      if (host.shard().tcp_counters().closed[i].get() > 0) return static_cast<api::CloseRule>(i);
    return api::CloseRule::None;
  }
};

TEST_F(CoroEnd, ResetWhileReading) {
  establish();
  client.spawn(read_shared());
  run(milliseconds{10});
  peer->abort();
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  client.spawn(read_shared());
  client.spawn(write_shared(10));
  run(milliseconds{10});
  EXPECT_EQ(log, (Log{"the connection is over: reset by the peer", "the connection is over: reset by the peer",
                      "the connection is over: reset by the peer"}));
  EXPECT_TRUE(shared->is_open()) << "who holds it may still ask why";
  shared.reset();
}

TEST_F(CoroEnd, ResetWhileWriting) {
  establish();
  client.spawn(write_shared(4'000'000));
  run(milliseconds{500});
  EXPECT_TRUE(log.empty());
  peer->abort();
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  EXPECT_EQ(log, Log{"the connection is over: reset by the peer"});
  shared.reset();
}

/// The stack reports Closed once all was read; who only writes must not wait for that.
TEST_F(CoroEnd, ResetWhileWritingWithBytesUnread) {
  establish();
  client.spawn(write_shared(4'000'000));
  server.spawn([](CoroEnd& test) -> Task<> { EXPECT_TRUE(co_await test.peer->write(bytes_of("never read"))); }(*this));
  run(milliseconds{500});
  EXPECT_TRUE(log.empty());
  peer->abort();
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }, seconds{1}));
  client.spawn(read_shared());
  client.spawn(read_shared());
  run(milliseconds{1});
  EXPECT_EQ(log, (Log{"the connection is over: reset by the peer", "10", "the connection is over: reset by the peer"}))
      << "what came before the reset is delivered";
  shared.reset();
}

TEST_F(CoroEnd, Refused) {
  client.spawn([](CoroEnd& test) -> Task<> {
    const auto connection = co_await coro::connect(test.there());
    EXPECT_FALSE(connection);
    EXPECT_EQ(connection.error().kind, ErrorKind::Ended);
    EXPECT_EQ(connection.error().reason, api::CloseReason::Refused);
    const auto nowhere = co_await coro::connect({api::IpAddress::v4(0x08080808), 80});
    EXPECT_EQ(nowhere.error().kind, ErrorKind::Refused);
    EXPECT_EQ(nowhere.error().refusal, api::Error::NoRoute);
    test.note_error(nowhere);
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  EXPECT_EQ(log, Log{"no route to the remote address"});
}

TEST_F(CoroEnd, ClosedByAnotherStrandWhileItIsAwaited) {
  establish();
  client.spawn(read_shared());
  client.spawn(write_shared(4'000'000));
  run(milliseconds{100});
  EXPECT_TRUE(log.empty());
  shared->close();
  EXPECT_FALSE(shared->is_open());
  run(milliseconds{1});
  client.spawn(read_shared());
  client.spawn(write_shared(1));
  run(milliseconds{1});
  EXPECT_EQ(log, (Log{"not open", "not open", "not open", "not open"}));
  peer.reset();
}

TEST_F(CoroEnd, ShutdownByAnotherStrandWhileItIsWritten) {
  establish();
  client.spawn(write_shared(4'000'000));
  run(milliseconds{100});
  shared->shutdown();
  run(milliseconds{1});
  EXPECT_EQ(log, Log{"the sending side is shut"});
  peer->abort();
  run(milliseconds{10});
  shared.reset();
}

/// Ten bytes wait unread at the server, so close() would reset too; but by another rule.
TEST_F(CoroEnd, DestroyingClosesAndAssigningClosesTheOld) {
  establish();
  *shared = coro::Connection{};
  run(milliseconds{10});
  server.spawn([](CoroEnd& test) -> Task<> {
    std::array<std::byte, 1> byte;
    const auto read = co_await test.peer->read(byte);
    test.note(read && *read == 0 ? "closed" : "?");
  }(*this));
  run(milliseconds{10});
  EXPECT_EQ(log, Log{"closed"});
  peer.reset();
  run(minutes{2});
  EXPECT_EQ(last_rule(world->a), api::CloseRule::ClosedByUs);
  EXPECT_EQ(last_rule(world->b), api::CloseRule::ClosedByPeer);
}

class CoroException : public CoroEnd {
 public:
  CoroException() {
    base::set_log_sink([this](base::LogLevel, std::string_view text) { lines.emplace_back(text); });
  }
  ~CoroException() override { base::set_log_sink({}); }
  std::vector<std::string> lines;
};

TEST_F(CoroException, EndsItsStrandOnlyAndResetsItsConnection) {
  server.spawn(serve(server, here(), [](coro::Connection connection) -> Task<> {
    std::array<std::byte, 5> bytes;
    EXPECT_TRUE(co_await connection.read_exactly(bytes));
    throw std::runtime_error("a fault of the service");
  }));
  client.spawn(open_shared());
  ASSERT_TRUE(run_until([&] { return shared.has_value(); }));
  client.spawn(write_shared(5));
  client.spawn(read_shared());
  EXPECT_TRUE(run_until([&] { return log.size() == 2; }));
  EXPECT_EQ(log.back(), "the connection is over: reset by the peer");
  EXPECT_EQ(server.count().exceptions.get(), 1u);
  EXPECT_EQ(server.count().strands.get(), 1u) << "the listener's goes on";
  EXPECT_EQ(lines, Log{"a coroutine ended by an exception: a fault of the service"});
  EXPECT_EQ(last_rule(world->b), api::CloseRule::Aborted);
  shared.reset();
}

TEST_F(CoroException, OneThatIsNoStdExceptionIsCountedToo) {
  server.spawn([]() -> Task<> {
    EXPECT_TRUE(co_await coro::sleep_for(milliseconds{1}));
    throw 7;
  }());
  run(milliseconds{10});
  EXPECT_EQ(server.count().exceptions.get(), 1u);
  EXPECT_EQ(lines, Log{"a coroutine ended by an exception"});
}

TEST_F(CoroException, PassesThroughTasksToWhoCatchesIt) {
  client.spawn([](CoroException& test) -> Task<> {
    const auto inner = []() -> Task<int> {
      EXPECT_TRUE(co_await coro::sleep_for(milliseconds{1}));
      throw std::runtime_error("inside");
    };
    const auto middle = [&]() -> Task<int> { co_return 1 + co_await inner(); };
    try {
      test.note(std::to_string(co_await coro::with_timeout(seconds{1}, middle())));
    } catch (const std::runtime_error& failure) {
      test.note(failure.what());
    }
    const auto slept = co_await coro::sleep_for(milliseconds{1});
    test.note_error(slept);
  }(*this));
  run(milliseconds{10});
  EXPECT_EQ(log, (Log{"inside", "no error"}));
  EXPECT_EQ(client.count().exceptions.get(), 0u);
}

TEST_F(CoroException, ATaskIsAwaitedOnce) {
  client.spawn([](CoroException& test) -> Task<> {
    const auto one = []() -> Task<int> { co_return 1; };
    Task<int> task = one();
    test.note(std::to_string(co_await std::move(task)));
    test.note(std::to_string(co_await std::move(task)));
  }(*this));
  run(milliseconds{10});
  EXPECT_EQ(log, Log{"1"});
  EXPECT_EQ(lines, Log{"a coroutine ended by an exception: a task that was awaited or moved before is awaited"});
}

}  // namespace
}  // namespace millrace::sim
