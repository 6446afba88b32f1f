/* Sockets over Millrace, in C: the calls of POSIX with "mr_" in front.
 *
 * Types, constants, return values and errno are those of POSIX and Linux, from the system's own headers. What a call
 * does is what Linux does; where it does not, lib/sockets/README.md says so and why. Only what differs or is particular
 * to Millrace is said here. Every call answers -1 and sets errno when it fails.
 *
 * A descriptor belongs to the stack that it was made on. Its number is not the kernel's: numbers start at
 * MR_FIRST_DESCRIPTOR, so read(), close() or poll() of the kernel answer EBADF for it, as mr_read() does for one of the
 * kernel's. Descriptors are not inherited by fork() and end with the program or with their stack (EBADF from then on).
 *
 * Threads. On a stack with worker threads every call may be made by any thread, several at once; blocking descriptors
 * block, SO_RCVTIMEO and SO_SNDTIMEO hold. A stack that the caller turns is used by one thread at a time; a call that
 * would have to wait there calls the function of mr_set_wait(), and without one fails with EDEADLK.
 *
 * No call ever raises SIGPIPE; MSG_NOSIGNAL is accepted.
 */
#pragma once

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/export.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The smallest descriptor. Above any limit of open files that systems are set to. */
#define MR_FIRST_DESCRIPTOR 0x40000000

/* A stack that has sockets; made in C++ by millrace::sockets::Sockets (sockets/stack.h), which owns it. */
struct mr_stack;

/* Chooses the stack of the calling thread's next mr_socket() and mr_epoll_create1(). NULL, and in a thread that never
 * called this: the oldest stack of the process that still exists. */
MILLRACE_API void mr_use(struct mr_stack* stack);

/* Says how to wait on a stack that the caller turns. `wait` turns it once, and whatever it talks to, and answers 0 to
 * go on or an errno with which the waiting call then fails (EINTR for one). It is called until the call can be carried
 * out. `deadline_ns` is the stack's time at which the call gives up, INT64_MAX when it never does: a turn may sleep
 * until then, or until the stack's own next deadline. It makes no mr_ call that waits. NULL: calls that would wait fail
 * with EDEADLK. Nothing happens when the stack has ended. */
MILLRACE_API void mr_set_wait(struct mr_stack* stack, int (*wait)(void* arg, int64_t deadline_ns), void* arg);

/* Makes a socket. AF_INET and AF_INET6, SOCK_STREAM with SOCK_NONBLOCK and SOCK_CLOEXEC, protocol 0 or IPPROTO_TCP;
 * others: EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT. ENETDOWN: there is no stack. EMFILE: no descriptor is left.
 */
MILLRACE_API int mr_socket(int domain, int type, int protocol);
/* Gives it an address. EINVAL: it has one. EADDRNOTAVAIL: not an address of this stack. EADDRINUSE: a listening or
 * bound socket has the port, and SO_REUSEADDR (to share with those that do not listen) or SO_REUSEPORT is not set on
 * both. */
MILLRACE_API int mr_bind(int fd, const struct sockaddr* address, socklen_t length);
/* Listens on every worker. An unbound socket gets a free port. At most backlog + 1 established connections wait to be
 * accepted (each worker has its share, rounded up); SYNs that come then are dropped, so peers try again. */
MILLRACE_API int mr_listen(int fd, int backlog);
/* mr_accept4() without flags. */
MILLRACE_API int mr_accept(int fd, struct sockaddr* address, socklen_t* length);
/* Takes the oldest connection that waits. `address` and `length` may be NULL. `flags`: SOCK_NONBLOCK, SOCK_CLOEXEC. */
MILLRACE_API int mr_accept4(int fd, struct sockaddr* address, socklen_t* length, int flags);
/* Connects. A non-blocking socket answers EINPROGRESS, then EALREADY while it goes on, and once more 0 or the error
 * that ended it; then EISCONN. AF_UNSPEC dissolves. */
MILLRACE_API int mr_connect(int fd, const struct sockaddr* address, socklen_t length);

/* mr_recv() without flags. */
MILLRACE_API ssize_t mr_read(int fd, void* buffer, size_t length);
/* The same into several pieces of memory. */
MILLRACE_API ssize_t mr_readv(int fd, const struct iovec* vector, int count);
/* Receives. 0: the peer has closed and everything was read, or our side was shut by mr_shutdown(). `flags`: MSG_PEEK,
 * MSG_DONTWAIT, MSG_WAITALL, MSG_TRUNC (throws bytes away instead of copying them), MSG_OOB, MSG_NOSIGNAL. */
MILLRACE_API ssize_t mr_recv(int fd, void* buffer, size_t length, int flags);
/* mr_recv(). `address` is left alone and `*address_length` set to 0, as Linux does for TCP. */
MILLRACE_API ssize_t mr_recvfrom(int fd, void* buffer, size_t length, int flags, struct sockaddr* address,
                                 socklen_t* address_length);
