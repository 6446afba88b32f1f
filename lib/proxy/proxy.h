// The proxy as an application of the stack, one per worker: it accepts clients, finds each a server, joins the two and
// watches the clock. Nothing is shared between workers; both connections of a pair live on one of them.
//
// What a client sends before a server has answered waits in its receive queue. A server that does not answer is
// followed by the next one, each at most once per client; when none is left the client is reset. Draining refuses new
// clients, lets live pairs end until the deadline, then resets them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "api/shard.h"
#include "api/types.h"
#include "base/counter.h"
#include "base/slab.h"
#include "base/time.h"
#include "proxy/counters.h"
#include "proxy/end_report.h"
#include "proxy/health.h"
#include "proxy/settings.h"
#include "proxy/splice.h"
#include "proxy/upstream.h"
#include "timer/wheel.h"

namespace millrace::proxy {

/// Which listener could not be opened, and why.
struct StartError {
  api::Endpoint listener;
  api::Error error{};
};

class Proxy {
 public:
  /// Holds at most `pair_limit` client connections; memory is touched as they come.
  Proxy(const ProxySettings& settings, std::uint32_t pair_limit);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Opens the listeners and starts the health checks; nullopt when all went well. On the worker's thread, once.
  [[nodiscard]] std::optional<StartError> start(api::Shard shard) noexcept;

  // The application's side of api/app.h.
  void on_events(api::Shard shard, std::span<const api::Event> events) noexcept;
  void on_turn(api::Shard shard, Time now) noexcept;
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;

  /// Refuses new clients from now on; what is alive at `deadline` is reset. On the worker's thread; a second call moves
  /// the deadline.
  void drain(api::Shard shard, Time deadline) noexcept;
  /// True when draining has come to its end. Any thread.
  [[nodiscard]] bool drained() const noexcept { return drained_.get() != 0; }

  /// Any thread.
  [[nodiscard]] const ProxyCounters& counters() const noexcept { return counters_; }
  /// Any thread may read the counters in it.
  [[nodiscard]] const std::vector<UpstreamGroup>& upstreams() const noexcept { return groups_; }

 private:
  static constexpr unsigned kPairTimers = 0;
  static constexpr unsigned kProbeTimers = 1;

  void on_event(api::Shard shard, const api::Event& event) noexcept;
  void on_accepted(api::Shard shard, const api::Event& event) noexcept;
  void on_pair_event(api::Shard shard, std::uint32_t index, Leg leg, const api::Event& event) noexcept;
  void on_early_event(api::Shard shard, const api::Event& event) noexcept;
  void while_connecting(api::Shard shard, Pair& pair, Leg leg, const api::Event& event) noexcept;
  void while_joined(api::Shard shard, Pair& pair, Leg leg, const api::Event& event) noexcept;

  void connect_next(api::Shard shard, Pair& pair) noexcept;
  void leg_closed(api::Shard shard, Pair& pair, Leg leg, const api::Event& event) noexcept;
  void connect_failed(api::Shard shard, Pair& pair, api::CloseRule why) noexcept;
  void join(api::Shard shard, Pair& pair) noexcept;
  void refuse(api::Shard shard, Pair& pair) noexcept;
  void end(Pair& pair, PairEnd how) noexcept;
  void give_back(Pair& pair) noexcept;

  void on_pair_timer(api::Shard shard, Pair& pair, Time now) noexcept;
  void look_for_progress(api::Shard shard, Pair& pair, Time now) noexcept;
  void drain_step(api::Shard shard, Time now) noexcept;
  void reset_slice(api::Shard shard) noexcept;

  [[nodiscard]] Server& server_of(const Pair& pair) noexcept { return groups_[pair.group].servers()[pair.server]; }
  [[nodiscard]] timer::TimerId timer_of(const Pair& pair) const noexcept {
    return timer::TimerId::make(kPairTimers, pairs_.index_of(pair));
  }

  ProxySettings settings_;
  std::vector<UpstreamGroup> groups_;
  base::Slab<Pair> pairs_;
  std::vector<bool> live_;  ///< by pair index: a late event must not look into a cell that was given back
  HealthChecker health_;
  std::optional<timer::Wheel> wheel_;     ///< from start() on
  std::vector<std::uint16_t> listeners_;  ///< the stack's number of settings_.listeners[i]
  std::vector<std::uint32_t> fresh_;      ///< pairs accepted in the burst at hand
  Time last_turn_{};

  bool draining_ = false;
  Time drain_deadline_{};
  std::uint32_t drain_cursor_ = 0;     ///< pairs below it were reset
  std::uint32_t given_up_cursor_ = 0;  ///< and connections that nobody holds
  base::Counter drained_;

  ProxyCounters counters_;
  EndReport report_;
};

}  // namespace millrace::proxy
