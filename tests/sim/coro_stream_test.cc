// Streams as coroutines see them: reading, writing, half-close, and more data than buffers hold.
#include <cstring>

#include "sim/coro_bed.h"
#include "sim/manual_app.h"

namespace millrace::sim {
namespace {

class CoroStream : public CoroTest {
 public:
  std::vector<std::byte> sent, received;

  Task<> say_hello() {
    auto connection = co_await coro::connect(there());
    EXPECT_TRUE(connection);
    EXPECT_TRUE(co_await connection->write(bytes_of("hello")));
    std::array<std::byte, 5> answer;
    EXPECT_TRUE(co_await connection->read_exactly(answer));
    note(std::string(reinterpret_cast<const char*>(answer.data()), answer.size()));
    connection->shutdown();
    const auto end = co_await connection->read(answer);
    note(end && *end == 0 ? "end" : "no end");
  }

  Task<> write_all(coro::Connection& connection) {
    EXPECT_TRUE(co_await connection.write(sent));
    connection.shutdown();
  }

  Task<> read_all(coro::Connection& connection) {
    std::array<std::byte, 10'000> bytes;
    for (;;) {
      const auto n = co_await connection.read(bytes);
      EXPECT_TRUE(n);
      if (!n || *n == 0) co_return;
      received.insert(received.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*n));
    }
  }

  std::optional<coro::Connection> shared;
  Task<> open_shared() {
    auto connection = co_await coro::connect(there());
    EXPECT_TRUE(connection);
    shared.emplace(std::move(*connection));
    client.spawn(read_all(*shared));
    co_await write_all(*shared);
  }

  /// The first bytes are read in one piece, the rest where it lies.
  static Task<> count_in_place(coro::Connection connection, std::size_t& total, bool& ended) {
    for (;;) {
      const auto here = co_await connection.peek();
      EXPECT_TRUE(here);
      if (!here || here->empty()) break;
      const std::size_t half = (here->size() + 1) / 2;
      connection.consume(half);
      total += half;
    }
    ended = true;
  }
};

TEST_F(CoroStream, Echo) {
  server.spawn(serve(server, here(), echo));
  client.spawn(say_hello());
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }));
  EXPECT_EQ(log, (Log{"hello", "end"}));
  EXPECT_TRUE(run_until([&] { return server.count().strands.get() == 1; })) << "only the listener's";
}

TEST_F(CoroStream, MoreThanTheBuffersHoldBothWaysAtOnce) {
  sent = stream_bytes(7, 3'000'000);
  server.spawn(serve(server, here(), echo));
  client.spawn(open_shared());
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }));
  EXPECT_TRUE(received == sent);
  shared.reset();
}

TEST_F(CoroStream, OverALossyLink) {
  start({}, {.drop = 0.02, .duplicate = 0.01, .reorder = 0.02});
  sent = stream_bytes(9, 300'000);
  server.spawn(serve(server, here(), echo));
  client.spawn(open_shared());
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }, minutes{10}));
  EXPECT_TRUE(received == sent);
  shared.reset();
  world->a_to_b.set_profile({});
  world->b_to_a.set_profile({});
}

TEST_F(CoroStream, PeekShowsWhatWasReceivedInPlace) {
  std::size_t total = 0;
  bool ended = false;
  sent = stream_bytes(3, 100'000);
  server.spawn([](coro::Scheduler& on, api::Endpoint local, std::size_t& total, bool& ended) -> Task<> {
    auto listener = on.listen(local);
    auto connection = co_await listener->accept();
    co_await count_in_place(std::move(*connection), total, ended);
  }(server, here(), total, ended));
  client.spawn(open_shared());
  EXPECT_TRUE(run_until([&] { return ended; }));
  EXPECT_EQ(total, sent.size());
  client.stop();
  shared.reset();
}

TEST_F(CoroStream, HalfClosedThePeerStillReads) {
  server.spawn([](coro::Scheduler& on, api::Endpoint local) -> Task<> {
    auto listener = on.listen(local);
    auto connection = co_await listener->accept();
    std::array<std::byte, 16> bytes;
    const auto end = co_await connection->read(bytes);
    EXPECT_TRUE(end && *end == 0);
    EXPECT_TRUE(co_await connection->write(bytes_of("still here")));
  }(server, here()));
  client.spawn([](CoroStream& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    connection->shutdown();
    const auto refused = co_await connection->write(bytes_of("late"));
    test.note_error(refused);
    std::array<std::byte, 10> bytes;
    EXPECT_TRUE(co_await connection->read_exactly(bytes));
    const auto end = co_await connection->read_exactly(bytes);
    test.note_error(end);
  }(*this));
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }));
  EXPECT_EQ(log, (Log{"the sending side is shut", "the peer closed after 0 bytes"}));
}

TEST_F(CoroStream, ReadExactlySaysHowMuchCameBeforeTheEnd) {
  server.spawn(serve(server, here(), [](coro::Connection connection) -> Task<> {
    EXPECT_TRUE(co_await connection.write(bytes_of("abc")));
  }));
  client.spawn([](CoroStream& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    std::array<std::byte, 8> bytes;
    const auto read = co_await connection->read_exactly(bytes);
    EXPECT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::EndOfStream);
    EXPECT_EQ(read.error().bytes, 3u);
    EXPECT_EQ(std::memcmp(bytes.data(), "abc", 3), 0);
    test.note("done");
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
}

TEST_F(CoroStream, NothingToReadOrToWriteIsDoneAtOnce) {
  server.spawn(serve(server, here(), echo));
  client.spawn([](CoroStream& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    const auto read = co_await connection->read({});
    EXPECT_TRUE(read && *read == 0);
    EXPECT_TRUE(co_await connection->write({}));
    EXPECT_TRUE(co_await connection->read_exactly({}));
    test.note("done");
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
}

/// Each call of a task returns to the scheduler, so a million of them need no more of the machine's stack than one.
TEST_F(CoroStream, AMillionCallsThatDoNotWait) {
  std::uint64_t sum = 0;
  client.spawn([](std::uint64_t& sum) -> Task<> {
    const auto one = []() -> Task<std::uint64_t> { co_return 1; };
    for (int i = 0; i < 1'000'000; ++i) sum += co_await one();
  }(sum));
  run(milliseconds{1});
  EXPECT_EQ(sum, 1'000'000u);
}

TEST_F(CoroStream, ManyConnections) {
  server.spawn(serve(server, here(), echo));
  for (int i = 0; i < 200; ++i) client.spawn(say_hello());
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }));
  EXPECT_EQ(std::count(log.begin(), log.end(), "hello"), 200);
  EXPECT_EQ(std::count(log.begin(), log.end(), "end"), 200);
}

}  // namespace
}  // namespace millrace::sim
