// bind(), getsockname() and getpeername(). On the socket's worker.
#pragma once

#include <sys/socket.h>

#include "api/types.h"

namespace millrace::sockets {

class Socket;
class SocketShard;

/// 0; -EADDRNOTAVAIL: not ours; -EINVAL: bound already; -EADDRINUSE.
[[nodiscard]] int bind_socket(SocketShard& sockets, Socket& socket, const api::Endpoint& local);
/// The connection is over: what bind() did not choose is given up.
void unbind_chosen_port(Socket& socket);

/// -ENOTCONN when there is no peer.
[[nodiscard]] int peer_of(const Socket& socket, api::Endpoint& out) noexcept;

}  // namespace millrace::sockets
