// accept(): from either stack where both listen.
#include <cerrno>

#include "calls.h"
#include "fail.h"
#include "libc.h"
#include "sockets/sockets.h"
#include "sockets/watch.h"
#include "stack.h"
#include "take_over.h"

namespace millrace::run {
namespace {

int accept_from_millrace(const Live& live, sockaddr* address, socklen_t* length, int flags) {
  const int accepted = mr_accept4(live.millrace, address, length, SOCK_NONBLOCK);
  if (accepted < 0) return -1;
  const int fd = adopt_accepted(accepted, live.socket->domain, (flags & SOCK_NONBLOCK) != 0);
  if (fd >= 0) return fd;
  const KeptErrno kept;
  (void)mr_close(accepted);
  return -1;
}

int accept_from_kernel(const Live& live, sockaddr* address, socklen_t* length, int flags) {
  return live.kernel >= 0 ? libc().accept4(live.kernel, address, length, flags) : fail(EAGAIN);
}

bool anything_left(const Live& live) {
  pollfd kernel{.fd = live.kernel, .events = POLLIN, .revents = 0};
  return (sockets::poll_mask(live.millrace) & POLLIN) != 0 || libc().poll(&kernel, 1, 0) > 0;
}

/// Takes what is there, and has the shadow show whether there is more.
int take_one(const Live& live, sockaddr* address, socklen_t* length, int flags) {
  const auto use = the_stack().use();
  if (!use) return fail(EBADF);
  const std::uint64_t arrivals = live.shadow->arrivals();
  int fd = accept_from_millrace(live, address, length, flags);
  if (fd < 0 && errno == EAGAIN) fd = accept_from_kernel(live, address, length, flags);
  const KeptErrno kept;
  if (!anything_left(live)) live.shadow->none_left(arrivals);
  return fd;
}

}  // namespace

int accept_socket(const Live& live, sockaddr* address, socklen_t* length, int flags) {
  if ((flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != 0) return fail(EINVAL);
  while (true) {
    const int fd = take_one(live, address, length, flags);
    if (fd >= 0 || errno != EAGAIN) return fd;
    if (const int error = live.shadow->wait_readable()) return fail(error);
  }
}

}  // namespace millrace::run
