// Receiving on a socket of Millrace: ask without waiting, wait on the shadow, ask again.
#include <cerrno>
#include <numeric>
#include <vector>

#include "calls.h"
#include "fail.h"
#include "io_vector.h"
#include "sockets/sockets.h"
#include "stack.h"

namespace millrace::run {
namespace {

ssize_t receive_now(const Live& live, msghdr& message, int flags) {
  const auto use = the_stack().use();
  if (!use) return fail(EBADF);
  live.shadow->receiving();
  const ssize_t got = mr_recvmsg(live.millrace, &message, flags & ~MSG_WAITALL);
  const KeptErrno kept;
  look(live);
  if (got < 0 && kept.error() != EAGAIN) live.shadow->error_told();
  return got;
}

/// The first bytes, when there are some.
ssize_t receive_some(const Live& live, msghdr& message, int flags) {
  while (true) {
    const ssize_t got = receive_now(live, message, flags);
    if (got >= 0 || errno != EAGAIN || (flags & (MSG_DONTWAIT | MSG_OOB)) != 0) return got;
    if (const int error = live.shadow->wait_readable()) return fail(error);
  }
}

}  // namespace

ssize_t receive(const Live& live, msghdr& message, int flags) {
  const ssize_t first = receive_some(live, message, flags);
  const bool all = (flags & MSG_WAITALL) != 0 && (flags & (MSG_DONTWAIT | MSG_PEEK | MSG_OOB)) == 0;
  if (first <= 0 || !all) return first;
  IoVector rest({message.msg_iov, message.msg_iovlen});
  rest.advance(static_cast<std::size_t>(first));
  std::size_t sum = static_cast<std::size_t>(first);
  while (!rest.empty()) {
    msghdr more{};
    rest.put_into(more);
    const ssize_t got = receive_some(live, more, flags);
    if (got <= 0) break;
    rest.advance(static_cast<std::size_t>(got));
    sum += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(sum);
}

ssize_t receive(const Live& live, std::span<const iovec> vector, int flags) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(vector.data());
  message.msg_iovlen = vector.size();
  return receive(live, message, flags);
}

}  // namespace millrace::run
