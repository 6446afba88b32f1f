// Reading. The _chk functions are what read() and recv() become in programs that are compiled with _FORTIFY_SOURCE.
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdlib>

#include "calls.h"
#include "fail.h"
#include "interpose.h"
#include "io_vector.h"
#include "libc.h"
#include "route.h"

using namespace millrace::run;

namespace {

/// TCP says nothing about the sender (recvfrom(2)).
ssize_t receive_from(const Live& live, void* buffer, std::size_t length, int flags, socklen_t* address_length) {
  const iovec part{buffer, length};
  const ssize_t got = receive(live, {&part, 1}, flags);
  if (got >= 0 && address_length != nullptr) *address_length = 0;
  return got;
}

ssize_t receive_message(const Live& live, msghdr* message, int flags) {
  if (const int error = fault_of(message)) return fail(error);
  return receive(live, *message, flags);
}

void check_room(std::size_t wanted, std::size_t room) noexcept {
  if (wanted > room) std::abort();
}

}  // namespace

MILLRACE_INTERPOSE ssize_t read(int fd, void* buffer, std::size_t length) {
  return route(
      fd, [&](const Live& live) { return receive_from(live, buffer, length, 0, nullptr); },
      [&] { return libc().read(fd, buffer, length); });
}

MILLRACE_INTERPOSE ssize_t recv(int fd, void* buffer, std::size_t length, int flags) {
  return route(
      fd, [&](const Live& live) { return receive_from(live, buffer, length, flags, nullptr); },
      [&] { return libc().recv(fd, buffer, length, flags); });
}

MILLRACE_INTERPOSE ssize_t recvfrom(int fd, void* buffer, std::size_t length, int flags, sockaddr* address,
                                    socklen_t* address_length) {
  return route(
      fd, [&](const Live& live) { return receive_from(live, buffer, length, flags, address_length); },
      [&] { return libc().recvfrom(fd, buffer, length, flags, address, address_length); });
}

MILLRACE_INTERPOSE ssize_t readv(int fd, const iovec* vector, int count) {
  return route(
      fd,
      [&](const Live& live) -> ssize_t {
        if (const int error = fault_of(vector, count)) return fail(error);
        return receive(live, {vector, static_cast<std::size_t>(count)}, 0);
      },
      [&] { return libc().readv(fd, vector, count); });
}

MILLRACE_INTERPOSE ssize_t recvmsg(int fd, msghdr* message, int flags) {
  return route(
      fd, [&](const Live& live) { return receive_message(live, message, flags); },
      [&] { return libc().recvmsg(fd, message, flags); });
}

/// recvmmsg(2): the time is looked at only after a message, so a stream that gives some is not held up by it.
MILLRACE_INTERPOSE int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  const auto ours = [&](const Live& live) {
    if (messages == nullptr && count > 0) return fail(EFAULT);
    unsigned got = 0;
    for (; got < count; ++got) {
      const int more = got > 0 ? MSG_DONTWAIT : 0;
      const ssize_t length = receive_message(live, &messages[got].msg_hdr, (flags & ~MSG_WAITFORONE) | more);
      if (length < 0 && got == 0) return -1;
      if (length <= 0) break;
      messages[got].msg_len = static_cast<unsigned>(length);
    }
    return static_cast<int>(got);
  };
  return route(fd, ours, [&] { return libc().recvmmsg(fd, messages, count, flags, timeout); });
}

MILLRACE_INTERPOSE ssize_t __read_chk(int fd, void* buffer, std::size_t length, std::size_t room) {
  check_room(length, room);
  return read(fd, buffer, length);
}

MILLRACE_INTERPOSE ssize_t __recv_chk(int fd, void* buffer, std::size_t length, std::size_t room, int flags) {
  check_room(length, room);
  return recv(fd, buffer, length, flags);
}

MILLRACE_INTERPOSE ssize_t __recvfrom_chk(int fd, void* buffer, std::size_t length, std::size_t room, int flags,
                                          sockaddr* address, socklen_t* address_length) {
  check_room(length, room);
  return recvfrom(fd, buffer, length, flags, address, address_length);
}
