// inet_stream_connect() of Linux: the association and the connection go their ways, and connect() tells once how the
// attempt ended. With TCP Fast Open it may have nothing to tell: the SYN waits for the first bytes.
#include "sockets/connect.h"

#include <cerrno>

#include "sockets/bind.h"
#include "sockets/errors.h"
#include "sockets/home.h"
#include "sockets/socket.h"
#include "sockets/socket_shard.h"

namespace millrace::sockets {
namespace {

/// Back to what a new socket is, save its options and what bind() chose.
void forget_connection(SocketShard& sockets, Socket& socket) {
  sockets.detach(socket);
  socket.connection = {};
  socket.association = Association::None;
  socket.attached = socket.connecting = socket.gone = socket.peer_finished = socket.corked = false;
  socket.opens_with_data = false;
  socket.shut = 0;
  socket.soft_error = 0;
  socket.remote = {};
  socket.consumed = 0;
  socket.urgent = {};
  unbind_chosen_port(socket);
  socket.refresh();
}

api::ConnectOptions connect_options(const Socket& socket) {
  api::ConnectOptions options;
  tell_stack(socket.options, options);
  // 0, the usual case, leaves the stack's own; TCP_USER_TIMEOUT holds for the SYN too.
  options.connect_timeout = options.user_timeout;
  options.syn_retries = static_cast<std::uint8_t>(socket.options.syn_count);
  if (socket.bound) {
    if (!socket.local.address.is_unspecified()) options.local_address = socket.local.address;
    options.local_port = socket.local.port;
  }
  return options;
}

ssize_t start(SocketShard& sockets, Socket& socket, const api::Endpoint& remote, bool with_data) {
  if (remote.address.is_v4() && socket.domain() == AF_INET6 && socket.options.v6only) return -ENETUNREACH;
  if (remote.port == 0) return -ECONNREFUSED;  // nobody can listen there
  api::ConnectOptions options = connect_options(socket);
  options.fast_open = options.fast_open_waits = with_data || socket.options.fast_open_connect;
  const auto owner = sockets.shard().owner_of(remote, options);
  if (!owner) return -errno_of(owner.error());
  if (owner.value() != sockets.worker()) {
    socket.home = owner.value();
    return kMoved;
  }
  const auto connection = sockets.shard().connect(remote, options);
  if (!connection) return -errno_of(connection.error());
  sockets.attach(socket.self(), connection.value());
  socket.connecting = true;
  socket.gone = false;
  socket.shut = 0;
  socket.association = Association::Connecting;
  socket.remote = remote;
  const api::ConnectionDetails details = socket.connection.details();
  socket.local = details.local;
  socket.opens_with_data = details.syn_waits;
  if (socket.options.cork) {
    socket.connection.set_cork(true);
    socket.corked = true;
  }
  socket.refresh();
  return socket.opens_with_data ? 0 : -EINPROGRESS;
}

ssize_t progress(SocketShard& sockets, Socket& socket) {
  if (socket.in_handshake()) return -EALREADY;
  if (!socket.gone) {
    socket.association = Association::Connected;
    return 0;
  }
  const int error = socket.take_error();
  forget_connection(sockets, socket);
  return error != 0 ? -error : -ECONNABORTED;
}

}  // namespace

ssize_t connect_once(SocketShard& sockets, Socket& socket, const api::Endpoint& remote, int address_error,
                     bool with_data) {
  switch (socket.association) {
    case Association::Connected:
      return -EISCONN;
    case Association::Connecting:
      if (socket.opens_with_data) return with_data ? 0 : -EISCONN;
      return progress(sockets, socket);
    case Association::None:
      break;
  }
  if (socket.listening != nullptr) return -EISCONN;
  return address_error != 0 ? address_error : start(sockets, socket, remote, with_data);
}

ssize_t disconnect(SocketShard& sockets, Socket& socket) {
  const bool cut = socket.attached && !socket.gone;
  if (cut) socket.connection.abort();
  forget_connection(sockets, socket);
  if (cut) socket.error = ECONNRESET;
  socket.changed(kEveryKey);
  return 0;
}

}  // namespace millrace::sockets
