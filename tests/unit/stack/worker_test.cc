// One turn of the loop against a shard, an Io and an application that record what happens to them.
#include "stack/worker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stack/manual_clock.h"

namespace millrace::stack {
namespace {

/// Packets are never touched by a worker, so any distinct addresses will do.
pkt::Packet* fake(std::uintptr_t n) { return reinterpret_cast<pkt::Packet*>(n * 64); }

struct FakeShard {
  std::vector<std::string>& log;
  std::vector<tcp::Event> events;
  std::vector<pkt::Packet*> output;
  std::vector<pkt::Packet*> received;
  std::optional<Time> deadline;
  Time now{};
  bool work = false;
  std::size_t sent_count = 99;
  base::StageMeter meter{};

  void begin(Time t) noexcept {
    now = t;
    log.push_back("begin");
  }
  void receive(std::span<pkt::Packet*> burst) noexcept {
    received.assign(burst.begin(), burst.end());
    log.push_back("receive");
  }
  void run_timers() noexcept { log.push_back("timers"); }
  std::span<const tcp::Event> take_events() noexcept { return events; }
  void events_done() noexcept {
    events.clear();
    log.push_back("events_done");
  }
  std::span<pkt::Packet*> collect_output() noexcept {
    log.push_back("collect");
    return output;
  }
  void sent(std::size_t n) noexcept {
    sent_count = n;
    log.push_back("sent");
  }
  base::StageMeter& stages() noexcept { return meter; }
  std::optional<Time> next_deadline() const noexcept { return deadline; }
  bool has_work() const noexcept { return work; }
};

struct FakeIo {
  std::vector<pkt::Packet*> arriving;
  std::vector<pkt::Packet*> left;
  std::size_t room = 64;
  std::size_t asked_for = 0;

  std::size_t rx_burst(std::span<pkt::Packet*> to) {
    asked_for = to.size();
    std::copy(arriving.begin(), arriving.end(), to.begin());
    return std::exchange(arriving, {}).size();
  }
  std::size_t tx_burst(std::span<pkt::Packet* const> out) {
    const std::size_t n = std::min(out.size(), room);
    left.insert(left.end(), out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n));
    return n;
  }
};

struct FakeApp {
  std::vector<std::string>& log;
  std::optional<Time> deadline;
  Time turn{};
  std::size_t events = 0;

