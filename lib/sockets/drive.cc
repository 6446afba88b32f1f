// A caller who turns the stack is on its thread already. Another thread hands its call to the worker and rests until it
// is done, so what the call refers to may live on its own stack.
#include "sockets/drive.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "sockets/socket_shard.h"
#include "sockets/stack_state.h"
#include "stack/runtime.h"

namespace millrace::sockets {
namespace {

class CallerDrive : public Drive {
 public:
  CallerDrive(mr_stack& stack, std::vector<api::Shard> shards) : stack_(stack), shards_(std::move(shards)) {}

  bool run(std::uint16_t worker, const Task& task) override {
    stack_.shards[worker].run(shards_[worker], task);
    return true;
  }
  void post(std::uint16_t worker, Task task) override { (void)run(worker, task); }
  [[nodiscard]] Time now() const override { return shards_.front().now(); }
  [[nodiscard]] bool turned_by_caller() const noexcept override { return true; }
  [[nodiscard]] bool called_by_worker() const noexcept override { return false; }

 private:
  mr_stack& stack_;
  std::vector<api::Shard> shards_;  ///< by worker
};

/// Told once, by the worker.
class Done {
 public:
  void tell() {
    const std::lock_guard lock{mutex_};
    told_ = true;
    // With the lock held: who waits may destroy this as soon as it is released.
    told_changed_.notify_one();
  }
  void wait() {
    std::unique_lock lock{mutex_};
    told_changed_.wait(lock, [this] { return told_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_changed_;
  bool told_ = false;
};

class RuntimeDrive : public Drive {
 public:
  RuntimeDrive(mr_stack& stack, stack::Runtime& runtime) : stack_(stack), runtime_(runtime) {}

  bool run(std::uint16_t worker, const Task& task) override {
    SocketShard& sockets = stack_.shards[worker];
    if (called_by_worker()) {
      if (!sockets.is_this_thread()) return false;  // two workers that wait for each other would never end
      run_here(sockets, task);
      return true;
    }
    Done done;
    insist(worker, [&](stack::Shard& shard) {
      sockets.run(api::Shard{shard}, task);
      done.tell();
    });
    done.wait();
    return true;
  }
  void post(std::uint16_t worker, Task task) override {
    if (stack_.shards[worker].is_this_thread()) return run_here(stack_.shards[worker], task);
    insist(worker, [&sockets = stack_.shards[worker], task = std::move(task)](stack::Shard& shard) {
      sockets.run(api::Shard{shard}, task);
    });
  }
  [[nodiscard]] Time now() const override { return runtime_.now(); }
  [[nodiscard]] bool turned_by_caller() const noexcept override { return false; }
  /// In an event, and also in a task that the program has posted.
  [[nodiscard]] bool called_by_worker() const noexcept override {
    return std::ranges::any_of(stack_.shards, &SocketShard::is_this_thread);
  }

 private:
  void run_here(SocketShard& sockets, const Task& task) {
    sockets.run(api::Shard{runtime_.shard(sockets.worker())}, task);
  }
  /// A full inbox empties within some turns, unless its worker is the one that asks.
  void insist(std::uint16_t worker, const std::function<void(stack::Shard&)>& task) {
    while (!runtime_.post(worker, task)) std::this_thread::yield();
  }

  mr_stack& stack_;
  stack::Runtime& runtime_;
};

}  // namespace

std::unique_ptr<Drive> make_caller_drive(mr_stack& stack, std::vector<api::Shard> shards) {
  return std::make_unique<CallerDrive>(stack, std::move(shards));
}

std::unique_ptr<Drive> make_runtime_drive(mr_stack& stack, stack::Runtime& runtime) {
  if (runtime.settings().drive == stack::Drive::Caller) {
    std::vector<api::Shard> shards;
    for (std::uint16_t worker = 0; worker < runtime.workers(); ++worker) shards.emplace_back(runtime.shard(worker));
    return make_caller_drive(stack, std::move(shards));
  }
  return std::make_unique<RuntimeDrive>(stack, runtime);
}

}  // namespace millrace::sockets
