// Linux' tcp_check_urg() and tcp_recv_urg(), with stream positions instead of sequence numbers.
#include "sockets/urgent.h"

#include <cerrno>
#include <cstdint>
#include <span>

#include "sockets/socket.h"

namespace millrace::sockets {
namespace {

bool pending(const Socket& socket) noexcept { return socket.urgent.byte != Urgent::Byte::None; }

/// An urgent byte that nobody has read, and that is next in line when another one is announced, is thrown away: its
/// reader would take it for a part of the stream.
void drop_unread(Socket& socket) noexcept {
  const bool unread = socket.urgent.byte == Urgent::Byte::Announced && !socket.options.oob_inline;
  if (!unread || !at_urgent_mark(socket) || socket.connection.readable() == 0) return;
  socket.connection.consume(1);
  ++socket.consumed;
}

}  // namespace

void urgent_announced(Socket& socket) noexcept {
  if (socket.connection.urgent() == 0) return;
  drop_unread(socket);
  socket.urgent.byte = Urgent::Byte::Announced;
  socket.urgent.position = socket.consumed + socket.connection.urgent() - 1;
}

bool at_urgent_mark(const Socket& socket) noexcept {
  return pending(socket) && socket.urgent.position == socket.consumed;
}

bool urgent_byte_is_here(const Socket& socket) noexcept {
  return socket.urgent.byte == Urgent::Byte::Announced &&
         socket.urgent.position < socket.consumed + socket.connection.readable();
}

std::size_t bytes_before_urgent(const Socket& socket, std::size_t skip) noexcept {
  const std::uint64_t next = socket.consumed + skip;
  return pending(socket) && socket.urgent.position >= next ? socket.urgent.position - next : SIZE_MAX;
}

void forget_passed_urgent(Socket& socket) noexcept {
  if (pending(socket) && socket.urgent.position < socket.consumed) socket.urgent.byte = Urgent::Byte::None;
}

ssize_t receive_urgent(Socket& socket, std::byte& out, bool peek) noexcept {
  if (socket.listening != nullptr) return -ENOTCONN;
  if (socket.options.oob_inline || socket.urgent.byte != Urgent::Byte::Announced) return -EINVAL;
  if (socket.is_closed() && !socket.peer_finished) return -ENOTCONN;
  if (urgent_byte_is_here(socket)) {
    (void)socket.connection.peek(bytes_before_urgent(socket, 0), std::span{&out, 1});
    if (!peek) socket.urgent.byte = Urgent::Byte::Read;
    socket.refresh();
    return 1;
  }
  if (socket.is_closed() || (socket.shut & kShutReceive) != 0) return 0;
  return -EAGAIN;
}

}  // namespace millrace::sockets
