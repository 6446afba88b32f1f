/* The header as C11: every call has its type. */
#include "sockets/sockets.h"

#include <errno.h>

int check_from_c(void);

int check_from_c(void) {
  struct pollfd entry = {-1, POLLIN, 0};
  struct epoll_event event = {0};
  struct msghdr message = {0};
  struct iovec vector = {0};
  socklen_t length = 0;
  int failures = 0;
  failures += mr_socket(AF_UNIX, SOCK_STREAM, 0) != -1 || errno != EAFNOSUPPORT;
  failures += mr_bind(-1, NULL, 0) != -1 || errno != EBADF;
  failures += mr_listen(-1, 0) != -1 || mr_accept(-1, NULL, NULL) != -1 || mr_accept4(-1, NULL, NULL, 0) != -1;
  failures += mr_connect(-1, NULL, 0) != -1 || mr_read(-1, NULL, 0) != -1 || mr_readv(-1, &vector, 1) != -1;
  failures += mr_recv(-1, NULL, 0, 0) != -1 || mr_recvfrom(-1, NULL, 0, 0, NULL, NULL) != -1;
  failures += mr_recvmsg(-1, &message, 0) != -1 || mr_write(-1, NULL, 0) != -1 || mr_writev(-1, &vector, 1) != -1;
  failures += mr_send(-1, NULL, 0, 0) != -1 || mr_sendto(-1, NULL, 0, 0, NULL, 0) != -1;
  failures += mr_sendmsg(-1, &message, 0) != -1 || mr_shutdown(-1, SHUT_WR) != -1 || mr_close(-1) != -1;
  failures += mr_getsockopt(-1, SOL_SOCKET, SO_TYPE, NULL, &length) != -1;
  failures += mr_setsockopt(-1, SOL_SOCKET, SO_TYPE, NULL, 0) != -1;
  failures += mr_getsockname(-1, NULL, NULL) != -1 || mr_getpeername(-1, NULL, NULL) != -1;
  failures += mr_fcntl(-1, F_GETFL) != -1 || mr_ioctl(-1, FIONREAD, NULL) != -1;
  failures += mr_poll(&entry, 1, 0) != 0;
  failures += mr_epoll_create(0) != -1 || mr_epoll_create1(1) != -1;
  failures += mr_epoll_ctl(-1, EPOLL_CTL_ADD, -1, &event) != -1 || mr_epoll_wait(-1, &event, 1, 0) != -1;
  return failures;
}
