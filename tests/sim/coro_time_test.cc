// Sleeping, time limits and cancellation.
#include "sim/coro_bed.h"

namespace millrace::sim {
namespace {

class CoroTime : public CoroTest {
 public:
  Task<> sleep_and_note(Duration span, std::string name) {
    EXPECT_TRUE(co_await coro::sleep_for(span));
    note(std::move(name));
  }
  Task<> sleep_for_ever() {
    const auto slept = co_await coro::sleep_for(hours{1000});
    note_error(slept);
    const auto again = co_await coro::sleep_for(seconds{1});
    note_error(again);
  }
  [[nodiscard]] Duration passed() const { return world->now() - begin; }
  const Time begin = world->now();
};

TEST_F(CoroTime, SleepersWakeInOrderOfTime) {
  client.spawn(sleep_and_note(milliseconds{30}, "30"));
  client.spawn(sleep_and_note(milliseconds{10}, "10 first"));
  client.spawn(sleep_and_note(milliseconds{20}, "20"));
  client.spawn(sleep_and_note(milliseconds{10}, "10 second"));
  client.spawn(sleep_and_note(Duration{0}, "0"));
  client.spawn(sleep_and_note(-seconds{1}, "past"));
  run(milliseconds{9});
  EXPECT_EQ(log, (Log{"0", "past"}));
  EXPECT_TRUE(run_until([&] { return log.size() == 6; }));
  EXPECT_EQ(log, (Log{"0", "past", "10 first", "10 second", "20", "30"}));
  EXPECT_GE(passed(), milliseconds{30});
  EXPECT_LT(passed(), milliseconds{31});
}

TEST_F(CoroTime, SpansWithoutEndDoNotOverflow) {
  client.spawn([](CoroTime& test) -> Task<> {
    const auto slept = co_await coro::with_timeout(
        milliseconds{5}, coro::with_timeout(Duration::max(), coro::sleep_for(Duration::max())));
    test.note_error(slept);
    EXPECT_TRUE(co_await coro::with_timeout(seconds{1}, coro::sleep_for(Duration::min())));
  }(*this));
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }, seconds{1}));
  EXPECT_EQ(log, Log{"timed out"});
}

/// A strand that sleeps for nothing lets the turn end.
TEST_F(CoroTime, SleepingForNothingTakesATurn) {
  int turns = 0;
  client.spawn([](int& turns) -> Task<> {
    while (co_await coro::sleep_for(Duration{0})) ++turns;
  }(turns));
  (void)world->a.turn();
  (void)world->a.turn();
  (void)world->a.turn();
  EXPECT_EQ(turns, 2);
  client.stop();
}

TEST_F(CoroTime, ATurnIsBoundedAndTheRestComesNext) {
  constexpr std::size_t kMany = coro::Scheduler::kStrandsPerTurn + 100;
  for (std::size_t i = 0; i < kMany; ++i) client.spawn(sleep_and_note(milliseconds{1}, "woken"));
  (void)world->a.turn();
  EXPECT_EQ(client.next_deadline(), world->now()) << "some have not started";
  (void)world->a.turn();
  EXPECT_EQ(client.next_deadline(), world->now() + milliseconds{1});
  world->clock.advance(milliseconds{1});
  for (std::size_t woken = 0; woken < kMany; woken += coro::Scheduler::kTimersPerTurn) {
    EXPECT_EQ(log.size(), woken);
    EXPECT_EQ(client.next_deadline(), world->now());
    (void)world->a.turn();
  }
  EXPECT_EQ(log.size(), kMany);
}

TEST_F(CoroTime, ReadTimesOutAndTheConnectionGoesOn) {
  server.spawn(serve(server, here(), echo));
  client.spawn([](CoroTime& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    std::array<std::byte, 4> bytes;
    const Time before = test.world->now();
    const auto read = co_await coro::with_timeout(milliseconds{50}, connection->read(bytes));
    test.note_error(read);
    EXPECT_GE(test.world->now() - before, milliseconds{50});
    EXPECT_LT(test.world->now() - before, milliseconds{51});
    EXPECT_TRUE(co_await connection->write(bytes_of("ping")));
    const auto answer = co_await coro::with_timeout(milliseconds{50}, connection->read_exactly(bytes));
    test.note_error(answer);
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 2; }));
  EXPECT_EQ(log, (Log{"timed out", "no error"}));
}

