// A whole runtime with two workers on ports that go nowhere: calls of other threads reach the worker they are meant
// for, and what other threads read and capture while the workers run is whole. Run under ThreadSanitizer too: DPDK is
// not instrumented, but what passes between our threads does not pass through it. (Packets that return to a pool from
// another worker would; there are fewer of them here than a worker's cache of the pool holds.)
#include "stack/runtime.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/app.h"
#include "api/owner_connect.h"
#include "quiet_runtime.h"
#include "stack/capture.h"
#include "stack/shard.h"
#include "stack/telemetry_data.h"
#include "stack/telemetry_list.h"

/// Workers may log through DPDK at the same time: its stream has stdio's lock, which ThreadSanitizer does not see.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions() { return "race:rte_vlog"; }

namespace millrace::stack {
namespace {

RuntimeSettings with_a_narrow_port() {
  RuntimeSettings s = two_workers_on_no_link();
  s.ports[0].queues = 2;
  s.packets = 8192;
  PortSettings narrow;  // worker 1 has to hand its frames over
  narrow.name = "narrow";
  narrow.device = "net_null1,no-rx=1";
  narrow.addresses = {*wire::IpPrefix::parse("10.2.0.1/24")};
  s.ports.push_back(narrow);
  return s;
}

struct Opening {
  std::uint16_t worker = 0;
  std::optional<api::Error> error;
  std::string state;
  std::uint16_t port = 0;
};

Opening connect(Runtime& runtime, const api::Endpoint& remote, const api::ConnectOptions& options,
                std::uint16_t* asked) {
  std::promise<Opening> promise;
  const auto posted =
      api::connect_on_owner(runtime, remote, options, [&](api::Shard shard, api::Result<api::Connection> opened) {
        Opening result{shard.worker(), std::nullopt, "", 0};
        if (opened) {
          result.state = opened.value().info().state;
          result.port = opened.value().info().local.port;
        } else {
          result.error = opened.error();
        }
        promise.set_value(result);
      });
  if (!posted) return {0, posted.error(), "", 0};
  *asked = posted.value();
  return promise.get_future().get();
}

/// One runtime for all tests: DPDK starts once in a process.
class OneRuntime : public testing::Environment {
 public:
  void SetUp() override {
    runtime =
        std::make_unique<Runtime>(with_a_narrow_port(), [this](std::uint16_t) { return api::AppRef{app_}.hook(); });
  }
  void TearDown() override { runtime.reset(); }
  std::unique_ptr<Runtime> runtime;

 private:
  Quiet app_;
};
OneRuntime* const one_runtime = [] {
  auto* environment = new OneRuntime;
  testing::AddGlobalTestEnvironment(environment);  // owns it
  return environment;
}();

class RuntimeTest : public testing::Test {
 protected:
  Runtime& runtime = *one_runtime->runtime;
};

TEST_F(RuntimeTest, S38_AFixedLocalPortOpensOnTheWorkerThatOwnsItsFlow) {
  const api::Endpoint remote{wire::IpAddress::v4(0x0a010002), 80};
  std::vector<int> opened(2);
  for (std::uint16_t port = 40000; port < 40016; ++port) {
    api::ConnectOptions options;
    options.local_port = port;
    const auto owner = api::owner_of(runtime, remote, options);
    ASSERT_TRUE(owner);
    std::uint16_t asked = 99;
    const Opening result = connect(runtime, remote, options, &asked);
    EXPECT_EQ(result.error, std::nullopt);
    EXPECT_EQ(asked, owner.value());
    EXPECT_EQ(result.worker, owner.value());
    EXPECT_EQ(result.state, "SYN-SENT");
    EXPECT_EQ(result.port, port);
    ++opened[result.worker];
    const auto wrong =
        runtime.ask<std::optional<api::Error>>(static_cast<std::uint16_t>(1 - owner.value()), seconds{60},
                                               [&](Shard& shard, std::optional<api::Error>& error) {
                                                 const auto answer = api::Shard{shard}.connect(remote, options);
                                                 if (!answer) error = answer.error();
                                                 return TaskState::Done;
                                               });
    ASSERT_TRUE(wrong) << wrong.error;
    EXPECT_EQ(*wrong.answer, api::Error::NotThisWorker);
  }
  EXPECT_GT(opened[0], 0);
  EXPECT_GT(opened[1], 0);
  std::uint16_t asked = 99;
  EXPECT_EQ(connect(runtime, {wire::IpAddress::v4(0x0b000001), 80}, {}, &asked).error, api::Error::NoRoute);
  api::ConnectOptions foreign;
  foreign.local_address = wire::IpAddress::v4(0x0a010009);
  EXPECT_EQ(connect(runtime, remote, foreign, &asked).error, api::Error::NoRoute);
}

/// Both workers send SYNs to neighbors that they know; each connection is given up in the turn after.
class BusyRuntimeTest : public RuntimeTest {
 protected:
  static constexpr std::uint16_t kPort = 4242;
  static inline const std::vector<wire::IpAddress> kRemotes = {wire::IpAddress::v4(0x0a010003),
                                                               wire::IpAddress::v4(0x0a020003)};

  void SetUp() override {
    for (std::uint16_t worker = 0; worker < 2; ++worker)
      for (std::uint16_t port = 0; port < 2; ++port)
        ASSERT_TRUE(runtime.post(worker, [port](Shard& shard) {
          shard.apply(
              {.port = port, .ip = kRemotes[port], .mac = {{2, 0, 0, 0, 0, 3}}, .state = ip::NeighborState::Reachable});
        }));
  }
  void TearDown() override { EXPECT_EQ(counter(1, "handover_tx_given"), counter(0, "handover_tx_taken")); }

