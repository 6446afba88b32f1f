// What fcntl() and ioctl() ask about a socket and change; everything else of theirs is refused.
#include "sockets/control.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <climits>

#include "sockets/home.h"
#include "sockets/socket.h"
#include "sockets/urgent.h"

namespace millrace::sockets {
namespace {

int as_int(std::size_t bytes) noexcept { return static_cast<int>(std::min<std::size_t>(bytes, INT_MAX)); }

/// Up to the urgent byte, if it is not read in line: one read gives no more.
int bytes_to_read(const Socket& socket) noexcept {
  if (socket.in_handshake()) return 0;
  const std::size_t readable = socket.connection.readable();
  const std::size_t before = socket.options.oob_inline ? SIZE_MAX : bytes_before_urgent(socket, 0);
  // At the mark the urgent byte is passed over.
  return as_int(before == 0 && readable > 0 ? readable - 1 : std::min(readable, before));
}

int ask(Socket& socket, unsigned long request) noexcept {
  const bool open = socket.is_open();
  switch (request) {
    case FIONREAD:
      return bytes_to_read(socket);
    case SIOCOUTQ:
      return open ? as_int(socket.connection.unacknowledged()) : 0;
    case SIOCOUTQNSD:
      return open ? as_int(socket.connection.details().unsent) : 0;
    default:
      return at_urgent_mark(socket) ? 1 : 0;
  }
}

}  // namespace

int control_descriptor(Descriptor& descriptor, int command, int argument) {
  Socket* const socket = descriptor.as_socket();
  switch (command) {
    case F_GETFD:
      return descriptor.descriptor_flags;
    case F_SETFD:
      descriptor.descriptor_flags = argument & FD_CLOEXEC;
      return 0;
    case F_GETFL:
      return O_RDWR | (socket != nullptr && socket->nonblocking ? O_NONBLOCK : 0);
    case F_SETFL:
      if (socket != nullptr) socket->nonblocking = (argument & O_NONBLOCK) != 0;
      return 0;
    default:
      return -EINVAL;
  }
}

int control_socket(Socket& socket, unsigned long request, int* argument) {
  const bool known = request == FIONREAD || request == SIOCOUTQ || request == SIOCOUTQNSD || request == SIOCATMARK ||
                     request == FIONBIO;
  if (!known) return -ENOTTY;
  if (argument == nullptr) return -EFAULT;
  if (request == FIONBIO) {
    socket.nonblocking = *argument != 0;
    return 0;
  }
  return static_cast<int>(at_home(socket, [&](SocketShard&) -> ssize_t {
    if (socket.listening != nullptr && request != SIOCATMARK) return -EINVAL;
    *argument = ask(socket, request);
    return 0;
  }));
}

}  // namespace millrace::sockets
