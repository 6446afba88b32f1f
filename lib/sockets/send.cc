// tcp_sendmsg() of Linux: what state forbids it, in which order errors are told, and that a cork lasts 200 ms at most.
#include "sockets/send.h"

#include <sys/socket.h>

#include <cerrno>

#include "sockets/connect.h"
#include "sockets/io_vector.h"
#include "sockets/socket.h"
#include "sockets/socket_shard.h"

namespace millrace::sockets {
namespace {

constexpr Duration kLongestCork = milliseconds{200};
constexpr Duration kOneTurn = milliseconds{1};

/// 0: bytes may be queued.
ssize_t state_error(Socket& socket) {
  if (socket.in_handshake()) return -EAGAIN;
  if (const int error = socket.take_error(); error != 0) {
    socket.refresh();
    return -error;
  }
  return socket.is_open() && (socket.shut & kShutSend) == 0 ? 0 : -EPIPE;
}

/// The end of the message is the one urgent byte, so it goes by itself, when the rest has room.
void queue_urgent(Socket& socket, Sending& sending) {
  const auto last = sending.bytes.front();
  if (sending.bytes.left() != 1 || socket.connection.send_urgent(last) == 0) return;
  sending.bytes.advance(1);
  ++sending.done;
}

void queue(Socket& socket, Sending& sending) {
  const bool urgent = (sending.flags & MSG_OOB) != 0;
  while (sending.bytes.left() > (urgent ? 1u : 0u)) {
    auto next = sending.bytes.front();
    if (urgent && next.size() == sending.bytes.left()) next = next.first(next.size() - 1);
    const std::size_t taken = socket.connection.send(next);
    sending.bytes.advance(taken);
    sending.done += taken;
    if (taken < next.size()) return;
  }
  if (urgent) queue_urgent(socket, sending);
}

void cork_again(SocketShard& sockets, Socket& socket) {
  if (socket.is_open() && socket.options.cork) set_cork(sockets, socket, true);
}

/// What was held back goes in this turn. The timer of a cork that was pulled before means nothing.
void pull_cork(SocketShard& sockets, Socket& socket) {
  if (!socket.is_open() || !socket.cork_ends || *socket.cork_ends > sockets.shard().now()) return;
  set_cork(sockets, socket, false);
  sockets.at(sockets.shard().now() + kOneTurn, socket.self(), cork_again);
}

void limit_cork(SocketShard& sockets, Socket& socket) {
  if (!socket.corked || socket.cork_ends) return;
  socket.cork_ends = sockets.shard().now() + kLongestCork;
  sockets.at(*socket.cork_ends, socket.self(), pull_cork);
}

/// tcp_sendmsg_fastopen() of Linux: the first bytes go with the SYN; then it is as in connect().
ssize_t send_with_syn(Socket& socket, Sending& sending) {
  if (sending.bytes.left() == 0) return 0;
  socket.opens_with_data = false;
  sending.opens = true;
  queue(socket, sending);
  socket.refresh();
  return -EAGAIN;
}

/// 0, or why the connection was not opened: then nothing was sent.
ssize_t how_it_opened(SocketShard& sockets, Socket& socket, Sending& sending) {
  sending.opens = false;
  const ssize_t error = connect_once(sockets, socket, socket.remote, 0, false);
  if (error != 0) sending.done = 0;
  return error;
}

}  // namespace

void set_cork(SocketShard&, Socket& socket, bool on) {
  if (socket.corked == on) return;
  socket.corked = on;
  socket.cork_ends.reset();
  socket.connection.set_cork(on);
}

ssize_t send_some(SocketShard& sockets, Socket& socket, Sending& sending) {
  if (socket.opens_with_data) return send_with_syn(socket, sending);
  if (sending.opens && socket.in_handshake()) return -EAGAIN;
  if (sending.opens) {
    if (const ssize_t error = how_it_opened(sockets, socket, sending); error != 0) return error;
  }
  if (sending.done > 0 && (!socket.is_open() || (socket.shut & kShutSend) != 0))
    return static_cast<ssize_t>(sending.done);
  if (const ssize_t error = state_error(socket); error != 0) return error;
  set_cork(sockets, socket, socket.options.cork || (sending.flags & MSG_MORE) != 0);
  queue(socket, sending);
  limit_cork(sockets, socket);
  socket.refresh();
  return sending.bytes.left() == 0 ? static_cast<ssize_t>(sending.done) : -EAGAIN;
}

}  // namespace millrace::sockets
