// Sending without waiting. On the socket's worker.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace millrace::sockets {

class IoVector;
class Socket;
class SocketShard;

/// A call under way, which may take several goes.
struct Sending {
  IoVector& bytes;
  int flags;
  std::size_t done = 0;
  bool opens = false;  ///< its first bytes went with the SYN, and how that ended is not told yet
};

/// Queues what has room. The bytes of all goes when nothing is left; -EAGAIN: some is, and room will come; -EPIPE, or
/// the pending error. What was sent is more than an error: then `done`.
[[nodiscard]] ssize_t send_some(SocketShard& sockets, Socket& socket, Sending& sending);

/// TCP_CORK or MSG_MORE: whether the stack holds back what fills no segment from now on.
void set_cork(SocketShard& sockets, Socket& socket, bool on);

}  // namespace millrace::sockets