  void on_events(FakeShard&, std::span<const tcp::Event> all) {
    events = all.size();
    log.push_back("on_events");
  }
  void on_turn(FakeShard&, Time now) {
    turn = now;
    log.push_back("on_turn");
  }
  std::optional<Time> next_deadline() const { return deadline; }
};

class WorkerTest : public testing::Test {
 protected:
  std::vector<std::string> log_;
  FakeShard shard_{log_, {}, {}, {}, {}};
  FakeIo io_;
  ManualClock clock_{time_from_ns(5000)};
  FakeApp app_{log_, {}};
  Inbox inbox_{16};
  Worker<FakeIo, ManualClock, FakeApp, FakeShard> worker_{shard_, io_, clock_, app_, inbox_};
};

TEST_F(WorkerTest, AnIdleTurnDoesNothingButItsRounds) {
  EXPECT_FALSE(worker_.poll_once());
  EXPECT_EQ(log_, (std::vector<std::string>{"begin", "timers", "events_done", "on_turn", "collect"}));
  EXPECT_EQ(shard_.now, time_from_ns(5000));
  EXPECT_EQ(app_.turn, time_from_ns(5000));
  EXPECT_EQ(worker_.now(), time_from_ns(5000));
  EXPECT_EQ(io_.asked_for, 64u);
  EXPECT_EQ(worker_.count().turns.get(), 1u);
  EXPECT_EQ(worker_.count().busy_turns.get(), 0u);
}

TEST_F(WorkerTest, AFullTurnWalksInOrder) {
  io_.arriving = {fake(1), fake(2)};
  shard_.events = {tcp::Event{.kind = tcp::EventKind::Readable, .connection = {}}};
  shard_.output = {fake(3), fake(4), fake(5)};
  ASSERT_TRUE(inbox_.post([this] {
    log_.push_back("task");
    return TaskState::Done;
  }));
  EXPECT_TRUE(worker_.poll_once());
  EXPECT_EQ(log_, (std::vector<std::string>{"begin", "receive", "timers", "task", "on_events", "events_done", "on_turn",
                                            "collect", "sent"}));
  EXPECT_EQ(shard_.received, (std::vector<pkt::Packet*>{fake(1), fake(2)}));
  EXPECT_EQ(io_.left, (std::vector<pkt::Packet*>{fake(3), fake(4), fake(5)}));
  EXPECT_EQ(shard_.sent_count, 3u);
  EXPECT_EQ(app_.events, 1u);
  const WorkerCounters& count = worker_.count();
  EXPECT_EQ(count.rx_packets.get(), 2u);
  EXPECT_EQ(count.tx_packets.get(), 3u);
  EXPECT_EQ(count.tx_deferred.get(), 0u);
  EXPECT_EQ(count.events.get(), 1u);
  EXPECT_EQ(count.tasks.get(), 1u);
  EXPECT_EQ(count.busy_turns.get(), 1u);
}

TEST_F(WorkerTest, WhatThePortRefusesIsOfferedAgain) {
  io_.room = 1;
  shard_.output = {fake(3), fake(4), fake(5)};
  EXPECT_TRUE(worker_.poll_once());
  EXPECT_EQ(shard_.sent_count, 1u);
  EXPECT_EQ(worker_.count().tx_packets.get(), 1u);
  EXPECT_EQ(worker_.count().tx_deferred.get(), 2u);
  io_.room = 0;
  EXPECT_FALSE(worker_.poll_once());
  EXPECT_EQ(shard_.sent_count, 0u);
  EXPECT_EQ(worker_.count().tx_deferred.get(), 5u);
}

TEST_F(WorkerTest, EachKindOfWorkMakesATurnBusy) {
  io_.arriving = {fake(1)};
  EXPECT_TRUE(worker_.poll_once());
  EXPECT_FALSE(worker_.poll_once());
  shard_.events = {tcp::Event{.kind = tcp::EventKind::Closed, .connection = {}}};
  EXPECT_TRUE(worker_.poll_once());
  EXPECT_FALSE(worker_.poll_once());
  ASSERT_TRUE(inbox_.post([] { return TaskState::Done; }));
  EXPECT_TRUE(worker_.poll_once());
  EXPECT_FALSE(worker_.poll_once());
  shard_.output = {fake(1)};
  EXPECT_TRUE(worker_.poll_once());
  EXPECT_EQ(worker_.count().busy_turns.get(), 4u);
  EXPECT_EQ(worker_.count().turns.get(), 7u);
}

TEST_F(WorkerTest, TasksPerTurnAreBounded) {
  int ran = 0;
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(inbox_.post([&ran] {
      ++ran;
      return TaskState::Done;
    }));
  (void)worker_.poll_once();
  EXPECT_EQ(ran, 4);
  (void)worker_.poll_once();
  EXPECT_EQ(ran, 6);
}

TEST_F(WorkerTest, BooksTheTimeBetweenReadingsByWhatTheTurnDid) {
  io_.arriving = {fake(1)};
  (void)worker_.poll_once();  // busy
  clock_.advance(nanoseconds{700});
  (void)worker_.poll_once();  // idle
  EXPECT_EQ(worker_.count().busy_cycles.get(), 700u);
  EXPECT_EQ(worker_.count().idle_cycles.get(), 0u);
  clock_.advance(nanoseconds{30});
  io_.arriving = {fake(1)};
  (void)worker_.poll_once();
  EXPECT_EQ(worker_.count().busy_cycles.get(), 700u);
  EXPECT_EQ(worker_.count().idle_cycles.get(), 30u);
}

TEST_F(WorkerTest, NextDeadlineIsTheEarlierOne) {
  EXPECT_EQ(worker_.next_deadline(), std::nullopt);
  shard_.deadline = time_from_ns(50);
  EXPECT_EQ(worker_.next_deadline(), time_from_ns(50));
  app_.deadline = time_from_ns(60);
  EXPECT_EQ(worker_.next_deadline(), time_from_ns(50));
  app_.deadline = time_from_ns(40);
  EXPECT_EQ(worker_.next_deadline(), time_from_ns(40));
  shard_.deadline.reset();
  EXPECT_EQ(worker_.next_deadline(), time_from_ns(40));
  EXPECT_FALSE(worker_.has_work());
  shard_.work = true;
  EXPECT_TRUE(worker_.has_work());
}

}  // namespace
}  // namespace millrace::stack
