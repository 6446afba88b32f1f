// What makes, copies and closes descriptors. The copies of a Millrace socket are close-on-exec whatever was asked: what
// another program finds behind one is no socket that it could use.
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>

#include "calls.h"
#include "interpose.h"
#include "libc.h"
#include "process.h"
#include "stack.h"

using namespace millrace::run;

namespace {

bool is_shadow(int fd) {
  if (!DescriptorTable::has(fd)) return false;
  const auto lock = table().lock();
  const auto socket = table().at(fd);
  return socket && socket->shadow;
}

/// `copy` was made of `fd`.
int know_copy(int fd, int copy) {
  if (copy < 0 || !table().ours()) return copy;
  const auto lock = table().lock();
  if (auto socket = table().at(fd)) table().add(copy, std::move(socket));
  return copy;
}

/// What `wanted` was before ends only when the kernel has made the copy: a call that fails leaves it open.
int copy_to(int fd, int wanted, int flags) {
  const int copy = libc().dup3(fd, wanted, is_shadow(fd) ? flags | O_CLOEXEC : flags);
  if (copy < 0) return copy;
  if (DescriptorTable::has(wanted)) let_go(wanted);
  return DescriptorTable::has(fd) ? know_copy(fd, copy) : copy;
}

int copy_from(int fd, int command, void* least) {
  return know_copy(fd, libc().fcntl(fd, is_shadow(fd) ? F_DUPFD_CLOEXEC : command, least));
}

int control(int fd, int command, void* argument) {
  // net_tap has the kernel send a signal for each packet, and the program would be interrupted by it all the time. The
  // driver works without.
  if (command == F_SETFL && Stack::starting())
    argument = reinterpret_cast<void*>(reinterpret_cast<std::intptr_t>(argument) & ~std::intptr_t{O_ASYNC});
  if (!DescriptorTable::has(fd)) return libc().fcntl(fd, command, argument);
  if (command == F_DUPFD || command == F_DUPFD_CLOEXEC) return copy_from(fd, command, argument);
  if (command == F_SETFD && is_shadow(fd)) return 0;
  return libc().fcntl(fd, command, argument);
}

void note_registration(int epoll, int operation, int fd, const epoll_event* event) {
  const auto lock = table().lock();
  const auto socket = table().at(fd);
  if (!socket || !table().ours()) return;
  std::erase_if(socket->registrations,
                [&](const Registration& each) { return each.epoll == epoll && each.descriptor == fd; });
  if (operation != EPOLL_CTL_DEL) socket->registrations.push_back({epoll, fd, *event});
}

}  // namespace

MILLRACE_INTERPOSE int close(int fd) {
  if (DescriptorTable::has(fd)) let_go(fd);
  return libc().close(fd);
}

MILLRACE_INTERPOSE int close_range(unsigned first, unsigned last, int flags) noexcept {
  std::vector<int> known;
  // With CLOSE_RANGE_CLOEXEC they stay open, and also with flags that the kernel refuses.
  if ((flags & ~static_cast<int>(CLOSE_RANGE_UNSHARE)) == 0) {
    const auto lock = table().lock();
    known = table().between(first, last);
  }
  for (const int fd : known) let_go(fd);
  return libc().close_range(first, last, flags);
}

MILLRACE_INTERPOSE void closefrom(int least) noexcept {
  (void)close_range(static_cast<unsigned>(std::max(least, 0)), ~0U, 0);
}

MILLRACE_INTERPOSE int dup(int fd) noexcept {
  return DescriptorTable::has(fd) ? copy_from(fd, F_DUPFD, nullptr) : libc().dup(fd);
}

MILLRACE_INTERPOSE int dup2(int fd, int wanted) noexcept {
  if (!DescriptorTable::has(fd) && !DescriptorTable::has(wanted)) return libc().dup2(fd, wanted);
  return fd == wanted ? libc().dup2(fd, wanted) : copy_to(fd, wanted, 0);
}

MILLRACE_INTERPOSE int dup3(int fd, int wanted, int flags) noexcept { return copy_to(fd, wanted, flags); }

MILLRACE_INTERPOSE int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return control(fd, command, argument);
}

MILLRACE_INTERPOSE int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void* const argument = va_arg(arguments, void*);
  va_end(arguments);
  return control(fd, command, argument);
}

MILLRACE_INTERPOSE int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  const int result = libc().epoll_ctl(epoll, operation, fd, event);
  if (result == 0 && DescriptorTable::has(fd)) note_registration(epoll, operation, fd, event);
  return result;
}

MILLRACE_INTERPOSE void _exit(int code) {
  end_process();
  libc().exit_now(code);
  __builtin_unreachable();
}

MILLRACE_INTERPOSE void _Exit(int code) noexcept { _exit(code); }
