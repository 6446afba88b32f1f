// Which local address and port a socket may have, and when it loses them.
#include "sockets/bind.h"

#include <cerrno>

#include "sockets/address.h"
#include "sockets/socket.h"
#include "sockets/socket_shard.h"
#include "sockets/stack_state.h"

namespace millrace::sockets {
namespace {

/// In the order of inet_bind() and inet6_bind(): the address first.
int check_local(SocketShard& sockets, const Socket& socket, const api::IpAddress& address) {
  if (socket.domain() == AF_INET6) {
    if (address.is_multicast() && !address.is_v4()) return -EINVAL;
    if (address.is_v4() && socket.options.v6only) return -EINVAL;
  }
  return address.is_unspecified() || sockets.shard().has_address(address) ? 0 : -EADDRNOTAVAIL;
}

bool bind_free_port(SocketShard& sockets, Socket& socket, api::Endpoint& local) {
  constexpr int kAttempts = 64;
  for (int i = 0; i < kAttempts; ++i) {
    local.port = sockets.shard().unused_port();
    if (local.port == 0) return false;
    if (sockets.stack().ports.bind(socket, local, socket.options)) return true;
  }
  return false;
}

}  // namespace

int bind_socket(SocketShard& sockets, Socket& socket, const api::Endpoint& local) {
  if (const int error = check_local(sockets, socket, local.address); error != 0) return error;
  if (!socket.is_closed() || socket.listening != nullptr || socket.bound) return -EINVAL;
  api::Endpoint bound = local;
  const bool free = local.port == 0 ? bind_free_port(sockets, socket, bound)
                                    : sockets.stack().ports.bind(socket, bound, socket.options);
  if (!free) return -EADDRINUSE;
  socket.bound = true;
  socket.port_is_chosen = local.port != 0;
  socket.local = bound;
  return 0;
}

void unbind_chosen_port(Socket& socket) {
  if (socket.bound && socket.port_is_chosen) return;
  if (socket.bound) socket.stack().ports.release(socket, socket.local.port);
  socket.bound = false;
  socket.local = {any_address(socket.domain()), 0};
}

int peer_of(const Socket& socket, api::Endpoint& out) noexcept {
  if (!socket.is_open()) return -ENOTCONN;
  out = socket.remote;
  return 0;
}

}  // namespace millrace::sockets
