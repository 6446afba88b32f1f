// A strand: one line of execution, from spawn() to its end, through all the tasks that it calls.
//
// At any time a strand runs, is ready to run, or waits for exactly one Operation. Coroutines are resumed from one place
// only, Strand::run() in the scheduler's turn: an operation that completes makes its strand ready, and a task that is
// called or ends names the coroutine to go on with and returns. So the machine's stack never grows with the number of
// calls, which symmetric transfer does not promise in builds without optimisation, and no frame is destroyed under the
// feet of a caller.
#pragma once

#include <boost/intrusive/list.hpp>
#include <coroutine>
#include <optional>

#include "base/export.h"
#include "coro/error.h"

namespace millrace::coro {

class Scheduler;
class Scope;
class Operation;

class MILLRACE_API Strand {
  using Hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

 public:
  Strand(Scheduler& scheduler, std::coroutine_handle<> root) noexcept
      : scheduler_(scheduler), root_(root), next_(root) {}
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  [[nodiscard]] Scheduler& scheduler() const noexcept { return scheduler_; }
  /// Why nothing may be awaited here any more: a scope around it timed out or was cancelled.
  [[nodiscard]] std::optional<Error> interruption() const noexcept;

  /// What runs next, when the coroutine that runs now has returned.
  void continue_with(std::coroutine_handle<> next) noexcept { next_ = next; }
  /// Runs until it waits or ends.
  void run();
  [[nodiscard]] bool ended() const noexcept { return root_.done(); }
  [[nodiscard]] std::coroutine_handle<> root() const noexcept { return root_; }

  Hook all_hook;    ///< among the scheduler's strands
  Hook ready_hook;  ///< among those that are ready

 private:
  friend class Operation;
  friend class Scope;

  Scheduler& scheduler_;
  std::coroutine_handle<> root_;
  std::coroutine_handle<> next_;
  Operation* waits_for_ = nullptr;
  Scope* innermost_ = nullptr;
};

/// The promises of coroutines that run on a strand.
template <class Promise>
concept OnStrand = requires(Promise& promise) {
  { promise.strand } -> std::convertible_to<Strand*>;
};

}  // namespace millrace::coro
