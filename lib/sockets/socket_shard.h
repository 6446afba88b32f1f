// The sockets of one worker: the application (api/app.h) that turns the stack's events into what sockets show.
//
// Everything runs on the worker's thread. Calls come as tasks (drive.h), events from the worker's turn.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "api/shard.h"

struct mr_stack;

namespace millrace::sockets {

class ListenGroup;
class Socket;

class SocketShard {
 public:
  SocketShard(mr_stack& stack, std::uint16_t worker) noexcept : stack_(stack), worker_(worker) {}
  SocketShard(const SocketShard&) = delete;
  SocketShard& operator=(const SocketShard&) = delete;

  void on_events(api::Shard shard, std::span<const api::Event> events);
  void on_turn(api::Shard shard, Time now);
  [[nodiscard]] std::optional<Time> next_deadline() const;

  /// Whether the calling thread is the one that turned this worker last.
  [[nodiscard]] bool is_this_thread() const noexcept {
    return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }
  /// Runs a call; within another one too.
  void run(api::Shard shard, const std::function<void(SocketShard&)>& task);

  // While running:
  [[nodiscard]] api::Shard& shard() noexcept { return *shard_; }
  [[nodiscard]] mr_stack& stack() const noexcept { return stack_; }
  [[nodiscard]] std::uint16_t worker() const noexcept { return worker_; }
  /// Events of the connection go to the socket from now on, until detach() or its end.
  void attach(std::shared_ptr<Socket> socket, api::Connection connection);
  void detach(const Socket& socket) noexcept;
  /// Connections of a listener go to the group.
  void set_listener(std::uint16_t number, std::shared_ptr<ListenGroup> group);

  using Due = void (*)(SocketShard&, Socket&);
  /// Calls due(*this, socket) at that time, if the socket is still there.
  void at(Time time, const std::shared_ptr<Socket>& socket, Due due);

 private:
  struct Timer {
    std::weak_ptr<Socket> socket;
    Due due;
  };
  [[nodiscard]] std::shared_ptr<Socket> find(const api::ConnectionId& id) const;
  void accepted(const api::Event& event);
  void take(const api::Event& event);

  mr_stack& stack_;
  std::uint16_t worker_;
  std::atomic<std::thread::id> thread_{};
  std::optional<api::Shard> shard_;
  std::vector<std::shared_ptr<Socket>> by_connection_;     ///< by the connection's index
  std::vector<std::shared_ptr<ListenGroup>> by_listener_;  ///< by the listener's number
  std::multimap<Time, Timer> timers_;
};

}  // namespace millrace::sockets
