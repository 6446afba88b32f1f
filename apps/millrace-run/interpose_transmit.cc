// Writing, from memory and from files.
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "calls.h"
#include "fail.h"
#include "interpose.h"
#include "io_vector.h"
#include "libc.h"
#include "route.h"

using namespace millrace::run;

namespace {

ssize_t transmit_bytes(const Live& live, const void* bytes, std::size_t length, int flags) {
  const iovec part{const_cast<void*>(bytes), length};
  return transmit(live, {&part, 1}, flags);
}

ssize_t transmit_message(const Live& live, const msghdr* message, int flags) {
  if (const int error = fault_of(message)) return fail(error);
  return transmit(live, *message, flags);
}

}  // namespace

MILLRACE_INTERPOSE ssize_t write(int fd, const void* bytes, std::size_t length) {
  return route(
      fd, [&](const Live& live) { return transmit_bytes(live, bytes, length, 0); },
      [&] { return libc().write(fd, bytes, length); });
}

MILLRACE_INTERPOSE ssize_t send(int fd, const void* bytes, std::size_t length, int flags) {
  return route(
      fd, [&](const Live& live) { return transmit_bytes(live, bytes, length, flags); },
      [&] { return libc().send(fd, bytes, length, flags); });
}

MILLRACE_INTERPOSE ssize_t sendto(int fd, const void* bytes, std::size_t length, int flags, const sockaddr* address,
                                  socklen_t address_length) {
  return route(
      fd, [&](const Live& live) { return transmit_bytes(live, bytes, length, flags); },
      [&] { return libc().sendto(fd, bytes, length, flags, address, address_length); });
}

MILLRACE_INTERPOSE ssize_t writev(int fd, const iovec* vector, int count) {
  return route(
      fd,
      [&](const Live& live) -> ssize_t {
        if (const int error = fault_of(vector, count)) return fail(error);
        return transmit(live, {vector, static_cast<std::size_t>(count)}, 0);
      },
      [&] { return libc().writev(fd, vector, count); });
}

MILLRACE_INTERPOSE ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  return route(
      fd, [&](const Live& live) { return transmit_message(live, message, flags); },
      [&] { return libc().sendmsg(fd, message, flags); });
}

MILLRACE_INTERPOSE int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  const auto ours = [&](const Live& live) {
    if (messages == nullptr && count > 0) return fail(EFAULT);
    unsigned sent = 0;
    for (; sent < count; ++sent) {
      const ssize_t length = transmit_message(live, &messages[sent].msg_hdr, flags);
      if (length < 0 && sent == 0) return -1;
      if (length < 0) break;
      messages[sent].msg_len = static_cast<unsigned>(length);
    }
    return static_cast<int>(sent);
  };
  return route(fd, ours, [&] { return libc().sendmmsg(fd, messages, count, flags); });
}

MILLRACE_INTERPOSE ssize_t sendfile(int to, int from, off_t* offset, std::size_t count) noexcept {
  return route(
      to, [&](const Live& live) { return transmit_file(live, from, offset, count); },
      [&] {
        return route(
            from, [](const Live&) { return ssize_t{fail(EINVAL)}; },
            [&] { return libc().sendfile(to, from, offset, count); });
      });
}

static_assert(sizeof(off_t) == sizeof(off64_t));
MILLRACE_INTERPOSE ssize_t sendfile64(int to, int from, off64_t* offset, std::size_t count) noexcept {
  return sendfile(to, from, offset, count);
}

/// Programs that get EINVAL copy instead.
MILLRACE_INTERPOSE ssize_t splice(int from, off64_t* from_offset, int to, off64_t* to_offset, std::size_t length,
                                  unsigned flags) {
  const auto kernel = [&] { return libc().splice(from, from_offset, to, to_offset, length, flags); };
  const auto ours = [](const Live&) { return ssize_t{fail(EINVAL)}; };
  return route(from, ours, [&] { return route(to, ours, kernel); });
}
