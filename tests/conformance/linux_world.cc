// Linux: the system's calls over its loopback.
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "conformance/world.h"

namespace millrace::conformance {
namespace {

// With pacing (BBR, for one) settle() could not know when everything has arrived.
int socket_without_pacing(int domain, int type, int protocol) {
  const int fd = ::socket(domain, type, protocol);
  const int saved = errno;
  if (fd >= 0) ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  errno = saved;
  return fd;
}

// Past the wrappers of sanitizers, which touch a buffer or a length that the kernel does not.
ssize_t recv_of_kernel(int fd, void* buffer, size_t length, int flags) {
  return ::syscall(SYS_recvfrom, fd, buffer, length, flags, nullptr, nullptr);
}
int getsockname_of_kernel(int fd, sockaddr* address, socklen_t* length) {
  return static_cast<int>(::syscall(SYS_getsockname, fd, address, length));
}
int getpeername_of_kernel(int fd, sockaddr* address, socklen_t* length) {
  return static_cast<int>(::syscall(SYS_getpeername, fd, address, length));
}

constexpr Calls kCalls{
    .socket = socket_without_pacing,
    .bind = ::bind,
    .listen = ::listen,
    .accept4 = ::accept4,
    .connect = ::connect,
    .read = ::read,
    .readv = ::readv,
    .recv = recv_of_kernel,
    .recvfrom = ::recvfrom,
    .recvmsg = ::recvmsg,
    .write = ::write,
    .writev = ::writev,
    .send = ::send,
    .sendto = ::sendto,
    .sendmsg = ::sendmsg,
    .shutdown = ::shutdown,
    .close = ::close,
    .getsockopt = ::getsockopt,
    .setsockopt = ::setsockopt,
    .getsockname = getsockname_of_kernel,
    .getpeername = getpeername_of_kernel,
    .fcntl = [](int fd, int command, int argument) { return ::fcntl(fd, command, argument); },
    .ioctl = [](int fd, unsigned long request, int* value) { return ::ioctl(fd, request, value); },
    .poll = ::poll,
    .epoll_create1 = ::epoll_create1,
    .epoll_ctl = ::epoll_ctl,
    .epoll_wait = ::epoll_wait,
};

class LinuxWorld : public World {
 public:
  [[nodiscard]] const Calls& calls() const override { return kCalls; }
  void use(Side) override {}

  [[nodiscard]] sockaddr_storage address(Side side, int family) const override {
    sockaddr_storage storage{};
    storage.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET6)
      reinterpret_cast<sockaddr_in6&>(storage).sin6_addr = in6addr_loopback;
    else
      reinterpret_cast<sockaddr_in&>(storage).sin_addr.s_addr = htonl(INADDR_LOOPBACK + (side == Side::Server ? 1 : 0));
    return storage;
  }

  // The kernel delivers over loopback within the call that sends, or on the softirq thread soon afterwards.
  void settle() override { ::poll(nullptr, 0, 4); }
  void pass(std::chrono::milliseconds span) override { ::poll(nullptr, 0, static_cast<int>(span.count())); }

  void lose(int fd, Side) override {
    sock_filter nothing[] = {{BPF_RET | BPF_K, 0, 0, 0}};
    const sock_fprog program{1, nothing};
    if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
      throw std::runtime_error{"SO_ATTACH_FILTER is refused"};
  }
};

}  // namespace

std::unique_ptr<World> linux_world() { return std::make_unique<LinuxWorld>(); }

}  // namespace millrace::conformance
