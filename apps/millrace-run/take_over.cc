#include "take_over.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "descriptor_table.h"
#include "fail.h"
#include "kernel_listeners.h"
#include "libc.h"
#include "own_descriptors.h"
#include "sockets/sockets.h"
#include "sockets/watch.h"
#include "stack.h"

namespace millrace::run {
namespace {

void show(void* shadow, std::uint32_t mask) { static_cast<Shadow*>(shadow)->show(mask); }

void show_arrival(void* shadow, std::uint32_t mask) {
  if ((mask & POLLIN) != 0) static_cast<Shadow*>(shadow)->arrived();
}

/// From now on the shadow shows what the connection does. What changed while it was told of the first mask is looked at
/// afterwards. 0 or an errno.
int show_connection(const Socket& socket) {
  if (const int error = sockets::watch(socket.millrace, show, socket.shadow.get())) return error;
  socket.shadow->look([&] { return sockets::poll_mask(socket.millrace); });
  return 0;
}

/// As the configuration has them. SO_RCVBUF and SO_SNDBUF are half of what they stand for (socket(7)).
void set_buffers(int millrace) {
  const RunConfig& config = the_stack().config();
  for (const auto& [name, bytes] : {std::pair{SO_RCVBUF, config.receive_buffer}, {SO_SNDBUF, config.send_buffer}}) {
    if (bytes == 0) continue;  // tuned
    const int half = static_cast<int>(bytes / 2);
    (void)mr_setsockopt(millrace, SOL_SOCKET, name, &half, sizeof half);
  }
}

/// Takes the descriptors out of the epoll sets that hold them now, which the kernel knows better than our list.
std::vector<Registration> leave_epoll_sets(const Socket& socket) {
  std::vector<Registration> left;
  std::ranges::copy_if(socket.registrations, std::back_inserter(left), [](const Registration& each) {
    return libc().epoll_ctl(each.epoll, EPOLL_CTL_DEL, each.descriptor, nullptr) == 0;
  });
  return left;
}

void join_epoll_sets(std::vector<Registration>& sets) {
  for (Registration& each : sets) libc().epoll_ctl(each.epoll, EPOLL_CTL_ADD, each.descriptor, &each.event);
}

/// A new shadow behind all of the program's descriptors. 0 or an errno.
int replace_descriptors(Socket& socket) {
  const int flags = libc().fcntl(socket.descriptors.front(), F_GETFL, nullptr);
  int fresh = -1;
  auto shadow = Shadow::make((flags & O_NONBLOCK) != 0, fresh);
  if (!shadow) return errno;
  for (const Option& option : socket.options)
    if (is_wait_limit(option.level, option.name))
      libc().setsockopt(fresh, option.level, option.name, option.value.data(),
                        static_cast<socklen_t>(option.value.size()));
  auto sets = leave_epoll_sets(socket);
  for (const int fd : socket.descriptors) libc().dup3(fresh, fd, O_CLOEXEC);
  libc().close(fresh);
  join_epoll_sets(sets);
  socket.registrations = std::move(sets);
  socket.shadow = std::move(shadow);
  return 0;
}

}  // namespace

int make_millrace(Socket& socket) {
  if (socket.millrace >= 0) return 0;
  socket.millrace = mr_socket(socket.domain, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (socket.millrace < 0) return errno;
  set_buffers(socket.millrace);
  for (const Option& option : socket.options)
    if (!is_wait_limit(option.level, option.name))
      (void)mr_setsockopt(socket.millrace, option.level, option.name, option.value.data(),
                          static_cast<socklen_t>(option.value.size()));
  return 0;
}

void drop_millrace(Socket& socket) noexcept {
  if (socket.millrace >= 0) (void)mr_close(socket.millrace);
  socket.millrace = -1;
}

int take_over_connecting(Socket& socket) {
  const auto old = socket.shadow;
  if (old) (void)sockets::watch(socket.millrace, nullptr, nullptr);
  if (const int error = replace_descriptors(socket)) return error;
  return show_connection(socket);
}

int take_over_listening(Socket& socket, bool with_kernel) {
  if (with_kernel) {
    socket.kernel = own_copy(socket.descriptors.front());
    if (socket.kernel < 0) return errno;
    const int flags = libc().fcntl(socket.kernel, F_GETFL, nullptr);
    // Never waited in: it is asked only after it said that there is something.
    libc().fcntl(socket.kernel, F_SETFL, reinterpret_cast<void*>(static_cast<std::intptr_t>(flags | O_NONBLOCK)));
  }
  if (const int error = replace_descriptors(socket)) return error;
  socket.listens = true;
  if (with_kernel) kernel_listeners().add(socket.kernel, socket.shadow);
  return sockets::watch(socket.millrace, show_arrival, socket.shadow.get());
}

void silence(Socket& socket) {
  const int never_ready = libc().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (never_ready < 0) return;
  (void)leave_epoll_sets(socket);
  socket.registrations.clear();
  for (const int fd : socket.descriptors) libc().dup3(never_ready, fd, O_CLOEXEC);
  libc().close(never_ready);
}

int adopt_accepted(int millrace, int domain, bool nonblocking) {
  auto socket = std::make_shared<Socket>(domain);
  int fd = -1;
  socket->shadow = Shadow::make(nonblocking, fd);
  if (!socket->shadow) return -1;
  socket->millrace = millrace;
  const auto lock = table().lock();
  table().add(fd, socket);
  if (const int error = show_connection(*socket)) {
    (void)table().remove(fd);
    libc().close(fd);
    return fail(error);
  }
  return fd;
}

}  // namespace millrace::run
