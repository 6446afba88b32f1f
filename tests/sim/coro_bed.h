// The fixture of the coroutine tests: two hosts with a scheduler each and a clean link of 1 ms each way. When a test
// ends, the strands that are left are destroyed, and neither host nor scheduler may have anything left.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coro/coro.h"
#include "sim/world.h"

namespace millrace::sim {

using coro::ErrorKind;
using coro::Task;

/// The scheduler as a simulated host's application.
class CoroApp final : public HostApp {
 public:
  explicit CoroApp(coro::Scheduler& scheduler) : scheduler_(scheduler) {}
  void on_event(api::Shard shard, const api::Event& event) override { scheduler_.on_events(shard, {&event, 1}); }
  void on_turn(api::Shard shard, Time now) override { scheduler_.on_turn(shard, now); }
  [[nodiscard]] std::optional<Time> next_deadline() override { return scheduler_.next_deadline(); }

 private:
  coro::Scheduler& scheduler_;
};

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

class CoroTest : public testing::Test {
 public:
  static constexpr std::uint16_t kPort = 80;

  CoroTest() { start({}); }

  /// A world with other hosts; before anything was spawned.
  void start(const HostOptions& options, const LinkProfile& link = {}) {
    HostOptions a = options, b = options;
    a.family = b.family = forced_family().value_or(Family::V4);
    a.address = 0x0a000001;
    b.address = 0x0a000002;
    b.seed = 2;
    world = std::make_unique<World>(a, b, link, link, 1);
    world->a.set_app(&client_app);
    world->b.set_app(&server_app);
  }

  void run(Duration span) { world->run_for(span); }
  [[nodiscard]] bool run_until(const std::function<bool()>& done, Duration limit = seconds{100}) {
    return world->run_until(done, limit);
  }
  [[nodiscard]] api::Endpoint here() { return {api::IpAddress{}, kPort}; }
  [[nodiscard]] api::Endpoint there() { return {world->b.address(), kPort}; }
  void note(std::string text) { log.push_back(std::move(text)); }
  template <class T>
  void note_error(const coro::Result<T>& result) {
    note(result ? "no error" : result.error().to_string());
  }

  void TearDown() override {
    client.stop();
    server.stop();
    run(minutes{5});
    for (coro::Scheduler* scheduler : {&client, &server}) {
      EXPECT_EQ(scheduler->count().strands.get(), 0u);
      EXPECT_EQ(scheduler->frames().in_use.get(), 0u);
      EXPECT_EQ(scheduler->next_deadline(), std::nullopt);
    }
    EXPECT_EQ(world->a.leftovers(), "");
    EXPECT_EQ(world->b.leftovers(), "");
  }

  using Log = std::vector<std::string>;
  Log log;
  coro::Scheduler client, server;
  CoroApp client_app{client}, server_app{server};
  std::unique_ptr<World> world;
};

/// Sends back what comes until the peer closes; then closes.
inline Task<> echo(coro::Connection connection) {
  std::array<std::byte, 4096> bytes;
  for (;;) {
    const auto n = co_await connection.read(bytes);
    if (!n || *n == 0) co_return;
    if (!co_await connection.write(std::span{bytes}.first(*n))) co_return;
  }
}

/// Serves every connection in a strand of its own until accept() fails.
inline Task<> serve(coro::Scheduler& scheduler, api::Endpoint local, Task<> (*service)(coro::Connection)) {
  auto listener = scheduler.listen(local);
  if (!listener) co_return;
  for (;;) {
    auto connection = co_await listener->accept();
    if (!connection) co_return;
    scheduler.spawn(service(std::move(*connection)));
  }
}

}  // namespace millrace::sim
