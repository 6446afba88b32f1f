// inet_shutdown() and tcp_close() of Linux. close() gives the connection to the stack, which finishes it by itself.
#include "sockets/shutdown.h"

#include <sys/socket.h>

#include <cerrno>

#include "sockets/connect.h"
#include "sockets/home.h"
#include "sockets/listen.h"
#include "sockets/waiting.h"

namespace millrace::sockets {
namespace {

constexpr ssize_t kStopListening = 1;

ssize_t shut(SocketShard& sockets, Socket& socket, std::uint8_t bits) {
  if (socket.listening != nullptr) return (bits & kShutReceive) != 0 ? kStopListening : 0;
  if (socket.in_handshake()) return disconnect(sockets, socket);
  const bool closed = socket.is_closed();
  socket.shut |= bits;
  if (!closed && (bits & kShutSend) != 0) socket.connection.shutdown();
  socket.changed(kEveryKey);
  return closed ? -ENOTCONN : 0;
}

/// SO_LINGER holds close() until the peer has acknowledged all, our FIN too. Nothing tells when that is, so it looks.
void linger(Socket& socket, Duration longest) {
  constexpr Duration kLook = milliseconds{1};
  Wait wait{socket.stack(), longest};
  for (;;) {
    const ssize_t left = run_at_home(socket, [&](SocketShard&) -> ssize_t {
      const api::State state = socket.connection.details().state;
      return state == api::State::FinWait1 || state == api::State::Closing || state == api::State::LastAck;
    });
    if (left != 1 || wait.once(kLook) != 0) return;
  }
}

/// How long close() has to wait; 0: not at all.
Duration begin_close(Socket& socket) {
  const struct linger on_close = socket.options.on_close;
  if (!socket.is_open() || on_close.l_onoff == 0 || on_close.l_linger <= 0) return Duration{0};
  if (socket.connection.readable() > 0) return Duration{0};  // it will be reset
  socket.connection.shutdown();
  return seconds{on_close.l_linger};
}

void give_up(SocketShard& sockets, Socket& socket) {
  const struct linger on_close = socket.options.on_close;
  if (on_close.l_onoff != 0 && on_close.l_linger == 0)
    socket.connection.abort();
  else
    socket.connection.close();
  sockets.detach(socket);
  socket.attached = false;
  socket.origin = nullptr;
  if (socket.bound) socket.stack().ports.release(socket, socket.local.port);
  socket.changed(kEveryKey);  // whoever waits learns that it is closed
}

}  // namespace

ssize_t shut_socket(Socket& socket, int how) {
  if (how < SHUT_RD || how > SHUT_RDWR) return -EINVAL;
  const auto bits = static_cast<std::uint8_t>(how + 1);
  const ssize_t result = at_home(socket, [&](SocketShard& sockets) { return shut(sockets, socket, bits); });
  if (result != kStopListening) return result;
  const std::lock_guard lock{socket.administration};
  stop_listening(socket);
  return at_home(socket, [&](SocketShard& sockets) { return disconnect(sockets, socket); });
}

void close_socket(Socket& socket) {
  socket.closed = true;
  const std::lock_guard lock{socket.administration};
  socket.external_watch.reset();
  stop_listening(socket);
  Duration longest{0};
  (void)run_at_home(socket, [&](SocketShard&) -> ssize_t {
    longest = begin_close(socket);
    return 0;
  });
  if (longest > Duration{0}) linger(socket, longest);
  (void)run_at_home(socket, [&](SocketShard& sockets) -> ssize_t {
    give_up(sockets, socket);
    return 0;
  });
}

}  // namespace millrace::sockets
