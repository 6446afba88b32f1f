// Counts what coroutines allocate: an echo server and its clients in steady state, every operation and a task call and
// a time limit per request. The global operator new of this program counts while a scheduler has the thread.
#include <cstdlib>
#include <new>

#include "sim/coro_bed.h"

namespace {
bool counting = false;
std::uint64_t allocations = 0;

void* counted(std::size_t bytes) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc{};
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace millrace::sim {
namespace {

/// The turns of a scheduler, counted.
class CountedApp final : public HostApp {
 public:
  explicit CountedApp(coro::Scheduler& scheduler) : scheduler_(scheduler) {}
  void on_event(api::Shard shard, const api::Event& event) override {
    counting = true;
    scheduler_.on_events(shard, {&event, 1});
    counting = false;
  }
  void on_turn(api::Shard shard, Time now) override {
    counting = true;
    scheduler_.on_turn(shard, now);
    counting = false;
  }
  [[nodiscard]] std::optional<Time> next_deadline() override { return scheduler_.next_deadline(); }

 private:
  coro::Scheduler& scheduler_;
};

class CoroAllocation : public CoroTest {
 public:
  static constexpr std::size_t kRequest = 100;
  CountedApp counted_client{client}, counted_server{server};
  std::uint64_t requests = 0;
  int clients = 0;  ///< that have had an answer
  bool ends = false;

  CoroAllocation() {
    world->a.set_app(&counted_client);
    world->b.set_app(&counted_server);
  }

  static Task<bool> one_request(coro::Connection& connection) {
    std::array<std::byte, kRequest> bytes{};
    if (!co_await connection.write(bytes)) co_return false;
    co_return static_cast<bool>(co_await coro::with_timeout(seconds{5}, connection.read_exactly(bytes)));
  }
  Task<> ask() {
    auto connection = co_await coro::connect(there());
    EXPECT_TRUE(co_await one_request(*connection));
    ++clients;
    while (!ends && co_await coro::with_timeout(seconds{10}, one_request(*connection))) {
      ++requests;
      EXPECT_TRUE(co_await coro::sleep_for(microseconds{10}));
    }
  }
  Task<> ask_once_per_connection() {
    while (!ends) {
      auto connection = co_await coro::connect(there());
      if (co_await one_request(*connection)) ++requests;
    }
  }
  [[nodiscard]] std::uint64_t allocations_of(std::uint64_t more) {
    const std::uint64_t before = allocations, goal = requests + more;
    EXPECT_TRUE(run_until([&] { return requests >= goal; }, minutes{10}));
    return allocations - before;
  }
};

TEST_F(CoroAllocation, TheCounterCounts) {
  client.spawn([]() -> Task<> {
    const std::vector<int> some(10);
    EXPECT_EQ(some.size(), 10u);
    co_return;
  }());
  const std::uint64_t before = allocations;
  run(milliseconds{1});
  EXPECT_GT(allocations, before);
}

TEST_F(CoroAllocation, NoneInSteadyState) {
  server.spawn(serve(server, here(), echo));
  for (int i = 0; i < 20; ++i) client.spawn(ask());
  EXPECT_TRUE(run_until([&] { return clients == 20; }));
  EXPECT_GT(allocations, 0u) << "the pools were filled";
  (void)allocations_of(200);
  EXPECT_EQ(allocations_of(10'000), 0u);
  EXPECT_EQ(server.frames().from_heap.get(), 0u);
  ends = true;
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }));
}

/// A strand, its frames and what is remembered of a connection are taken and given back each time.
TEST_F(CoroAllocation, NoneForConnectionsThatComeAndGo) {
  HostOptions options;
  options.tcp.msl = Duration{0};
  start(options);
  world->a.set_app(&counted_client);
  world->b.set_app(&counted_server);
  server.spawn(serve(server, here(), echo));
  for (int i = 0; i < 10; ++i) client.spawn(ask_once_per_connection());
  (void)allocations_of(4'000);
  EXPECT_EQ(allocations_of(2'000), 0u);
  ends = true;
  EXPECT_TRUE(run_until([&] { return client.count().strands.get() == 0; }));
}

}  // namespace
}  // namespace millrace::sim