TEST_F(CoroTime, AWriteThatTimesOutSaysHowMuchWasTaken) {
  server.spawn(
      serve(server, here(), [](coro::Connection) -> Task<> { EXPECT_TRUE(co_await coro::sleep_for(seconds{5})); }));
  client.spawn([](CoroTime& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    const std::vector<std::byte> much(4'000'000);
    const auto written = co_await coro::with_timeout(seconds{1}, connection->write(much));
    EXPECT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::TimedOut);
    EXPECT_GT(written.error().bytes, 10'000u);
    EXPECT_LT(written.error().bytes, much.size());
    EXPECT_EQ(written.error().bytes, connection->handle().unacknowledged() + connection->handle().info().bytes_out);
    test.note("done");
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
}

TEST_F(CoroTime, ConnectTimesOutAndIsGivenUp) {
  world->a_to_b.set_tamper([](const io::Frame&) { return true; });
  client.spawn([](CoroTime& test) -> Task<> {
    const auto connection = co_await coro::with_timeout(milliseconds{300}, coro::connect(test.there()));
    test.note_error(connection);
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  EXPECT_EQ(log, Log{"timed out"});
  EXPECT_EQ(world->a.api().connections(), 0u);
}

TEST_F(CoroTime, AcceptTimesOut) {
  server.spawn([](CoroTime& test) -> Task<> {
    auto listener = test.server.listen(test.here());
    const auto nobody = co_await coro::with_timeout(seconds{1}, listener->accept());
    test.note_error(nobody);
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  EXPECT_EQ(log, Log{"timed out"});
}

TEST_F(CoroTime, ATaskTimesOutWhereverItWaitsAndFailsEverAfter) {
  client.spawn([](CoroTime& test) -> Task<> {
    co_await coro::with_timeout(milliseconds{5}, test.sleep_for_ever());
    EXPECT_GE(test.passed(), milliseconds{5});
    EXPECT_LT(test.passed(), milliseconds{6});
    const auto outside = co_await coro::sleep_for(milliseconds{5});
    test.note_error(outside);
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 3; }));
  EXPECT_EQ(log, (Log{"timed out", "timed out", "no error"}));
}

TEST_F(CoroTime, NestedLimitsTheShorterWins) {
  client.spawn([](CoroTime& test) -> Task<> {
    const auto inner =
        co_await coro::with_timeout(seconds{5}, coro::with_timeout(milliseconds{5}, coro::sleep_for(seconds{10})));
    test.note_error(inner);
    const auto outer =
        co_await coro::with_timeout(milliseconds{5}, coro::with_timeout(seconds{5}, coro::sleep_for(seconds{10})));
    test.note_error(outer);
    const auto neither =
        co_await coro::with_timeout(seconds{5}, coro::with_timeout(seconds{6}, coro::sleep_for(milliseconds{1})));
    test.note_error(neither);
    EXPECT_LT(test.passed(), milliseconds{12});
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 3; }));
  EXPECT_EQ(log, (Log{"timed out", "timed out", "no error"}));
  EXPECT_EQ(client.next_deadline(), std::nullopt) << "limits go with what they limit";
}

TEST_F(CoroTime, ReceiveTimeoutOfTheConnection) {
  server.spawn(serve(server, here(), echo));
  client.spawn([](CoroTime& test) -> Task<> {
    api::ConnectOptions options;
    options.receive_timeout = milliseconds{40};
    auto connection = co_await coro::connect(test.there(), options);
    std::array<std::byte, 4> bytes;
    const auto read = co_await connection->read(bytes);
    test.note_error(read);
  }(*this));
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  EXPECT_EQ(log, Log{"timed out"});
}

TEST_F(CoroTime, CancellingEndsAllThatIsAwaitedUnderTheSource) {
  coro::CancelSource source;
  client.spawn(sleep_for_ever(), source);
  client.spawn(sleep_for_ever(), source);
  client.spawn([](CoroTime& test, coro::CancelSource& source) -> Task<> {
    const auto slept = co_await coro::with_cancel(source, coro::sleep_for(hours{1}));
    test.note_error(slept);
    const auto outside = co_await coro::sleep_for(milliseconds{1});
    test.note_error(outside);
  }(*this, source));
  run(milliseconds{10});
  EXPECT_TRUE(log.empty());
  source.cancel();
  source.cancel();
  EXPECT_TRUE(log.empty()) << "nothing runs before cancel() returns";
  run(milliseconds{10});
  EXPECT_EQ(log, (Log{"cancelled", "cancelled", "cancelled", "cancelled", "cancelled", "no error"}));
  EXPECT_EQ(client.count().strands.get(), 0u);
}

TEST_F(CoroTime, WhatStartsAfterCancellingFailsAtOnce) {
  coro::CancelSource source;
  source.cancel();
  EXPECT_TRUE(source.cancelled());
  client.spawn(sleep_for_ever(), source);
  run(milliseconds{1});
  EXPECT_EQ(log, (Log{"cancelled", "cancelled"}));
}

TEST_F(CoroTime, ACancelledReadLeavesTheBytesToTheNext) {
  coro::CancelSource source;
  server.spawn(serve(server, here(), echo));
  client.spawn([](CoroTime& test, coro::CancelSource& source) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    std::array<std::byte, 4> bytes;
    const auto read = co_await coro::with_cancel(source, connection->read_exactly(bytes));
    test.note_error(read);
    EXPECT_TRUE(co_await connection->write(bytes_of("pong")));
    EXPECT_TRUE(co_await connection->read_exactly(bytes));
    test.note("read");
  }(*this, source));
  run(milliseconds{50});
  source.cancel();
  EXPECT_TRUE(run_until([&] { return log.size() == 2; }));
  EXPECT_EQ(log, (Log{"cancelled", "read"}));
}

TEST_F(CoroTime, ASourceThatIsGoneNeverCancels) {
  auto source = std::make_unique<coro::CancelSource>();
  client.spawn([](CoroTime& test, coro::CancelSource& source) -> Task<> {
    const auto slept = co_await coro::with_cancel(source, coro::sleep_for(milliseconds{20}));
    test.note_error(slept);
  }(*this, *source));
  run(milliseconds{10});
  source.reset();
  EXPECT_TRUE(run_until([&] { return log.size() == 1; }));
  EXPECT_EQ(log, Log{"no error"});
}

TEST_F(CoroTime, ASignalWakesWhoWaitsOrLetsTheNextPass) {
  auto signal = std::make_unique<coro::Signal>();
  client.spawn([](CoroTime& test, coro::Signal& signal) -> Task<> {
    for (int i = 0; i < 3; ++i) {
      const auto woken = co_await signal.wait();
      test.note_error(woken);
    }
    const auto limited = co_await coro::with_timeout(milliseconds{5}, signal.wait());
    test.note_error(limited);
    const auto gone = co_await signal.wait();
    test.note_error(gone);
  }(*this, *signal));
  signal->set();
  signal->set();
  run(milliseconds{1});
  EXPECT_EQ(log, Log{"no error"}) << "set twice, passed once";
  signal->set();
  EXPECT_EQ(log.size(), 1u) << "nothing runs before set() returns";
  run(milliseconds{1});
  signal->set();
  run(milliseconds{10});
  EXPECT_EQ(log, (Log{"no error", "no error", "no error", "timed out"}));
  signal.reset();
  run(milliseconds{1});
  EXPECT_EQ(log.back(), "not open");
}

/// Data and the end of the time in one turn: the data was there.
TEST_F(CoroTime, WhatCompletedInTheTurnOfTheTimeoutCounts) {
  server.spawn([](CoroTime& test) -> Task<> {
    auto listener = test.server.listen(test.here());
    auto connection = co_await listener->accept();
    std::array<std::byte, 1> byte;
    const auto read = co_await coro::with_timeout(seconds{2}, connection->read(byte));
    test.note_error(read);
  }(*this));
  client.spawn([](CoroTime& test) -> Task<> {
    auto connection = co_await coro::connect(test.there());
    EXPECT_TRUE(co_await coro::sleep_for(seconds{1}));
    EXPECT_TRUE(co_await connection->write(bytes_of("x")));
    EXPECT_TRUE(co_await coro::sleep_for(hours{2}));
  }(*this));
  run(milliseconds{900});
  world->clock.advance(milliseconds{200});
  (void)world->a.turn();
  for (io::Frame& frame : world->a.port().take_sent()) world->b.port().deliver(std::move(frame));
  world->clock.advance(seconds{2});
  (void)world->b.turn();
  EXPECT_EQ(log, Log{"no error"});
}

}  // namespace
}  // namespace millrace::sim
