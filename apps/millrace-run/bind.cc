// bind() and listen(): addresses of Millrace's ports are its own, wildcards belong to both stacks, others to the
// kernel.
//
// A socket bound to a wildcard is bound in the kernel first, which also chooses the port when the program does not.
// When it listens, both stacks listen on that port and accept() takes from either.
#include <cerrno>

#include "address.h"
#include "calls.h"
#include "fail.h"
#include "libc.h"
#include "message.h"
#include "sockets/sockets.h"
#include "stack.h"
#include "take_over.h"

namespace millrace::run {
namespace {

int bind_in_millrace(Socket& socket, const sockaddr* address, socklen_t length) {
  if (const int error = make_millrace(socket)) return fail(error);
  if (mr_bind(socket.millrace, address, length) == 0) return 0;
  const int error = errno;
  drop_millrace(socket);
  return fail(error);
}

int listen_in_millrace(Socket& socket, int backlog, bool with_kernel) {
  if (mr_listen(socket.millrace, backlog) != 0) return -1;
  const int error = take_over_listening(socket, with_kernel);
  return error == 0 ? 0 : fail(error);
}

/// The kernel listens already, on `port`.
int listen_in_both(Socket& socket, int fd, int backlog) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (libc().getsockname(fd, plain, &length) != 0) return -1;
  if (bind_in_millrace(socket, plain, length) != 0) return -1;
  return listen_in_millrace(socket, backlog, true);
}

}  // namespace

int bind_socket(int fd, const sockaddr* address, socklen_t length) {
  const auto endpoint = endpoint_of(address, length);
  const bool ours = endpoint && the_stack().owns(endpoint->address);
  if (ours && !the_stack().start()) return -1;
  const auto lock = table().lock();
  const auto socket = table().at(fd);
  if (!socket) return libc().bind(fd, address, length);
  if (socket->millrace >= 0) return mr_bind(socket->millrace, address, length);
  if (ours) return bind_in_millrace(*socket, address, length);
  if (libc().bind(fd, address, length) != 0) return -1;
  socket->port_chosen = endpoint && endpoint->port != 0;
  return 0;
}

int listen_socket(int fd, int backlog) {
  {
    const auto lock = table().lock();
    const auto socket = table().at(fd);
    if (!socket) return libc().listen(fd, backlog);
    if (socket->shadow && socket->kernel >= 0 && libc().listen(socket->kernel, backlog) != 0) return -1;
    if (socket->shadow) return mr_listen(socket->millrace, backlog);
    if (socket->millrace >= 0) return listen_in_millrace(*socket, backlog, false);
    if (libc().listen(fd, backlog) != 0) return -1;
    const auto bound = bound_to(fd);
    if (!bound || !bound->address.is_unspecified()) {
      table().forget(*socket);
      return 0;
    }
  }
  if (!the_stack().start()) return -1;
  const auto lock = table().lock();
  const auto socket = table().at(fd);
  return socket ? listen_in_both(*socket, fd, backlog) : fail(EBADF);
}

}  // namespace millrace::run
