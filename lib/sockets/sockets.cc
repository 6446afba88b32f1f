// The C functions: a number becomes a descriptor, and -errno becomes errno. Nothing else.
#include "sockets/sockets.h"

#include <cerrno>
#include <cstdarg>
#include <memory>

#include "sockets/address.h"
#include "sockets/bind.h"
#include "sockets/calls.h"
#include "sockets/control.h"
#include "sockets/current_stack.h"
#include "sockets/descriptor_table.h"
#include "sockets/home.h"
#include "sockets/io_vector.h"
#include "sockets/listen.h"
#include "sockets/poll_call.h"
#include "sockets/shutdown.h"
#include "sockets/socket_options.h"

namespace millrace::sockets {
namespace {

constexpr int kMostPieces = 1024;  // IOV_MAX

/// The answer of a call.
template <class T>
T answer(T result) {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

/// Calls call(Socket&) -> -errno or a result, for a descriptor that must be a socket. `otherwise`: what it is when it
/// is none; EINVAL for the calls that Linux has for any file.
template <class Call>
auto with_socket(int fd, Call call, int otherwise = -ENOTSOCK) -> decltype(call(std::declval<Socket&>())) {
  const std::shared_ptr<Descriptor> descriptor = descriptors().find(fd);
  if (descriptor == nullptr) return answer(decltype(call(std::declval<Socket&>())){-EBADF});
  Socket* const socket = descriptor->as_socket();
  return answer(socket == nullptr ? decltype(call(*socket)){otherwise} : call(*socket));
}

}  // namespace
}  // namespace millrace::sockets

using namespace millrace::sockets;

void mr_use(mr_stack* stack) { use_stack(stack); }

void mr_set_wait(mr_stack* stack, int (*wait)(void* arg, int64_t deadline_ns), void* arg) {
  if (!is_stack(stack)) return;
  stack->wait = wait;
  stack->wait_arg = arg;
}

int mr_socket(int domain, int type, int protocol) { return answer(open_socket(domain, type, protocol)); }

int mr_bind(int fd, const sockaddr* address, socklen_t length) {
  return with_socket(fd, [&](Socket& socket) -> int {
    millrace::api::Endpoint local;
    if (const int error = read_local(socket.domain(), address, length, local); error != 0) return error;
    return static_cast<int>(
        at_home(socket, [&](SocketShard& sockets) -> ssize_t { return bind_socket(sockets, socket, local); }));
  });
}

int mr_listen(int fd, int backlog) {
  return with_socket(fd, [&](Socket& socket) { return static_cast<int>(listen_on(socket, backlog)); });
}

int mr_accept(int fd, sockaddr* address, socklen_t* length) { return mr_accept4(fd, address, length, 0); }

int mr_accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  return with_socket(
      fd, [&](Socket& socket) { return static_cast<int>(accept_connection(socket, address, length, flags)); });
}

int mr_connect(int fd, const sockaddr* address, socklen_t length) {
  return with_socket(fd, [&](Socket& socket) { return static_cast<int>(connect_socket(socket, address, length)); });
}

ssize_t mr_read(int fd, void* buffer, size_t length) {
  return with_socket(
      fd,
      [&](Socket& socket) -> ssize_t {
        IoVector room{buffer, length};
        return length == 0 ? 0 : receive(socket, room, 0);
      },
      -EINVAL);
}

ssize_t mr_readv(int fd, const iovec* vector, int count) {
  return with_socket(
      fd,
      [&](Socket& socket) -> ssize_t {
        if (count < 0 || count > kMostPieces) return -EINVAL;
        IoVector room{vector, static_cast<std::size_t>(count)};
        if (const int error = room.check(); error != 0 || room.left() == 0) return error;
        return receive(socket, room, 0);
      },
      -EINVAL);
}

ssize_t mr_recv(int fd, void* buffer, size_t length, int flags) {
  return with_socket(fd, [&](Socket& socket) {
    IoVector room{buffer, length};
    return receive(socket, room, flags);
  });
}

ssize_t mr_recvfrom(int fd, void* buffer, size_t length, int flags, sockaddr* address, socklen_t* address_length) {
  const ssize_t got = mr_recv(fd, buffer, length, flags);
  if (got >= 0 && address != nullptr && address_length != nullptr) *address_length = 0;
  return got;
}

ssize_t mr_recvmsg(int fd, msghdr* message, int flags) {
  return with_socket(fd, [&](Socket& socket) -> ssize_t {
    if (message == nullptr) return -EFAULT;
    if (message->msg_iovlen > static_cast<std::size_t>(kMostPieces)) return -EMSGSIZE;
    IoVector room{message->msg_iov, message->msg_iovlen};
    const ssize_t got = receive(socket, room, flags);
    if (got < 0) return got;
    message->msg_namelen = 0;
    message->msg_controllen = 0;
    message->msg_flags = (flags & MSG_OOB) != 0 ? MSG_OOB : 0;
    return got;
  });
}

