// Being told of a descriptor's readiness, for who builds another face upon the sockets.
//
// One watcher per descriptor, beside mr_poll and mr_epoll_wait, which it does not disturb.
#pragma once

#include <cstdint>

#include "base/export.h"

namespace millrace::sockets {

/// Called on the thread of the worker that has the socket (on a stack that the caller turns: in the caller's thread,
/// also from within mr_ calls), whenever the mask may have changed or something new came: data, a connection to accept,
/// room to send. Also when the mask is the same as before, so what an edge is, is for the callee to say. The mask is of
/// POLLIN, POLLPRI, POLLOUT, POLLRDNORM, POLLWRNORM, POLLERR, POLLHUP, POLLRDHUP, which have the values of their EPOLL
/// names. It returns soon and makes no mr_ call. With several workers a listening socket calls it from each.
using Changed = void (*)(void* arg, std::uint32_t poll_mask);

/// From now on `changed` is called for `fd`, and once with the present mask before this returns. nullptr ends it: when
/// this has returned no call is under way and none will come. mr_close() ends it in the same way.
/// 0; EBADF: no descriptor of this API; EINVAL: an epoll descriptor.
[[nodiscard]] MILLRACE_API int watch(int fd, Changed changed, void* arg);

/// The mask now; any thread. POLLNVAL for what is no socket of this API.
[[nodiscard]] MILLRACE_API std::uint32_t poll_mask(int fd);

}  // namespace millrace::sockets
