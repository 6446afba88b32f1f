// The scheduler: the application of one worker (api/app.h) that runs coroutines. It turns the stack's events into
// wake-ups of operations, and runs the strands that are ready once per turn, in on_turn().
//
// One per worker; everything is called on the worker's thread, or before the worker starts. It is destroyed after the
// last Connection, Listener and Task that was made under it. Its memory grows to the largest number of connections and
// frames held at once and stays; in a steady state nothing is allocated.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "api/shard.h"
#include "base/counter.h"
#include "base/log_limit.h"
#include "coro/error.h"
#include "coro/frame_pool.h"
#include "coro/pool.h"
#include "coro/scope.h"
#include "coro/slot.h"
#include "coro/strand.h"
#include "coro/task.h"
#include "coro/timers.h"

namespace millrace::coro {

class Listener;

/// Of one worker's scheduler.
struct SchedulerOptions {
  std::size_t frame_memory = 64 << 20;  ///< bytes that frames may take from the pool; more come from the heap
};

/// Written by the worker, read by anybody.
struct SchedulerCounters {
  base::Counter strands;          ///< alive
  base::Counter spawned;          ///< since the start
  base::Counter exceptions;       ///< strands that ended by one
  base::Counter accepts_refused;  ///< connections reset because the queue was full, or nobody listens any more
};

/// The application that runs coroutines; see the head of this file.
class MILLRACE_API Scheduler {
 public:
  /// Has no stack before the first turn.
  explicit Scheduler(const SchedulerOptions& options = {}) noexcept : frames_(options.frame_memory) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  /// Destroys all strands without a word to the stack, which may be gone; stop() is for a worker that runs on.
  ~Scheduler();

  /// Starts a strand, later in this turn or in the next one. An exception that leaves the task is logged and counted,
  /// and the connections that the strand owned are reset. Throws std::bad_alloc.
  void spawn(Task<> task);
  /// The same; `source` ends it.
  void spawn(Task<> task, CancelSource& source);

  /// Accepts connections to `local`. `backlog` of them wait for accept() at most; more are reset. Refused as
  /// api::Shard::listen() says; NotOpen before the first turn. The Listener is in coro/listener.h.
  [[nodiscard]] Result<Listener> listen(const api::Endpoint& local, const api::ListenOptions& options = {},
                                        std::uint32_t backlog = 128) noexcept;

  /// Destroys all strands, and so closes what they own. Called by a strand: at the end of this turn.
  void stop() noexcept;

  /// What it counts; any thread may read.
  [[nodiscard]] const SchedulerCounters& count() const noexcept { return count_; }
  /// What its frame pool counts; any thread may read.
  [[nodiscard]] const FrameCounters& frames() const noexcept { return frames_.count(); }
  /// This turn's time; the epoch before the first one.
  [[nodiscard]] Time now() const noexcept { return now_; }

  /// See api::AppRef.
  void on_events(api::Shard shard, std::span<const api::Event> events) noexcept;
  /// See api::AppRef.
  void on_turn(api::Shard shard, Time now) noexcept;
  /// See api::AppRef.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  // A turn's work is bounded; the rest is for the next one, which comes at once.
  static constexpr std::size_t kTimersPerTurn = 256;   ///< deadlines carried out
  static constexpr std::size_t kStrandsPerTurn = 512;  ///< strands run

  // For the rest of this room.
  void make_ready(Strand& strand) noexcept { ready_.push_back(strand); }
  /// `span` from now on; not positive: in the next turn.
  void start_timer(Timer& timer, Duration span) noexcept;
  void report_exception() noexcept;
  /// An active open, as api::Shard::connect().
  [[nodiscard]] Result<Ref<ConnectionSlot>> open(const api::Endpoint& remote,
                                                 const api::ConnectOptions& options) noexcept;
  enum class End { Close, Abort };
  /// Who waits for it gets NotOpen; the stack is told, unless it is gone.
  void give_up(const Ref<ConnectionSlot>& connection, End end) noexcept;
  void give_up(const Ref<ListenerSlot>& listener) noexcept;

 private:
  using Strands =
      boost::intrusive::list<Strand, boost::intrusive::constant_time_size<false>,
                             boost::intrusive::member_hook<Strand, decltype(Strand::all_hook), &Strand::all_hook>>;
  using Ready =
      boost::intrusive::list<Strand, boost::intrusive::constant_time_size<false>,
                             boost::intrusive::member_hook<Strand, decltype(Strand::ready_hook), &Strand::ready_hook>>;

  void add(Strand& strand) noexcept;
  void run() noexcept;
  void destroy(Strand& strand) noexcept;
  void destroy_all() noexcept;
  void on_event(const api::Event& event) noexcept;
  void on_accepted(const api::Event& event) noexcept;
  void on_closed(ConnectionSlot& connection, const api::Event& event) noexcept;
  [[nodiscard]] Ref<ConnectionSlot> remember(api::Connection handle) noexcept;
  [[nodiscard]] ConnectionSlot* find(const api::ConnectionId& id) const noexcept;
  void forget(const api::ConnectionId& id) noexcept;
  void refuse(api::Connection handle) noexcept;

  FramePool frames_;
  std::optional<api::Shard> shard_;  ///< from the first turn on
  Time now_{};
  Timers timers_;
  Pool<ConnectionSlot> connections_;
  Pool<ListenerSlot> listeners_;
  std::vector<Ref<ConnectionSlot>> by_index_;  ///< of the stack's connections that are not over
  std::vector<Ref<ListenerSlot>> by_number_;   ///< of the shard's listeners
  Strands strands_;
  Ready ready_;
  bool running_ = false;
  bool stop_wanted_ = false;
  SchedulerCounters count_;
  base::LogLimit exception_log_{seconds{1}};
};

}  // namespace millrace::coro