ssize_t mr_write(int fd, const void* buffer, size_t length) {
  return with_socket(
      fd,
      [&](Socket& socket) {
        IoVector bytes{const_cast<void*>(buffer), length};
        return send(socket, bytes, 0);
      },
      -EINVAL);
}

ssize_t mr_writev(int fd, const iovec* vector, int count) {
  return with_socket(
      fd,
      [&](Socket& socket) -> ssize_t {
        if (count < 0 || count > kMostPieces) return -EINVAL;
        IoVector bytes{vector, static_cast<std::size_t>(count)};
        return send(socket, bytes, 0);
      },
      -EINVAL);
}

ssize_t mr_send(int fd, const void* buffer, size_t length, int flags) {
  return with_socket(fd, [&](Socket& socket) {
    IoVector bytes{const_cast<void*>(buffer), length};
    return send_to(socket, bytes, flags, nullptr, 0);
  });
}

ssize_t mr_sendto(int fd, const void* buffer, size_t length, int flags, const sockaddr* address,
                  socklen_t address_length) {
  return with_socket(fd, [&](Socket& socket) {
    IoVector bytes{const_cast<void*>(buffer), length};
    return send_to(socket, bytes, flags, address, address_length);
  });
}

ssize_t mr_sendmsg(int fd, const msghdr* message, int flags) {
  return with_socket(fd, [&](Socket& socket) -> ssize_t {
    if (message == nullptr) return -EFAULT;
    if (message->msg_iovlen > static_cast<std::size_t>(kMostPieces)) return -EMSGSIZE;
    if (message->msg_controllen > 0) return -EINVAL;
    IoVector bytes{message->msg_iov, message->msg_iovlen};
    return send_to(socket, bytes, flags, static_cast<const sockaddr*>(message->msg_name), message->msg_namelen);
  });
}

int mr_shutdown(int fd, int how) {
  return with_socket(fd, [&](Socket& socket) { return static_cast<int>(shut_socket(socket, how)); });
}

int mr_close(int fd) { return answer(close_descriptor(fd)); }

int mr_getsockopt(int fd, int level, int option, void* value, socklen_t* length) {
  return with_socket(fd, [&](Socket& socket) {
    return static_cast<int>(at_home(socket, [&](SocketShard&) -> ssize_t {
      return get_option(socket, level, option, {value, length});
    }));
  });
}

int mr_setsockopt(int fd, int level, int option, const void* value, socklen_t length) {
  return with_socket(fd, [&](Socket& socket) {
    return static_cast<int>(at_home(socket, [&](SocketShard& sockets) -> ssize_t {
      return set_option(sockets, socket, level, option, {value, length});
    }));
  });
}

int mr_getsockname(int fd, sockaddr* address, socklen_t* length) {
  return with_socket(fd, [&](Socket& socket) {
    return static_cast<int>(at_home(socket, [&](SocketShard&) -> ssize_t {
      return write_address(socket.domain(), socket.local, address, length);
    }));
  });
}

int mr_getpeername(int fd, sockaddr* address, socklen_t* length) {
  return with_socket(fd, [&](Socket& socket) {
    return static_cast<int>(at_home(socket, [&](SocketShard&) -> ssize_t {
      millrace::api::Endpoint peer;
      if (const int error = peer_of(socket, peer); error != 0) return error;
      return write_address(socket.domain(), peer, address, length);
    }));
  });
}

int mr_fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const int argument = command == F_SETFD || command == F_SETFL ? va_arg(arguments, int) : 0;
  va_end(arguments);
  const std::shared_ptr<Descriptor> descriptor = descriptors().find(fd);
  return answer(descriptor == nullptr ? -EBADF : control_descriptor(*descriptor, command, argument));
}

int mr_ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  int* const argument = va_arg(arguments, int*);
  va_end(arguments);
  const std::shared_ptr<Descriptor> descriptor = descriptors().find(fd);
  if (descriptor == nullptr) return answer(-EBADF);
  Socket* const socket = descriptor->as_socket();
  return answer(socket == nullptr ? -ENOTTY : control_socket(*socket, request, argument));
}

int mr_poll(pollfd* entries, nfds_t count, int timeout) { return answer(poll_sockets(entries, count, timeout)); }

int mr_epoll_create(int size) { return answer(size <= 0 ? -EINVAL : create_epoll()); }

int mr_epoll_create1(int flags) { return answer((flags & ~EPOLL_CLOEXEC) != 0 ? -EINVAL : create_epoll()); }

int mr_epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
  return answer(control_epoll(epoll, operation, fd, event));
}

int mr_epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  return answer(wait_epoll(epoll, events, most, timeout));
}
