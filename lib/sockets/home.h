// Running a piece of a call where the socket lives.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <functional>
#include <limits>

#include "sockets/socket.h"
#include "sockets/stack_state.h"

namespace millrace::sockets {

/// What a piece answers that has moved the socket to another worker: it is run again there.
inline constexpr ssize_t kMoved = std::numeric_limits<ssize_t>::min();

/// Runs piece(SocketShard&) -> ssize_t on the socket's worker. -ENETDOWN: the stack does not run (yet); -EDEADLK: this
/// thread is another worker's.
template <class Piece>
[[nodiscard]] ssize_t run_at_home(Socket& socket, Piece piece) {
  Drive* const drive = socket.stack().drive.get();
  if (drive == nullptr) return -ENETDOWN;
  for (;;) {
    const std::uint16_t home = socket.home.load();
    ssize_t result = kMoved;
    auto task = [&](SocketShard& sockets) {
      if (socket.home.load() == home) result = piece(sockets);
    };
    if (!drive->run(home, std::ref(task))) return -EDEADLK;
    if (result != kMoved) return result;
  }
}

/// The same for a call upon a descriptor: -EBADF when another thread has closed it.
template <class Piece>
[[nodiscard]] ssize_t at_home(Socket& socket, Piece piece) {
  return run_at_home(socket,
                     [&](SocketShard& sockets) -> ssize_t { return socket.closed.load() ? -EBADF : piece(sockets); });
}

/// Runs task(SocketShard&) on every worker of the stack, one after the other.
template <class Task>
void on_every_worker(mr_stack& stack, Task task) {
  for (std::uint16_t worker = 0; worker < stack.shards.size(); ++worker) {
    // Only a worker's thread is refused, and such a call does not come here: at_home() was refused before.
    (void)stack.drive->run(worker, std::ref(task));
  }
}

}  // namespace millrace::sockets
