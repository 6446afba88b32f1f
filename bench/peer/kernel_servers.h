// The servers behind a proxy under test, by the kernel's sockets: one thread and one epoll instance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mode.h"

namespace millrace::bench {

class KernelServers {
 public:
  /// Listens on `count` ports from `first_port`. Throws std::runtime_error.
  KernelServers(const std::string& address, std::uint16_t first_port, std::uint16_t count, PeerMode mode);
  ~KernelServers();
  KernelServers(const KernelServers&) = delete;
  KernelServers& operator=(const KernelServers&) = delete;

  /// Does what is to be done, waits for it at most `patience_ms`.
  void turn(int patience_ms);

 private:
  struct Descriptor {
    bool listens = false;
    std::size_t asked = 0;  ///< bytes of the request
  };

  void watch(int fd, std::uint32_t events, bool listens);
  void accept(int listener);
  void answer(int fd);
  void pour(int fd);

  PeerMode mode_;
  int epoll_;
  std::vector<Descriptor> descriptors_;
};

}  // namespace millrace::bench
