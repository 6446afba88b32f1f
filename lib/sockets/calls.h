// The calls as a program makes them, with their waiting: -errno for an error. Any thread.
#pragma once

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

namespace millrace::sockets {

class IoVector;
class Socket;

// Each answers a descriptor.
[[nodiscard]] int open_socket(int domain, int type, int protocol);
[[nodiscard]] ssize_t accept_connection(Socket& listener, sockaddr* address, socklen_t* length, int flags);
[[nodiscard]] int create_epoll();

[[nodiscard]] ssize_t connect_socket(Socket& socket, const sockaddr* address, socklen_t length);
[[nodiscard]] ssize_t receive(Socket& socket, IoVector& room, int flags);
[[nodiscard]] ssize_t send(Socket& socket, IoVector& bytes, int flags);
/// The same with an address, which is not looked at but with MSG_FASTOPEN: then it is connected to first.
[[nodiscard]] ssize_t send_to(Socket& socket, IoVector& bytes, int flags, const sockaddr* address, socklen_t length);
[[nodiscard]] int control_epoll(int epoll_fd, int operation, int fd, const epoll_event* event);
[[nodiscard]] int wait_epoll(int fd, epoll_event* events, int most, int timeout_ms);
[[nodiscard]] int close_descriptor(int fd);

}  // namespace millrace::sockets
