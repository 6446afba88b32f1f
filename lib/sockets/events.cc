// Which watchers an event wakes is Linux' choice, since edge-triggered programs depend on it: new data wakes readers,
// room wakes writers, and a change of state wakes all (sk_data_ready, sk_write_space, sk_state_change).
#include "sockets/events.h"

#include <poll.h>

#include <cerrno>

#include "sockets/accept.h"
#include "sockets/errors.h"
#include "sockets/socket.h"
#include "sockets/socket_shard.h"
#include "sockets/urgent.h"

namespace millrace::sockets {
namespace {

constexpr std::uint32_t kReaders = POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND;
constexpr std::uint32_t kWriters = POLLOUT | POLLWRNORM | POLLWRBAND;

void connected(Socket& socket) {
  socket.connecting = false;
  socket.soft_error = 0;
  socket.changed(kEveryKey);
}

/// Nobody sends here and nobody reads: the peer must learn that its data goes nowhere (RFC 2525 2.17).
void reset_for_lost_data(SocketShard& sockets, Socket& socket) {
  sockets.detach(socket);
  socket.connection.abort(api::CloseRule::DataAfterClose);
  socket.error = ECONNRESET;
  socket.gone = true;
  socket.changed(kEveryKey);
}

void data_came(SocketShard& sockets, Socket& socket) {
  socket.soft_error = 0;
  if (socket.shut == kShutBoth) return reset_for_lost_data(sockets, socket);
  if (socket.deferred) return end_deferral(sockets, socket);
  socket.refresh();
  // Below SO_RCVLOWAT nobody is woken.
  if ((socket.mask() & (POLLIN | POLLPRI)) != 0) socket.changed(kReaders);
}

void peer_closed(SocketShard& sockets, Socket& socket) {
  socket.peer_finished = true;
  socket.shut |= kShutReceive;
  if (socket.deferred) end_deferral(sockets, socket);
  socket.changed(kEveryKey);
}

void ended(SocketShard& sockets, Socket& socket, const api::Event& event) {
  if (socket.deferred) return drop_deferred(sockets, socket);
  if (!socket.gone) {
    socket.error = errno_of_end(socket, event.reason);
    socket.gone = true;
    socket.opens_with_data = false;
    socket.shut = kShutBoth;
    socket.changed(kEveryKey);
  }
  if (event.kind == api::EventKind::Closed) sockets.detach(socket);
}

}  // namespace

void take_event(SocketShard& sockets, Socket& socket, const api::Event& event) {
  switch (event.kind) {
    case api::EventKind::Connected:
      return connected(socket);
    case api::EventKind::Readable:
      return data_came(sockets, socket);
    case api::EventKind::PeerClosed:
      return peer_closed(sockets, socket);
    case api::EventKind::Writable:
      socket.soft_error = 0;
      return socket.changed(kWriters);
    case api::EventKind::Urgent:
      urgent_announced(socket);
      return socket.changed(kReaders);
    case api::EventKind::SoftError:
      if (const int error = errno_of(event.soft_error); error != 0) socket.soft_error = error;
      return;
    case api::EventKind::Closed:
    case api::EventKind::Ended:
      return ended(sockets, socket, event);
    case api::EventKind::Accepted:
    case api::EventKind::ReceiveTimeout:
    case api::EventKind::Timer:
      return;
  }
}

}  // namespace millrace::sockets
