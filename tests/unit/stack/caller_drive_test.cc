// A runtime that the program turns itself: nothing happens but by its calls, and its thread stays where it was.
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "api/app.h"
#include "quiet_runtime.h"
#include "stack/runtime.h"
#include "stack/shard.h"

namespace millrace::stack {
namespace {

struct TimerApp {
  int fired = 0;
  int turns = 0;
  void on_events(api::Shard, std::span<const api::Event> events) {
    for (const api::Event& event : events) fired += event.kind == api::EventKind::Timer;
  }
  void on_turn(api::Shard, Time) { ++turns; }
  std::optional<Time> next_deadline() { return std::nullopt; }
};

cpu_set_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  pthread_getaffinity_np(pthread_self(), sizeof set, &set);
  return set;
}

/// One runtime for all tests: DPDK starts once in a process.
struct CallerDrive : testing::Test {
  static void SetUpTestSuite() {
    affinity_before = affinity();
    RuntimeSettings settings = two_workers_on_no_link();
    settings.drive = Drive::Caller;
    runtime =
        std::make_unique<Runtime>(settings, [](std::uint16_t worker) { return api::AppRef{apps[worker]}.hook(); });
  }
  static void TearDownTestSuite() { runtime.reset(); }

  static inline cpu_set_t affinity_before;
  static inline TimerApp apps[2];
  static inline std::unique_ptr<Runtime> runtime;
};

TEST_F(CallerDrive, NothingRunsByItself) {
  const int before = apps[0].turns;
  std::this_thread::yield();
  EXPECT_EQ(apps[0].turns, before);
  (void)runtime->poll_once(0);
  EXPECT_EQ(apps[0].turns, before + 1);
  EXPECT_EQ(apps[1].turns, 0);
  (void)runtime->poll_once(1);
  EXPECT_EQ(apps[1].turns, 1);
}

TEST_F(CallerDrive, TheCallersAffinityIsKept) {
  const cpu_set_t now = affinity();
  EXPECT_TRUE(CPU_EQUAL(&now, &affinity_before));
}

TEST_F(CallerDrive, TimersFireByTurns) {
  api::Shard shard{runtime->shard(1)};
  EXPECT_TRUE(shard.start_timer(shard.now(), 1));
  EXPECT_TRUE(runtime->next_deadline(1));
  for (int i = 0; i < 100'000'000 && apps[1].fired == 0; ++i) (void)runtime->poll_once(1);
  EXPECT_EQ(apps[1].fired, 1);
}

TEST_F(CallerDrive, CallsOfOtherThreadsRunInTheTurn) {
  std::thread::id ran_on;
  std::thread other{[&] { EXPECT_TRUE(runtime->post(0, [&](Shard&) { ran_on = std::this_thread::get_id(); })); }};
  other.join();
  EXPECT_EQ(ran_on, std::thread::id{});
  EXPECT_TRUE(runtime->poll_once(0));
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(CallerDrive, ConnectionsOpenBetweenTurns) {
  api::Shard shard{runtime->shard(0)};
  const auto connection = shard.connect({wire::IpAddress::v4(0x0a010002), 80});
  ASSERT_TRUE(connection);
  EXPECT_EQ(connection.value().info().state, "SYN-SENT");
  EXPECT_TRUE(shard.has_work());
  const auto next = runtime->next_deadline(0);
  ASSERT_TRUE(next);
  EXPECT_LE(*next, runtime->now());
}

}  // namespace
}  // namespace millrace::stack
