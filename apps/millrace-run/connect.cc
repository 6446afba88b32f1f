// connect(): by the routes of the configuration, unless the program has bound the socket to an address of the kernel's.
#include <fcntl.h>

#include <cerrno>
#include <optional>

#include "address.h"
#include "calls.h"
#include "fail.h"
#include "libc.h"
#include "sockets/sockets.h"
#include "stack.h"
#include "take_over.h"

namespace millrace::run {
namespace {

int connect_in_kernel(int fd, const sockaddr* address, socklen_t length) {
  const int result = libc().connect(fd, address, length);
  const KeptErrno kept;
  if (result == 0 || kept.error() == EINPROGRESS) {
    const auto lock = table().lock();
    if (const auto socket = table().at(fd)) table().forget(*socket);
  }
  return result;
}

/// With the port that the program has chosen, from any of Millrace's addresses. 0 or an errno.
int bind_port(Socket& socket, std::uint16_t port) {
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  const bool is_v4 = socket.domain == AF_INET;
  const auto* const address = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  return mr_bind(socket.millrace, address, is_v4 ? sizeof v4 : sizeof v6) == 0 ? 0 : errno;
}

/// Makes, binds, connects and takes over. 0 when it is under way, or an errno.
int start_connecting(Socket& socket, int fd, const sockaddr* address, socklen_t length) {
  const bool fresh = socket.millrace < 0;
  int error = make_millrace(socket);
  if (error == 0 && fresh && socket.port_chosen) error = bind_port(socket, bound_to(fd)->port);
  const int connected = error == 0 ? mr_connect(socket.millrace, address, length) : -1;
  if (error == 0 && connected != 0 && errno != EINPROGRESS) error = errno;
  socket.opens_with_data = connected == 0;
  if (error == 0) error = take_over_connecting(socket);
  if (error != 0 && fresh) drop_millrace(socket);
  return error;
}

bool is_nonblocking(const Live& live) noexcept {
  return (libc().fcntl(live.shadow->descriptor(), F_GETFL, nullptr) & O_NONBLOCK) != 0;
}

/// Waits until the connection is made, if the descriptor waits at all: Linux tells of it later also when it is made at
/// once.
int finish_connecting(const Live& live, const sockaddr* address, socklen_t length) {
  if (is_nonblocking(live)) return fail(EINPROGRESS);
  while (true) {
    if (const int error = live.shadow->wait_writable()) return fail(error == EAGAIN ? EINPROGRESS : error);
    const auto use = the_stack().use();
    if (!use) return fail(ENETDOWN);
    if (mr_connect(live.millrace, address, length) == 0 || errno == EISCONN) return 0;
    if (errno != EALREADY) break;
  }
  const KeptErrno kept;
  live.shadow->error_told();
  return -1;
}

/// On a socket that Millrace has already: connecting, connected, failed, listening.
int connect_again(const Live& live, const sockaddr* address, socklen_t length) {
  Live now = live;
  bool anew = false;
  {
    const auto use = the_stack().use();
    if (!use) return fail(ENETDOWN);
    if (mr_connect(live.millrace, address, length) == 0) return 0;
    anew = errno == EINPROGRESS;
    if (!anew && errno != EALREADY) return -1;
    const auto lock = table().lock();
    if (const int error = anew ? take_over_connecting(*live.socket) : 0) return fail(error);
    now = live_of(live.socket);
  }
  const int result = finish_connecting(now, address, length);
  return result != 0 && errno == EINPROGRESS && !anew ? fail(EALREADY) : result;
}

}  // namespace

int connect_socket(int fd, const sockaddr* address, socklen_t length) {
  Live live;
  if (table().find(fd, live) == Owner::Millrace) return connect_again(live, address, length);
  const auto to = endpoint_of(address, length);
  if (!to || !the_stack().routes(to->address)) return connect_in_kernel(fd, address, length);
  if (const auto bound = bound_to(fd); bound && !bound->address.is_unspecified())
    return connect_in_kernel(fd, address, length);
  if (!the_stack().start()) return -1;
  {
    const auto use = the_stack().use();
    if (!use) return fail(ENETDOWN);
    const auto lock = table().lock();
    const auto socket = table().at(fd);
    if (!socket) return fail(EBADF);
    if (const int error = start_connecting(*socket, fd, address, length)) return fail(error);
    live = live_of(socket);
  }
  return finish_connecting(live, address, length);
}

}  // namespace millrace::run
