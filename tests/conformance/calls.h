// The calls under comparison: Linux's own, or Millrace's of the same shape.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace millrace::conformance {

struct Calls {
  int (*socket)(int domain, int type, int protocol);
  int (*bind)(int fd, const sockaddr* address, socklen_t length);
  int (*listen)(int fd, int backlog);
  int (*accept4)(int fd, sockaddr* address, socklen_t* length, int flags);
  int (*connect)(int fd, const sockaddr* address, socklen_t length);
  ssize_t (*read)(int fd, void* buffer, size_t length);
  ssize_t (*readv)(int fd, const iovec* vector, int count);
  ssize_t (*recv)(int fd, void* buffer, size_t length, int flags);
  ssize_t (*recvfrom)(int fd, void* buffer, size_t length, int flags, sockaddr* address, socklen_t* address_length);
  ssize_t (*recvmsg)(int fd, msghdr* message, int flags);
  ssize_t (*write)(int fd, const void* buffer, size_t length);
  ssize_t (*writev)(int fd, const iovec* vector, int count);
  ssize_t (*send)(int fd, const void* buffer, size_t length, int flags);
  ssize_t (*sendto)(int fd, const void* buffer, size_t length, int flags, const sockaddr* address, socklen_t length_);
  ssize_t (*sendmsg)(int fd, const msghdr* message, int flags);
  int (*shutdown)(int fd, int how);
  int (*close)(int fd);
  int (*getsockopt)(int fd, int level, int option, void* value, socklen_t* length);
  int (*setsockopt)(int fd, int level, int option, const void* value, socklen_t length);
  int (*getsockname)(int fd, sockaddr* address, socklen_t* length);
  int (*getpeername)(int fd, sockaddr* address, socklen_t* length);
  int (*fcntl)(int fd, int command, int argument);
  int (*ioctl)(int fd, unsigned long request, int* value);
  int (*poll)(pollfd* descriptors, nfds_t count, int timeout);
  int (*epoll_create1)(int flags);
  int (*epoll_ctl)(int epoll, int operation, int fd, epoll_event* event);
  int (*epoll_wait)(int epoll, epoll_event* events, int most, int timeout);
};

}  // namespace millrace::conformance
