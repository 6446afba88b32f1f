// The clients of a proxy under test, by the kernel's sockets: one thread and one epoll instance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "../compare/sockets.h"
#include "mode.h"

namespace millrace::bench {

class KernelClients {
 public:
  /// Throws std::runtime_error.
  KernelClients(compare::Target proxy, PeerMode mode, std::size_t at_once);
  ~KernelClients();
  KernelClients(const KernelClients&) = delete;
  KernelClients& operator=(const KernelClients&) = delete;

  /// Does what is to be done, waits for it at most `patience_ms`. Throws std::runtime_error if a connection can't be
  /// made.
  void turn(int patience_ms);

  /// Connections (Short) or requests (Kept) that went their whole way.
  [[nodiscard]] std::uint64_t finished() const { return finished_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// Connections that were refused, reset, or closed before their time.
  [[nodiscard]] std::uint64_t failed() const { return failed_; }

 private:
  struct Client {
    bool asked = false;
    std::size_t answered = 0;  ///< bytes of the answer
  };

  void open();
  void end(int fd, std::uint64_t& how);
  void ask(int fd);
  void on_ready(int fd);
  bool take_in(int fd);

  compare::Target proxy_;
  PeerMode mode_;
  int epoll_;
  std::vector<Client> clients_;  ///< by descriptor
  std::uint64_t finished_ = 0, bytes_ = 0, failed_ = 0;
};

}  // namespace millrace::bench
