// shutdown() and close().
#pragma once

#include <sys/types.h>

namespace millrace::sockets {

class Socket;

/// 0; -EINVAL, -ENOTCONN. Any thread.
[[nodiscard]] ssize_t shut_socket(Socket& socket, int how);
/// The descriptor was taken out of the table. Waits as SO_LINGER says, if it can. Any thread.
void close_socket(Socket& socket);

}  // namespace millrace::sockets