/* mr_recv() into several pieces of memory. Gives no control data. */
MILLRACE_API ssize_t mr_recvmsg(int fd, struct msghdr* message, int flags);

/* mr_send() without flags. */
MILLRACE_API ssize_t mr_write(int fd, const void* buffer, size_t length);
/* The same from several pieces of memory. */
MILLRACE_API ssize_t mr_writev(int fd, const struct iovec* vector, int count);
/* Sends. `flags`: MSG_DONTWAIT, MSG_NOSIGNAL, MSG_MORE, MSG_OOB. EPIPE: our side was shut, or the connection is gone
 * and its error was told before. */
MILLRACE_API ssize_t mr_send(int fd, const void* buffer, size_t length, int flags);
/* mr_send(). `address` is not looked at. */
MILLRACE_API ssize_t mr_sendto(int fd, const void* buffer, size_t length, int flags, const struct sockaddr* address,
                               socklen_t address_length);
/* mr_send() from several pieces of memory. Control data: EINVAL. */
MILLRACE_API ssize_t mr_sendmsg(int fd, const struct msghdr* message, int flags);

/* `how`: SHUT_RD (reads answer 0 after what is queued), SHUT_WR (FIN after what is queued), SHUT_RDWR. */
MILLRACE_API int mr_shutdown(int fd, int how);
/* The number comes back only after many others. FIN after what is queued; RST if received data was not read;
 * SO_LINGER holds. A call that waits on it in another thread fails with EBADF. */
MILLRACE_API int mr_close(int fd);

/* Asks for an option. SOL_SOCKET: SO_REUSEADDR, SO_REUSEPORT, SO_LINGER, SO_RCVBUF, SO_SNDBUF, SO_KEEPALIVE, SO_ERROR,
 * SO_RCVTIMEO, SO_SNDTIMEO, SO_RCVLOWAT, SO_OOBINLINE, SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN.
 * IPPROTO_TCP: TCP_NODELAY, TCP_CORK, TCP_MAXSEG, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT,
 * TCP_LINGER2, TCP_SYNCNT, TCP_DEFER_ACCEPT, TCP_QUICKACK, TCP_CONGESTION, TCP_INFO, TCP_NOTSENT_LOWAT,
 * TCP_WINDOW_CLAMP. IPPROTO_IP: IP_TOS, IP_TTL, IP_MTU. IPPROTO_IPV6: IPV6_V6ONLY, IPV6_TCLASS, IPV6_UNICAST_HOPS.
 * ENOPROTOOPT: any other (EOPNOTSUPP: a level that is none). A TCP_INFO field that means nothing here is 0. */
MILLRACE_API int mr_getsockopt(int fd, int level, int option, void* value, socklen_t* length);
/* Sets one of them, those aside that are facts (ENOPROTOOPT). */
MILLRACE_API int mr_setsockopt(int fd, int level, int option, const void* value, socklen_t length);

/* Our address; of an unbound socket 0.0.0.0 or ::, port 0. */
MILLRACE_API int mr_getsockname(int fd, struct sockaddr* address, socklen_t* length);
/* The peer's. ENOTCONN: there is none, or none any more. */
MILLRACE_API int mr_getpeername(int fd, struct sockaddr* address, socklen_t* length);

/* F_GETFL, F_SETFL (O_NONBLOCK), F_GETFD, F_SETFD (FD_CLOEXEC, kept and without effect). EINVAL: any other. */
MILLRACE_API int mr_fcntl(int fd, int command, ...);
/* FIONREAD, SIOCOUTQ (TIOCOUTQ), SIOCOUTQNSD, SIOCATMARK, FIONBIO; each takes an int*. ENOTTY: any other. */
MILLRACE_API int mr_ioctl(int fd, unsigned long request, ...);

/* Waits for events. `timeout`: in milliseconds of the stack's time; -1: for ever. Descriptors of the kernel, closed
 * ones and those of epoll answer POLLNVAL. All belong to one stack, or to stacks that the caller turns (EINVAL else).
 */
MILLRACE_API int mr_poll(struct pollfd* descriptors, nfds_t count, int timeout);

/* mr_epoll_create1() without flags. `size` is above 0. */
MILLRACE_API int mr_epoll_create(int size);
/* Makes an epoll descriptor. `flags`: EPOLL_CLOEXEC. It is not itself waited for. */
MILLRACE_API int mr_epoll_create1(int flags);
/* Adds, changes or removes a socket of the epoll descriptor's own stack (EINVAL for others). EPOLLET, EPOLLONESHOT;
 * EPOLLEXCLUSIVE: EINVAL. */
MILLRACE_API int mr_epoll_ctl(int epoll, int operation, int fd, struct epoll_event* event);
/* Waits for events. `timeout` as for mr_poll(). */
MILLRACE_API int mr_epoll_wait(int epoll, struct epoll_event* events, int most, int timeout);

#ifdef __cplusplus
}
#endif
