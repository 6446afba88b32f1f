// What stands behind a struct mr_stack: the sockets of every worker, the way to them, and what they share.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "sockets/drive.h"
#include "sockets/port_bindings.h"
#include "sockets/socket_shard.h"

namespace millrace::sockets {

class Epoll;

/// The epoll instances of a stack, so that a closed socket leaves them all.
class EpollList {
 public:
  void add(const std::shared_ptr<Epoll>& epoll);
  void forget(Socket& socket);

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Epoll>> epolls_;
};

}  // namespace millrace::sockets

struct mr_stack {
  explicit mr_stack(std::uint16_t workers);

  std::deque<millrace::sockets::SocketShard> shards;  ///< by worker
  std::unique_ptr<millrace::sockets::Drive> drive;    ///< none: calls answer ENETDOWN
  millrace::sockets::PortBindings ports;
  millrace::sockets::EpollList epolls;
  std::atomic<std::uint32_t> sockets_made{0};  ///< new ones go to the workers in turn

  int (*wait)(void* arg, std::int64_t deadline_ns) = nullptr;  ///< see mr_set_wait()
  void* wait_arg = nullptr;
};
