// One turn of one worker's loop, in the order a packet walks: time, receive, timers, inbox, application, send.
//
// A worker owns nothing but its counters: shard, port set, clock, inbox and application are given to it and outlive it.
// It is used by one thread, the runtime's or that of an embedder who calls poll_once() from a loop of its own; in a
// simulation the clock is a manual one. The clock is read once per turn: the time from one reading to the next is what
// the turn between them cost, and it is booked as busy or idle by whether that turn did anything.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/counter.h"
#include "base/stage_meter.h"
#include "base/time.h"
#include "pkt/packet.h"
#include "stack/inbox.h"
#include "tcp/event.h"

namespace millrace::stack {

class Shard;

/// Written by the worker, read by anybody.
struct WorkerCounters {
  base::Counter turns;
  base::Counter busy_turns;
  base::Counter busy_cycles;  ///< of the clock's counter, spent in turns that did something
  base::Counter idle_cycles;  ///< the rest, sleep included
  base::Counter rx_packets;
  base::Counter tx_packets;
  base::Counter tx_deferred;  ///< frames the ports had no room for; offered again in the next turn
  base::Counter events;
  base::Counter tasks;
};

/// Io: rx_burst(span<Packet*>) and tx_burst(span<Packet* const>), both return a number; tx_burst takes a prefix.
/// Clock: a counter, uint64_t cycles(), and the Time of its values, at(cycles). App: on_events(Shard&, span<const
/// tcp::Event>), on_turn(Shard&, Time), next_deadline().
template <class Io, class Clock, class App, class ShardType = Shard>
class Worker {
 public:
  static constexpr std::size_t kBurst = 64;        ///< packets received per turn
  static constexpr std::size_t kTasksPerTurn = 4;  ///< pieces of inbox work per turn

  Worker(ShardType& shard, Io& io, Clock& clock, App& app, Inbox& inbox) noexcept
      : shard_(shard), io_(io), clock_(clock), app_(app), inbox_(inbox) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// One turn; returns whether it did anything. Bounded: one burst in, one burst out, a budget of everything else.
  bool poll_once() noexcept {
    start_turn();
    const bool received = receive();
    enter(Stage::Timers);
    shard_.run_timers();
    const bool asked = drain_inbox();
    const bool told = tell_application();
    const bool sent = transmit();
    enter(Stage::Between);
    busy_ = received || asked || told || sent;
    if (busy_) ++count_.busy_turns;
    return busy_;
  }

  /// The time of the last turn.
  [[nodiscard]] Time now() const noexcept { return now_; }
  /// The earliest instant at which the stack or the application has something to do.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept {
    const std::optional<Time> stack = shard_.next_deadline();
    const std::optional<Time> application = app_.next_deadline();
    if (!stack || !application) return stack ? stack : application;
    return std::min(*stack, *application);
  }
  /// Output waits: do not sleep.
  [[nodiscard]] bool has_work() const noexcept { return shard_.has_work(); }
  [[nodiscard]] const WorkerCounters& count() const noexcept { return count_; }

 private:
  using Stage = base::Stage;
  void enter(Stage stage) noexcept { shard_.stages().enter(stage); }

  void start_turn() noexcept {
    shard_.stages().begin_turn(busy_);
    const std::uint64_t cycles = clock_.cycles();
    if (count_.turns.get() > 0) (busy_ ? count_.busy_cycles : count_.idle_cycles).add(cycles - started_);
    ++count_.turns;
    started_ = cycles;
    now_ = clock_.at(cycles);
    shard_.begin(now_);
    if constexpr (requires { io_.set_time(now_); }) io_.set_time(now_);  // stamps captures
  }

  bool receive() noexcept {
    const std::size_t received = io_.rx_burst(std::span<pkt::Packet*>{room_});
    if (received == 0) return false;
    count_.rx_packets.add(received);
    shard_.receive(std::span<pkt::Packet*>{room_.data(), received});
    return true;
  }

  bool drain_inbox() noexcept {
    enter(Stage::Inbox);
    const std::size_t ran = inbox_.drain(kTasksPerTurn);
    count_.tasks.add(ran);
    return ran > 0;
  }

  bool tell_application() noexcept {
    enter(Stage::Events);
    const std::span<const tcp::Event> events = shard_.take_events();
    if (!events.empty()) {
      count_.events.add(events.size());
      enter(Stage::Application);
      app_.on_events(shard_, events);
      enter(Stage::Events);
    }
    shard_.events_done();
    enter(Stage::Application);
    app_.on_turn(shard_, now_);
    return !events.empty();
  }

  bool transmit() noexcept {
    enter(Stage::Output);
    const std::span<pkt::Packet*> frames = shard_.collect_output();
    if (frames.empty()) return false;
    enter(Stage::Transmit);
    const std::size_t sent = io_.tx_burst(frames);
    shard_.sent(sent);
    count_.tx_packets.add(sent);
    count_.tx_deferred.add(frames.size() - sent);
    return sent > 0;
  }

  ShardType& shard_;
  Io& io_;
  Clock& clock_;
  App& app_;
  Inbox& inbox_;
  std::uint64_t started_ = 0;  ///< the counter at the turn's start
  Time now_{};
  bool busy_ = false;
  std::array<pkt::Packet*, kBurst> room_{};
  WorkerCounters count_;
};

}  // namespace millrace::stack
