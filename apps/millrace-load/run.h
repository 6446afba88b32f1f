// The phases of a run: find the next hop, open, warm up, measure, end.
#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/tsc_clock.h"
#include "generator.h"
#include "io/dpdk_queue.h"
#include "report.h"

namespace millrace::load {

struct RunSettings {
  wire::MacAddress own_mac;
  Duration warmup{};
  Duration length{};
  std::uint64_t requests = 0;  ///< see Options
  bool quiet = false;
};

class Run {
 public:
  /// `told_to_end` is set by a signal; the run then ends early, with what it has.
  Run(const RunSettings& settings, io::DpdkQueue& queue, Engine& engine, Neighborhood& neighborhood,
      const base::TscClock& clock, const volatile std::sig_atomic_t& told_to_end);

  /// Throws std::runtime_error when nobody has the next hop's address, or the connections can't be opened.
  [[nodiscard]] Measurement measure();

 private:
  void turn();
  /// Turns until `done` or `limit` has passed; false for the latter, and for a signal.
  bool turn_until(const std::function<bool()>& done, Duration limit);
  void find_next_hop();
  void open_connections();
  void turn_for(Duration span);
  void end_connections();
  void say_progress();
  [[nodiscard]] bool enough() const noexcept;

  RunSettings settings_;
  Engine& engine_;
  Neighborhood& neighborhood_;
  const base::TscClock& clock_;
  const volatile std::sig_atomic_t& told_to_end_;
  Generator<io::DpdkQueue> generator_;

  std::uint64_t cycles_;  ///< at the start of the last turn
  Time now_;              ///< the same
  bool was_busy_ = false;
  std::uint64_t busy_cycles_ = 0, idle_cycles_ = 0;
  bool measuring_ = false;
  Time next_line_{};
  Counts last_line_;
};

}  // namespace millrace::load
