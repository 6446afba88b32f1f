// poll().
#pragma once

#include <poll.h>

namespace millrace::sockets {

/// The number of descriptors with something to tell; 0 after `timeout_ms`; -EFAULT, -EINVAL, -EDEADLK.
[[nodiscard]] int poll_sockets(pollfd* descriptors, nfds_t count, int timeout_ms);

}  // namespace millrace::sockets
