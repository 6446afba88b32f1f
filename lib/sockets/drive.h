// How a call reaches the worker that owns a socket: directly, on a stack that the caller turns; through the worker's
// inbox, on a runtime.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "api/shard.h"
#include "base/time.h"

struct mr_stack;

namespace millrace::stack {
class Runtime;
}

namespace millrace::sockets {

class SocketShard;

class Drive {
 public:
  using Task = std::function<void(SocketShard&)>;

  virtual ~Drive() = default;
  /// Runs the task on the worker and returns when it has. False: it could not be asked (a worker's thread asks another
  /// worker).
  [[nodiscard]] virtual bool run(std::uint16_t worker, const Task& task) = 0;
  /// Runs the task on the worker, now or soon.
  virtual void post(std::uint16_t worker, Task task) = 0;
  [[nodiscard]] virtual Time now() const = 0;
  /// The stack turns only while the caller turns it, and calls come from its thread.
  [[nodiscard]] virtual bool turned_by_caller() const noexcept = 0;
  /// The calling thread is a worker's, so it cannot wait for one.
  [[nodiscard]] virtual bool called_by_worker() const noexcept = 0;
};

/// `shards`: one per worker.
[[nodiscard]] std::unique_ptr<Drive> make_caller_drive(mr_stack& stack, std::vector<api::Shard> shards);
/// By the runtime's own setting: its threads, or the caller.
[[nodiscard]] std::unique_ptr<Drive> make_runtime_drive(mr_stack& stack, stack::Runtime& runtime);

}  // namespace millrace::sockets
