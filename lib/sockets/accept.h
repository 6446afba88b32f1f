// Connections on their way from a listener to accept().
#pragma once

#include <sys/types.h>

#include <memory>

#include "api/connection.h"

namespace millrace::sockets {

class ListenGroup;
class Socket;
class SocketShard;

/// The stack has accepted a connection: makes a socket of it and puts it into a member's queue, or waits for its data
/// (TCP_DEFER_ACCEPT). False: nobody listens any more. On the worker.
[[nodiscard]] bool adopt(SocketShard& sockets, const std::shared_ptr<ListenGroup>& group, api::Connection connection);
/// Data has come, or the time is over. On the worker.
void end_deferral(SocketShard& sockets, Socket& socket);
/// The connection was over before: nobody hears of it. On the worker.
void drop_deferred(SocketShard& sockets, Socket& socket);

/// accept() without waiting: the oldest connection, or nullptr and -EAGAIN or -EINVAL in `error`. Any thread.
[[nodiscard]] std::shared_ptr<Socket> take_accepted(Socket& listener, ssize_t& error);
/// It has its descriptor, so its listener may take another one. Any thread.
void leave_backlog(Socket& socket);
/// Resets a connection that nobody has accepted. Any thread.
void drop_unaccepted(const std::shared_ptr<Socket>& socket);

}  // namespace millrace::sockets
