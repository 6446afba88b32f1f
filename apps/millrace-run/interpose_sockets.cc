// socket, bind, listen, accept, connect and what asks about a socket.
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdarg>

#include "calls.h"
#include "fail.h"
#include "interpose.h"
#include "libc.h"
#include "route.h"
#include "sockets/sockets.h"
#include "stack.h"

using namespace millrace::run;

namespace {

bool is_tcp(int domain, int type, int protocol) noexcept {
  constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  return (domain == AF_INET || domain == AF_INET6) && (type & ~kFlags) == SOCK_STREAM &&
         (protocol == 0 || protocol == IPPROTO_TCP);
}

/// The Millrace socket of one that is bound and does nothing yet; -1 for others.
int bound_in_millrace(int fd) {
  if (!DescriptorTable::has(fd)) return -1;
  const auto lock = table().lock();
  const auto socket = table().at(fd);
  return socket && !socket->lost ? socket->millrace : -1;
}

/// What an undecided socket was told, to tell it to the Millrace socket that may follow.
void remember(int fd, int level, int name, const void* value, socklen_t length) {
  const auto lock = table().lock();
  const auto socket = table().at(fd);
  if (!socket) return;
  const auto* const bytes = static_cast<const std::byte*>(value);
  socket->options.push_back({level, name, {bytes, bytes + length}});
  if (socket->millrace >= 0) (void)mr_setsockopt(socket->millrace, level, name, value, length);
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);

int ask_name(int millrace, NameCall ask, sockaddr* address, socklen_t* length) {
  const auto use = the_stack().use();
  return use ? ask(millrace, address, length) : fail(EBADF);
}

}  // namespace

MILLRACE_INTERPOSE int socket(int domain, int type, int protocol) noexcept {
  const int fd = libc().socket(domain, type, protocol);
  if (fd < 0 || !is_tcp(domain, type, protocol) || !table().ours()) return fd;
  const auto lock = table().lock();
  table().add(fd, std::make_shared<Socket>(domain));
  return fd;
}

MILLRACE_INTERPOSE int bind(int fd, const sockaddr* address, socklen_t length) noexcept {
  return route(
      fd, [&](const Live& live) { return mr_bind(live.millrace, address, length); },
      [&] { return DescriptorTable::has(fd) ? bind_socket(fd, address, length) : libc().bind(fd, address, length); });
}

MILLRACE_INTERPOSE int listen(int fd, int backlog) noexcept {
  if (!DescriptorTable::has(fd)) return libc().listen(fd, backlog);
  return route(
      fd, [&](const Live&) { return listen_socket(fd, backlog); }, [&] { return listen_socket(fd, backlog); });
}

MILLRACE_INTERPOSE int connect(int fd, const sockaddr* address, socklen_t length) {
  if (!DescriptorTable::has(fd)) return libc().connect(fd, address, length);
  return route(
      fd, [&](const Live&) { return connect_socket(fd, address, length); },
      [&] { return connect_socket(fd, address, length); });
}

MILLRACE_INTERPOSE int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  return route(
      fd, [&](const Live& live) { return accept_socket(live, address, length, flags); },
      [&] { return libc().accept4(fd, address, length, flags); });
}

MILLRACE_INTERPOSE int accept(int fd, sockaddr* address, socklen_t* length) { return accept4(fd, address, length, 0); }

MILLRACE_INTERPOSE int shutdown(int fd, int how) noexcept {
  return route(
      fd, [&](const Live& live) { return shut(live, how); }, [&] { return libc().shutdown(fd, how); });
}

MILLRACE_INTERPOSE int getsockopt(int fd, int level, int name, void* value, socklen_t* length) noexcept {
  return route(
      fd, [&](const Live& live) { return get_option(live, fd, level, name, value, length); },
      [&] { return libc().getsockopt(fd, level, name, value, length); });
}

MILLRACE_INTERPOSE int setsockopt(int fd, int level, int name, const void* value, socklen_t length) noexcept {
  return route(
      fd, [&](const Live& live) { return set_option(live, fd, level, name, value, length); },
      [&] {
        const int result = libc().setsockopt(fd, level, name, value, length);
        if (result == 0 && DescriptorTable::has(fd)) remember(fd, level, name, value, length);
        return result;
      });
}

MILLRACE_INTERPOSE int getsockname(int fd, sockaddr* address, socklen_t* length) noexcept {
  return route(
      fd, [&](const Live& live) { return ask_name(live.millrace, mr_getsockname, address, length); },
      [&] {
        const int millrace = bound_in_millrace(fd);
        return millrace >= 0 ? ask_name(millrace, mr_getsockname, address, length)
                             : libc().getsockname(fd, address, length);
      });
}

MILLRACE_INTERPOSE int getpeername(int fd, sockaddr* address, socklen_t* length) noexcept {
  return route(
      fd, [&](const Live& live) { return ask_name(live.millrace, mr_getpeername, address, length); },
      [&] { return libc().getpeername(fd, address, length); });
}

MILLRACE_INTERPOSE int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list arguments;
  va_start(arguments, request);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  const auto kernel = [&] { return libc().ioctl(fd, request, argument); };
  const bool about_data = request == FIONREAD || request == SIOCOUTQ || request == SIOCATMARK;
  if (!about_data && request != FIONCLEX) return kernel();
  const auto ours = [&](const Live& live) {
    if (!about_data) return 0;  // close-on-exec it stays, see interpose_descriptors.cc
    const auto use = the_stack().use();
    return use ? mr_ioctl(live.millrace, request, argument) : fail(EBADF);
  };
  return route(fd, ours, kernel);
}
