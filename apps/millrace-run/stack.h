// The process's Millrace stack: started by the first call that needs it, ended with the process.
//
// The program notices little of it: threads of the stack block all signals. One stack per process, as DPDK can be
// started once; in a fork of a process that has it there is none.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>

#include "run_config.h"
#include "sockets/stack.h"
#include "stack/runtime.h"
#include "stack/telemetry.h"

namespace millrace::run {

class Stack {
 public:
  /// An address of a port.
  [[nodiscard]] bool owns(const wire::IpAddress& address);
  /// Connections to the address are Millrace's: a network of a port, or a route. Loopback addresses are the kernel's.
  [[nodiscard]] bool routes(const wire::IpAddress& address);

  /// Starts it if it does not run. False with ENETDOWN when it can't, said on standard error.
  [[nodiscard]] bool start();
  /// What the configuration says; after start().
  [[nodiscard]] const RunConfig& config() const noexcept { return *config_; }

  /// Held while calls are made on sockets, so that finish() does not take them away; empty when it has.
  using Use = std::shared_lock<std::shared_timed_mutex>;
  [[nodiscard]] Use use();

  /// The process ends: waits until what was sent and closed is acknowledged, `linger` at most, then stops.
  void finish() noexcept;

  /// The calling thread is starting the stack.
  [[nodiscard]] static bool starting() noexcept { return starting_; }

  // Around a fork: the lock is held across it.
  void before_fork() { mutex_.lock(); }
  void after_fork(bool child) noexcept;

 private:
  [[nodiscard]] const RunConfig* read_config();
  [[nodiscard]] const RunConfig* read_config_once();
  void launch();
  void await_quiet() noexcept;
  [[nodiscard]] std::uint32_t connections();
  void reset_rest();

  inline static thread_local bool starting_ = false;

  std::mutex mutex_;  ///< not recursive: the child of a fork could not unlock it
  bool read_ = false;
  bool failed_ = false;
  bool lost_ = false;  ///< the parent's
  std::optional<RunConfig> config_;
  std::unique_ptr<sockets::Sockets> sockets_;
  std::unique_ptr<stack::Runtime> runtime_;
  std::optional<stack::Telemetry> telemetry_;
  std::shared_timed_mutex used_;
  std::atomic<bool> ended_{false};
};

/// The process's. Lives until the process ends.
[[nodiscard]] Stack& the_stack() noexcept;

}  // namespace millrace::run
