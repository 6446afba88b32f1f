// A whole stack from its settings: EAL, pools, ports, addresses, and for each worker a shard, a loop and a thread.
//
// Construction starts everything or throws std::runtime_error with cause and next step, undoing what was done. It waits
// until the links of all ports are up, some seconds at most, and with IPv6 it takes a second longer, in which nobody
// else may claim our addresses (with Drive::Caller that second passes in the first turns). Besides the workers' threads
// there is one that writes log lines (base/log_thread.h), and EAL has two or three of its own that sleep (interrupts,
// telemetry); the caller's CPU affinity stays what it was.
// Destruction stops the workers first, then closes ports and frees memory. One Runtime at a time, since DPDK can be
// started once in a process. All functions may be called by any thread; what touches a shard runs on its worker.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/export.h"
#include "stack/app_hook.h"
#include "stack/config.h"
#include "stack/question.h"

namespace millrace::io {
class CaptureRing;
class Port;
}  // namespace millrace::io
namespace millrace::pkt {
class PacketPool;
}

namespace millrace::stack {

/// Starts a stack when it is made and stops it when it is destroyed; see the head of this file.
class MILLRACE_API Runtime {
 public:
  /// The application of each worker; asked once per worker before it starts. What it refers to outlives the Runtime.
  using AppOf = std::function<AppHook(std::uint16_t worker)>;
  /// Gets one counter; both arguments are valid during the call.
  using Visit = std::function<void(std::string_view name, std::uint64_t value)>;

  /// The time since 1970.
  using WallClock = std::function<Duration()>;

  /// `wall_clock`: the system's unless given; nothing but stamps for people comes from it.
  Runtime(const RuntimeSettings& settings, const AppOf& app_of, WallClock wall_clock = {});
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  /// Connections end without a word to their peers: close or reset them before.
  ~Runtime();

  /// How many workers run: RuntimeSettings::workers.
  [[nodiscard]] std::uint16_t workers() const noexcept;

  // With Drive::Caller the program turns the workers itself. Each worker belongs to one thread at a time; the thread
  // that made the Runtime has DPDK's per-core caches of packets, others work without them.
  /// One turn: packets in, timers, tasks, the application, packets out. True if it did anything. With Drive::Threads it
  /// does nothing.
  bool poll_once(std::uint16_t worker = 0) noexcept;
  /// When poll_once() has something to do unless a packet or a task comes before: now when work waits; nullopt: never.
  [[nodiscard]] std::optional<Time> next_deadline(std::uint16_t worker = 0) const noexcept;
  /// A worker's shard, to call it (api::Shard) between two turns; on its thread only.
  [[nodiscard]] Shard& shard(std::uint16_t worker = 0) noexcept;

  /// Runs `task` on a worker; false when its inbox is full.
  [[nodiscard]] bool post(std::uint16_t worker, std::function<void(Shard&)> task);
  /// Asks a worker (see ask_through() in stack/question.h); `fill` is TaskState(Shard&, Answer&).
  template <class Answer, class Fill>
  [[nodiscard]] Reply<Answer> ask(std::uint16_t worker, Duration timeout, Fill fill) {
    return ask_through<Answer>(
        [this, worker](Task task) { return post_task(worker, std::move(task)); }, worker, timeout,
        [&shard = shard(worker), fill = std::move(fill)](Answer& answer) mutable { return fill(shard, answer); });
  }

  /// The worker that owns a flow opened from here; `local` unspecified: the route's source. nullopt when there is no
  /// route, or `local` is not ours.
  [[nodiscard]] std::optional<std::uint16_t> owner_of(const wire::IpAddress& local, std::uint16_t local_port,
                                                      const wire::IpAddress& remote,
                                                      std::uint16_t remote_port) const noexcept;

  /// Calls visit for every counter of one worker; names do not change while the program runs.
  void visit_counters(std::uint16_t worker, const Visit& visit) const;
  /// The same for the profile of a worker's turns: packets, turns, and TSC cycles by stage. Nothing unless it was
  /// compiled in (base/stage_meter.h).
  void visit_profile(std::uint16_t worker, const Visit& visit) const;
  /// The ports in the order of the settings; for the stack's own programs.
  [[nodiscard]] const std::vector<io::Port>& ports() const noexcept;
  /// The pool that receive buffers and payload come from.
  [[nodiscard]] const pkt::PacketPool& data_packets() const noexcept;
  /// What it was made with.
  [[nodiscard]] const RuntimeSettings& settings() const noexcept;
  /// Starts, or with nullptr ends, a worker's part of a capture; what is wrong if it did not answer.
  [[nodiscard]] std::optional<std::string> set_capture(std::uint16_t worker, std::shared_ptr<io::CaptureRing> ring);
  /// The stack's clock now.
  [[nodiscard]] Time now() const noexcept;
  /// From the stack's clock to 1970, for what people see. The two drift apart, and the system's is set at times: ask
  /// anew for each use.
  [[nodiscard]] Duration epoch() const;
  /// What was negotiated with the ports and how flows find their worker; lines for people.
  [[nodiscard]] std::string describe() const;

 private:
  [[nodiscard]] bool post_task(std::uint16_t worker, Task task);

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace millrace::stack
