// listen(), and its end. In the caller's thread: every worker takes part.
#pragma once

#include <sys/types.h>

namespace millrace::sockets {

class Socket;

/// 0; -EINVAL: connected; -EADDRINUSE.
[[nodiscard]] ssize_t listen_on(Socket& socket, int backlog);
/// Connections that nobody has accepted are reset; those accepted live on. Nothing when it does not listen.
void stop_listening(Socket& socket);

/// TCP_FASTOPEN of a socket that listens has changed. On any worker.
void tell_fast_open(Socket& socket);

}  // namespace millrace::sockets