  /// `each` SYNs of each worker to each neighbor; all have been sent when it returns.
  void send_syns(int each) {
    for (int i = 0; i < each; ++i)
      for (const wire::IpAddress& remote : kRemotes)
        for (std::uint16_t worker = 0; worker < 2; ++worker) {
          const auto sent = runtime.ask<std::optional<api::Connection>>(
              worker, hours{1}, [&remote](Shard& shard, std::optional<api::Connection>& connection) {
                if (connection) {
                  connection->abort();
                  return TaskState::Done;
                }
                connection = api::Shard{shard}.connect({remote, kPort}, {}).value();
                return TaskState::Again;
              });
          EXPECT_TRUE(sent) << sent.error;
        }
    while (counter(0, "handover_tx_taken") < counter(1, "handover_tx_given")) std::this_thread::yield();
  }
  static constexpr std::uint64_t syns(int each) { return 4u * static_cast<std::uint64_t>(each); }

  std::uint64_t counter(std::uint16_t worker, std::string_view name) {
    std::uint64_t found = 0;
    runtime.visit_counters(worker, [&](std::string_view one, std::uint64_t value) {
      if (one == name) found = value;
    });
    return found;
  }
};

TEST_F(BusyRuntimeTest, CountersAndListsAreReadWhileWorkersRun) {
  constexpr int kEach = 10;
  std::atomic<bool> done{false};
  std::thread caller{[&] {
    send_syns(kEach);
    done.store(true);
  }};
  const TelemetryData answer{rte_tel_data_alloc()};
  ASSERT_TRUE(answer);
  std::map<std::string, std::uint64_t> last;
  for (bool more = true; more;) {
    more = !done.load();
    for (std::uint16_t worker = 0; worker < 2; ++worker)
      runtime.visit_counters(worker, [&](std::string_view name, std::uint64_t value) {
        if (name != "turns" && name != "tx_packets" && name != "tcp_active_opens") return;
        std::uint64_t& before = last[std::to_string(worker) + std::string{name}];
        EXPECT_GE(value, before) << name;
        before = value;
      });
    EXPECT_EQ(answer_connections(runtime, "0,0", answer.get()), 0);
    EXPECT_EQ(answer_closed(runtime, "1,0", answer.get()), 0);
  }
  caller.join();
  EXPECT_GE(last["0tcp_active_opens"], syns(kEach) / 2);
  EXPECT_GE(last["1tcp_active_opens"], syns(kEach) / 2);
}

class CaptureTest : public BusyRuntimeTest {
 protected:
  CaptureTest() {
    wish.path = "/tmp/millrace-runtime-" + std::to_string(::getpid()) + ".pcapng";
    wish.filter.ports = {kPort};
    wish.time = hours{24};
  }
  ~CaptureTest() override { std::filesystem::remove(wish.path); }

  /// Calls of a thread of its own while a capture is looked at.
  void send_and_watch(int each) {
    std::atomic<bool> done{false};
    std::thread caller{[&] {
      send_syns(each);
      done.store(true, std::memory_order_relaxed);
    }};
    for (std::uint64_t before = 0; !done.load(std::memory_order_relaxed); std::this_thread::yield()) {
      const CaptureStatus status = capture.status();
      EXPECT_EQ(status.path, wish.path);
      EXPECT_GE(status.packets, before);
      before = status.packets;
    }
    caller.join();
  }

  CaptureSettings wish;
  Capture capture{runtime};
};

TEST_F(CaptureTest, WhatAllWorkersSendIsInTheFileWhenItHasStopped) {
  constexpr int kEach = 10;
  ASSERT_EQ(capture.start(wish), std::nullopt);
  send_and_watch(kEach);
  capture.stop();
  const CaptureStatus status = capture.status();
  EXPECT_EQ(status.end, "stopped");
  EXPECT_EQ(status.packets, syns(kEach));
  EXPECT_EQ(status.dropped, 0u);
  EXPECT_EQ(status.bytes, std::filesystem::file_size(wish.path));
}

TEST_F(CaptureTest, WhatFindsNoRoomIsCounted) {
  constexpr int kEach = 5;
  wish.ring_bytes = 1;
  ASSERT_EQ(capture.start(wish), std::nullopt);
  send_and_watch(kEach);
  capture.stop();
  EXPECT_EQ(capture.status().packets, 0u);
  EXPECT_EQ(capture.status().dropped, syns(kEach));
}

TEST_F(CaptureTest, StopsAndStartsWhileWorkersSend) {
  constexpr int kEach = 10;
  constexpr int kCaptures = 5;
  std::thread caller{[&] { send_syns(kEach); }};
  std::uint64_t packets = 0;
  for (int i = 0; i < kCaptures; ++i) {
    EXPECT_EQ(capture.start(wish), std::nullopt);
    capture.stop();
    packets += capture.status().packets;
  }
  caller.join();
  EXPECT_LE(packets, syns(kEach));
  wish.packets = 1;
  ASSERT_EQ(capture.start(wish), std::nullopt);
  send_syns(1);
  while (capture.status().running) std::this_thread::yield();
  EXPECT_EQ(capture.status().end, "count reached");
  EXPECT_EQ(capture.status().packets, 1u);
}

}  // namespace
}  // namespace millrace::stack
