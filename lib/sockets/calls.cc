// What stands between a C function and the pieces that do the work: checks of arguments, and waiting.
#include "sockets/calls.h"

#include <fcntl.h>
#include <netinet/in.h>

#include <cerrno>
#include <utility>

#include "sockets/accept.h"
#include "sockets/address.h"
#include "sockets/connect.h"
#include "sockets/current_stack.h"
#include "sockets/descriptor_table.h"
#include "sockets/epoll.h"
#include "sockets/io_vector.h"
#include "sockets/receive.h"
#include "sockets/send.h"
#include "sockets/shutdown.h"
#include "sockets/urgent.h"
#include "sockets/waiting.h"

namespace millrace::sockets {
namespace {

constexpr int kTypeFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;

void set_flags(Socket& socket, int flags) {
  socket.nonblocking = (flags & SOCK_NONBLOCK) != 0;
  socket.descriptor_flags = (flags & SOCK_CLOEXEC) != 0 ? FD_CLOEXEC : 0;
}

/// Never waits, as on Linux.
ssize_t receive_out_of_band(Socket& socket, IoVector& room, int flags) {
  return at_home(socket, [&](SocketShard&) -> ssize_t {
    std::byte byte{};
    const ssize_t got = receive_urgent(socket, byte, (flags & MSG_PEEK) != 0);
    if (got != 1 || room.left() == 0) return got < 0 ? got : 0;
    if ((flags & MSG_TRUNC) == 0) room.front()[0] = byte;
    return 1;
  });
}

/// connect(), which waits unless `nonblocking`.
ssize_t open_connection(Socket& socket, const api::Endpoint& remote, int address_error, bool nonblocking,
                        bool with_data) {
  ssize_t first = 0;
  const auto go = [&]() -> ssize_t {
    const ssize_t result = at_home(
        socket, [&](SocketShard& sockets) { return connect_once(sockets, socket, remote, address_error, with_data); });
    if (result != -EINPROGRESS && result != -EALREADY) return result;
    if (first == 0) first = result;
    return -EAGAIN;
  };
  const ssize_t result = until_done(socket, nonblocking, patience(socket.send_timeout_ns), go);
  return result == -EAGAIN ? first : result;
}

}  // namespace

int open_socket(int domain, int type, int protocol) {
  if ((type & ~0xf & ~kTypeFlags) != 0) return -EINVAL;
  if (domain != AF_INET && domain != AF_INET6) return -EAFNOSUPPORT;
  if (protocol < 0 || protocol > 255) return -EINVAL;
  if ((type & 0xf) != SOCK_STREAM) return -ESOCKTNOSUPPORT;
  if (protocol != 0 && protocol != IPPROTO_TCP) return -EPROTONOSUPPORT;
  mr_stack* const stack = current_stack();
  if (stack == nullptr || stack->drive == nullptr) return -ENETDOWN;
  const auto worker = static_cast<std::uint16_t>(stack->sockets_made++ % stack->shards.size());
  auto socket = std::make_shared<Socket>(*stack, domain, worker);
  socket->local.address = any_address(domain);
  set_flags(*socket, type);
  socket->refresh();
  return descriptors().add(std::move(socket));
}

ssize_t connect_socket(Socket& socket, const sockaddr* address, socklen_t length) {
  if (address == nullptr) return -EFAULT;
  if (length < sizeof(sa_family_t)) return -EINVAL;
  if (is_unspecified_family(address, length))
    return at_home(socket, [&](SocketShard& sockets) { return disconnect(sockets, socket); });
  api::Endpoint remote;
  const int error = read_remote(socket.domain(), address, length, remote);
  return open_connection(socket, remote, error, socket.nonblocking, false);
}

ssize_t accept_connection(Socket& listener, sockaddr* address, socklen_t* length, int flags) {
  if ((flags & ~kTypeFlags) != 0) return -EINVAL;
  std::shared_ptr<Socket> socket;
  const ssize_t result = until_done(listener, listener.nonblocking, patience(listener.receive_timeout_ns), [&] {
    ssize_t error = 0;
    socket = take_accepted(listener, error);
    return error;
  });
  if (result != 0) return result;
  set_flags(*socket, flags);
  if (address != nullptr) {
    if (const int error = write_address(socket->domain(), socket->remote, address, length); error != 0) {
      leave_backlog(*socket);
      close_socket(*socket);
      return error;
    }
  }
  const int fd = descriptors().add(socket);
  if (fd < 0) {
    listener.accept_queue.push_front(std::move(socket));
    listener.look_at_accept_queue();
    return fd;
  }
  leave_backlog(*socket);
  return fd;
}

ssize_t receive(Socket& socket, IoVector& room, int flags) {
  if (const int error = room.check((flags & MSG_TRUNC) != 0); error != 0) return error;
  const bool nonblocking = socket.nonblocking || (flags & MSG_DONTWAIT) != 0;
  if ((flags & MSG_OOB) != 0) return receive_out_of_band(socket, room, flags);
  Receiving receiving{room, flags};
  const ssize_t result = until_done(socket, nonblocking, patience(socket.receive_timeout_ns), [&] {
    return at_home(socket, [&](SocketShard&) { return receive_some(socket, receiving); });
  });
  return receiving.done > 0 ? static_cast<ssize_t>(receiving.done) : result;
}

ssize_t send(Socket& socket, IoVector& bytes, int flags) {
  if (const int error = bytes.check(); error != 0) return error;
  const bool nonblocking = socket.nonblocking || (flags & MSG_DONTWAIT) != 0;
  Sending sending{bytes, flags};
  const ssize_t result = until_done(socket, nonblocking, patience(socket.send_timeout_ns), [&] {
    return at_home(socket, [&](SocketShard& sockets) { return send_some(sockets, socket, sending); });
  });
  return sending.done > 0 ? static_cast<ssize_t>(sending.done) : result;
}

ssize_t send_to(Socket& socket, IoVector& bytes, int flags, const sockaddr* address, socklen_t length) {
  if ((flags & MSG_FASTOPEN) == 0) return send(socket, bytes, flags);
  if (const int error = bytes.check(); error != 0) return error;
  const bool given = address != nullptr && length >= sizeof(sa_family_t);
  if (given && is_unspecified_family(address, length)) return -EOPNOTSUPP;
  api::Endpoint remote;
  const int error = given ? read_remote(socket.domain(), address, length, remote) : -EINVAL;
  const bool nonblocking = socket.nonblocking || (flags & MSG_DONTWAIT) != 0;
  const ssize_t opened = open_connection(socket, remote, error, nonblocking, true);
  return opened == 0 ? send(socket, bytes, flags) : opened;
}

int create_epoll() {
  mr_stack* const stack = current_stack();
  if (stack == nullptr || stack->drive == nullptr) return -ENETDOWN;
  auto epoll = std::make_shared<Epoll>(*stack);
  stack->epolls.add(epoll);
  return descriptors().add(std::move(epoll));
}

int control_epoll(int epoll_fd, int operation, int fd, const epoll_event* event) {
  const auto epoll = descriptors().find(epoll_fd);
  const auto target = descriptors().find(fd);
  if (epoll == nullptr || target == nullptr) return -EBADF;
  if (epoll->as_epoll() == nullptr || target->as_socket() == nullptr) return -EINVAL;
  if (&epoll->stack() != &target->stack()) return -EINVAL;
  return epoll->as_epoll()->control(operation, fd, target->as_socket()->self(), event);
}

int wait_epoll(int fd, epoll_event* events, int most, int timeout) {
  if (most <= 0) return -EINVAL;
  if (events == nullptr) return -EFAULT;
  const auto descriptor = descriptors().find(fd);
  if (descriptor == nullptr) return -EBADF;
  Epoll* const epoll = descriptor->as_epoll();
  return epoll == nullptr ? -EINVAL : epoll->wait(events, most, timeout);
}

int close_descriptor(int fd) {
  const std::shared_ptr<Descriptor> descriptor = descriptors().take(fd);
  if (descriptor == nullptr) return -EBADF;
  if (Socket* const socket = descriptor->as_socket()) {
    descriptor->stack().epolls.forget(*socket);
    close_socket(*socket);
  }
  return 0;
}

}  // namespace millrace::sockets
