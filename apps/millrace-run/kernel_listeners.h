// The kernel's side of sockets that listen in both stacks: one thread waits for the kernel's connections and has the
// shadows tell of them.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "shadow.h"

namespace millrace::run {

class KernelListeners {
 public:
  /// From now on each connection that comes to `listening` is an arrival of `shadow`. It ends by itself when the
  /// shadow does, or when `listening` is closed.
  void add(int listening, const std::shared_ptr<Shadow>& shadow);

 private:
  void start();
  void run();
  void tell(std::uint64_t number);

  std::mutex mutex_;
  int epoll_ = -1;
  std::uint64_t next_ = 0;
  std::unordered_map<std::uint64_t, std::weak_ptr<Shadow>> shadows_;
};

/// The process's. Lives until the process ends.
[[nodiscard]] KernelListeners& kernel_listeners() noexcept;

}  // namespace millrace::run
