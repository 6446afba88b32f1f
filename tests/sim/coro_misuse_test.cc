// Wrong use: debug builds name it and end, others answer an error.
#include "sim/coro_bed.h"

namespace millrace::sim {
namespace {

class CoroMisuse : public CoroTest {
 public:
  std::optional<coro::Connection> shared;
  Task<> read_shared() {
    std::array<std::byte, 8> bytes;
    const auto read = co_await shared->read(bytes);
    note_error(read);
  }
  void establish() {
    server.spawn(serve(server, here(), echo));
    client.spawn([](CoroMisuse& test) -> Task<> {
      auto connection = co_await coro::connect(test.there());
      test.shared.emplace(std::move(*connection));
    }(*this));
    ASSERT_TRUE(run_until([&] { return shared.has_value(); }));
  }
};

#ifdef NDEBUG
TEST_F(CoroMisuse, TwoReadersAtOnce) {
  establish();
  client.spawn(read_shared());
  client.spawn(read_shared());
  run(milliseconds{1});
  EXPECT_EQ(log, Log{"another coroutine waits for the same"});
  shared.reset();
  run(milliseconds{1});
  EXPECT_EQ(log.back(), "not open") << "the first one waited on";
}

TEST_F(CoroMisuse, AnotherWorkersConnection) {
  establish();
  server.spawn(read_shared());
  run(milliseconds{1});
  EXPECT_EQ(log, Log{"belongs to another worker"});
  shared.reset();
}
#else
TEST_F(CoroMisuse, TwoReadersAtOnce) {
  establish();
  client.spawn(read_shared());
  client.spawn(read_shared());
  EXPECT_DEATH(run(milliseconds{1}), "two coroutines wait for the same");
  client.stop();
  shared.reset();
}

TEST_F(CoroMisuse, AnotherWorkersConnection) {
  establish();
  server.spawn(read_shared());
  EXPECT_DEATH(run(milliseconds{1}), "awaited on another worker than its own");
  server.stop();
  shared.reset();
}
#endif

TEST_F(CoroMisuse, NothingToAwait) {
  client.spawn([](CoroMisuse& test) -> Task<> {
    coro::Connection none;
    coro::Listener nowhere;
    std::array<std::byte, 4> bytes;
    const auto read = co_await none.read(bytes);
    test.note_error(read);
    const auto exactly = co_await none.read_exactly(bytes);
    test.note_error(exactly);
    const auto peeked = co_await none.peek();
    test.note_error(peeked);
    const auto written = co_await none.write(bytes);
    test.note_error(written);
    const auto accepted = co_await nowhere.accept();
    test.note_error(accepted);
    none.shutdown();
    none.close();
    none.abort();
    none.consume(7);
    EXPECT_FALSE(none.handle().valid());
  }(*this));
  run(milliseconds{1});
  EXPECT_EQ(log, Log(5, "not open"));
}

}  // namespace
}  // namespace millrace::sim
