// What a descriptor's number stands for: a socket or an epoll instance, and the stack that it belongs to.
#pragma once

#include <atomic>

struct mr_stack;

namespace millrace::sockets {

class Socket;
class Epoll;

class Descriptor {
 public:
  explicit Descriptor(mr_stack& stack) noexcept : stack_(stack) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  virtual ~Descriptor() = default;

  [[nodiscard]] mr_stack& stack() const noexcept { return stack_; }
  /// nullptr if it is another kind.
  [[nodiscard]] virtual Socket* as_socket() noexcept { return nullptr; }
  [[nodiscard]] virtual Epoll* as_epoll() noexcept { return nullptr; }

  std::atomic<int> descriptor_flags{0};  ///< FD_CLOEXEC: kept for who asks

 private:
  mr_stack& stack_;
};

}  // namespace millrace::sockets
