// Connections that a listening socket has and nobody has accepted yet: filled by the workers, emptied by any thread.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace millrace::sockets {

class Socket;

class AcceptQueue {
 public:
  void push(std::shared_ptr<Socket> socket) {
    const std::lock_guard lock{mutex_};
    sockets_.push_back(std::move(socket));
  }
  /// Back to the front: it could not be handed out.
  void push_front(std::shared_ptr<Socket> socket) {
    const std::lock_guard lock{mutex_};
    sockets_.push_front(std::move(socket));
  }
  /// The oldest; nullptr when there is none.
  [[nodiscard]] std::shared_ptr<Socket> pop() {
    const std::lock_guard lock{mutex_};
    if (sockets_.empty()) return nullptr;
    std::shared_ptr<Socket> first = std::move(sockets_.front());
    sockets_.pop_front();
    return first;
  }
  [[nodiscard]] std::deque<std::shared_ptr<Socket>> take_all() {
    const std::lock_guard lock{mutex_};
    return std::exchange(sockets_, {});
  }
  /// Calls look(empty) while nobody can change it.
  template <class Look>
  void look(Look look) {
    const std::lock_guard lock{mutex_};
    look(sockets_.empty());
  }

 private:
  std::mutex mutex_;
  std::deque<std::shared_ptr<Socket>> sockets_;
};

}  // namespace millrace::sockets
