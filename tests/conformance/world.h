// Where a case plays: two ends of one network, the calls that reach them, and what only the outside can do.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "conformance/calls.h"

namespace millrace::conformance {

enum class Side { Client, Server };

class World {
 public:
  virtual ~World() = default;
  [[nodiscard]] virtual const Calls& calls() const = 0;
  /// The side of the calling thread's next socket() and epoll_create1().
  virtual void use(Side side) = 0;
  /// The side's own address, port 0. `family` is AF_INET or AF_INET6.
  [[nodiscard]] virtual sockaddr_storage address(Side side, int family) const = 0;
  /// Until everything under way has arrived.
  virtual void settle() = 0;
  /// Time passes.
  virtual void pass(std::chrono::milliseconds span) = 0;
  /// From now on what is sent to this socket gets lost; on Millrace: whatever is sent to its side.
  virtual void lose(int fd, Side side) = 0;
};

std::unique_ptr<World> linux_world();
std::unique_ptr<World> millrace_world();

}  // namespace millrace::conformance
