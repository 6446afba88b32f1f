// connect(), as it goes on without waiting. On the socket's worker.
#pragma once

#include <sys/types.h>

#include "api/types.h"

namespace millrace::sockets {

class Socket;
class SocketShard;

/// One call of connect(). `address_error`: what is wrong with the address, said when it matters. 0: connected;
/// -EINPROGRESS: it has begun; -EALREADY: it goes on; kMoved; or why not. `with_data`: bytes follow that may go with
/// the SYN; 0 then says that they will.
[[nodiscard]] ssize_t connect_once(SocketShard& sockets, Socket& socket, const api::Endpoint& remote, int address_error,
                                   bool with_data);
/// connect() to AF_UNSPEC, and shutdown() of a listener: dissolves the association, resetting what there is.
[[nodiscard]] ssize_t disconnect(SocketShard& sockets, Socket& socket);

}  // namespace millrace::sockets
