// tcp_recvmsg() of Linux: data goes before errors, an error is told once, urgent data splits the stream.
#include "sockets/receive.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "sockets/io_vector.h"
#include "sockets/socket.h"
#include "sockets/urgent.h"

namespace millrace::sockets {
namespace {

bool peeks(const Receiving& receiving) noexcept { return (receiving.flags & MSG_PEEK) != 0; }

/// `n` bytes of the stream were read, or passed.
void pass(Socket& socket, Receiving& receiving, std::size_t n) {
  if (peeks(receiving)) {
    receiving.peeked += n;
    return;
  }
  socket.connection.consume(n);
  socket.consumed += n;
}

std::size_t copy(Socket& socket, Receiving& receiving, std::size_t most) {
  const auto out = receiving.room.front();
  const std::size_t n = std::min(most, out.size());
  if ((receiving.flags & MSG_TRUNC) == 0) (void)socket.connection.peek(receiving.peeked, out.first(n));
  return n;
}

void take(Socket& socket, Receiving& receiving) {
  for (;;) {
    const std::size_t readable = socket.connection.readable();
    if (readable <= receiving.peeked) return;
    const std::size_t there = readable - receiving.peeked;
    std::size_t before = bytes_before_urgent(socket, receiving.peeked);
    if (before == 0) {
      if (receiving.done > 0) {
        receiving.at_mark = true;
        return;
      }
      if (!socket.options.oob_inline) {
        pass(socket, receiving, 1);
        continue;
      }
      before = SIZE_MAX;
    }
    if (receiving.room.left() == 0) return;
    const std::size_t n = copy(socket, receiving, std::min(there, before));
    pass(socket, receiving, n);
    receiving.room.advance(n);
    receiving.done += n;
  }
}

bool nothing_more_comes(const Socket& socket) noexcept {
  return socket.error != 0 || socket.is_closed() || (socket.shut & kShutReceive) != 0;
}

/// Nothing was there.
ssize_t why_nothing(Socket& socket) {
  if (socket.peer_finished) return 0;
  if (const int error = socket.take_error(); error != 0) return -error;
  if ((socket.shut & kShutReceive) != 0) return 0;
  return socket.is_closed() ? -ENOTCONN : -EAGAIN;
}

}  // namespace

ssize_t receive_some(Socket& socket, Receiving& receiving) {
  if (socket.listening != nullptr) return -ENOTCONN;
  const std::size_t wanted = receiving.done + receiving.room.left();
  if (wanted == 0 && socket.connection.readable() > 0) return 0;
  take(socket, receiving);
  forget_passed_urgent(socket);
  const auto low_water = static_cast<std::size_t>(socket.options.receive_low_water);
  const std::size_t target = (receiving.flags & MSG_WAITALL) != 0 ? wanted : std::min(wanted, low_water);
  ssize_t result = static_cast<ssize_t>(receiving.done);
  if (receiving.done == 0)
    result = why_nothing(socket);
  else if (receiving.done < target && !receiving.at_mark && !nothing_more_comes(socket))
    result = -EAGAIN;
  socket.refresh();
  return result;
}

}  // namespace millrace::sockets
