// Receiving without waiting. On the socket's worker.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace millrace::sockets {

class IoVector;
class Socket;

/// A call under way, which may take several goes.
struct Receiving {
  IoVector& room;
  int flags;
  std::size_t done = 0;
  std::size_t peeked = 0;  ///< bytes of the stream passed by MSG_PEEK, an urgent one among them
  bool at_mark = false;    ///< urgent data ends what one call may give
};

/// Takes what is there. The bytes of all goes when they are enough (SO_RCVLOWAT, MSG_WAITALL) or no more can come; 0 at
/// the end of the stream; -EAGAIN: more may come, and `done` says what there is so far; -ENOTCONN, or the pending
/// error.
[[nodiscard]] ssize_t receive_some(Socket& socket, Receiving& receiving);

}  // namespace millrace::sockets
