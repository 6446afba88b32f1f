// What the stack tells of a connection, turned into the state of its socket.
#pragma once

#include "api/types.h"

namespace millrace::sockets {

class Socket;
class SocketShard;

/// Any event but Accepted, which makes a socket (accept.h).
void take_event(SocketShard& sockets, Socket& socket, const api::Event& event);

}  // namespace millrace::sockets
