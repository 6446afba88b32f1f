// Sending on a socket of Millrace. A call that may wait takes everything, as in Linux.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "calls.h"
#include "fail.h"
#include "io_vector.h"
#include "sockets/sockets.h"
#include "stack.h"

namespace millrace::run {
namespace {

ssize_t send_now(const Live& live, const msghdr& message, int flags) {
  const auto use = the_stack().use();
  if (!use) return fail(EPIPE);
  const ssize_t sent = mr_sendmsg(live.millrace, &message, flags | MSG_NOSIGNAL);
  const KeptErrno kept;
  look(live);
  return sent;
}

/// What the call answers after an error: what was taken before it, or the error, with its signal.
ssize_t failed(const Live& live, std::size_t taken, int error, int flags) {
  if (taken > 0) return static_cast<ssize_t>(taken);
  if (error != EAGAIN && error != EINTR) live.shadow->error_told();
  if (error == EPIPE && (flags & MSG_NOSIGNAL) == 0) pthread_kill(pthread_self(), SIGPIPE);
  return fail(error);
}

/// The bytes that open the connection: a call that may wait answers when it is open, or will not be. How it went, the
/// next call says.
void await_handshake(const Live& live, int flags) noexcept {
  if (!live.socket->opens_with_data.exchange(false) || (flags & MSG_DONTWAIT) != 0) return;
  const KeptErrno kept;
  (void)live.shadow->wait_writable();
}

}  // namespace

ssize_t transmit(const Live& live, const msghdr& message, int flags) {
  IoVector rest({message.msg_iov, message.msg_iovlen});
  std::size_t taken = 0;
  msghdr part = message;
  do {
    rest.put_into(part);
    const ssize_t sent = send_now(live, part, flags);
    if (sent >= 0) {
      await_handshake(live, flags);
      taken += static_cast<std::size_t>(sent);
      rest.advance(static_cast<std::size_t>(sent));
      if (rest.empty()) break;
    } else if (errno != EAGAIN) {
      return failed(live, taken, errno, flags);
    }
    const int error = (flags & MSG_DONTWAIT) != 0 ? EAGAIN : live.shadow->wait_writable();
    if (error != 0) return failed(live, taken, error, flags);
  } while (true);
  return static_cast<ssize_t>(taken);
}

ssize_t transmit(const Live& live, std::span<const iovec> vector, int flags) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(vector.data());
  message.msg_iovlen = vector.size();
  return transmit(live, message, flags);
}

ssize_t transmit_file(const Live& live, int file, off_t* offset, std::size_t count) {
  std::array<std::byte, 32 << 10> block;
  off_t at = offset != nullptr ? *offset : ::lseek(file, 0, SEEK_CUR);
  std::size_t sum = 0;
  ssize_t sent = 0;
  while (sum < count) {
    const ssize_t have = ::pread(file, block.data(), std::min(block.size(), count - sum), at);
    if (have < 0 && sum == 0 && errno == ESPIPE) errno = EINVAL;  // as sendfile says of what is no file
    sent = have;
    if (have <= 0) break;
    const iovec part{block.data(), static_cast<std::size_t>(have)};
    sent = transmit(live, {&part, 1}, 0);
    if (sent <= 0) break;
    sum += static_cast<std::size_t>(sent);
    at += sent;
    if (sent < have) break;
  }
  if (sum == 0 && sent < 0) return -1;
  if (offset != nullptr)
    *offset = at;
  else
    ::lseek(file, at, SEEK_SET);
  return static_cast<ssize_t>(sum);
}

}  // namespace millrace::run
