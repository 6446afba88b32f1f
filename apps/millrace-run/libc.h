// The C library's own functions, behind those that the shim puts in front of them (dlsym(3), RTLD_NEXT).
//
// What is here is what the program would have called without the shim, or another shim's function where there are two.
#pragma once

#include <dlfcn.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdio>

namespace millrace::run {

template <class Function>
class Next;

/// The next definition of a function in the order in which the dynamic linker searches; must be there.
template <class R, class... Arguments>
class Next<R(Arguments...)> {
 public:
  explicit Next(const char* name) noexcept : function_(reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name))) {}
  R operator()(Arguments... arguments) const { return function_(arguments...); }

 private:
  using Function = R(Arguments...);
  Function* function_;
};

struct Libc {
  Next<int(int, int, int)> socket{"socket"};
  Next<int(int, const sockaddr*, socklen_t)> bind{"bind"};
  Next<int(int, const sockaddr*, socklen_t)> connect{"connect"};
  Next<int(int, int)> listen{"listen"};
  Next<int(int, sockaddr*, socklen_t*, int)> accept4{"accept4"};
  Next<int(int, int)> shutdown{"shutdown"};
  Next<int(int, int, int, void*, socklen_t*)> getsockopt{"getsockopt"};
  Next<int(int, int, int, const void*, socklen_t)> setsockopt{"setsockopt"};
  Next<int(int, sockaddr*, socklen_t*)> getsockname{"getsockname"};
  Next<int(int, sockaddr*, socklen_t*)> getpeername{"getpeername"};

  Next<int(int)> close{"close"};
  Next<int(unsigned, unsigned, int)> close_range{"close_range"};
  Next<int(int)> dup{"dup"};
  Next<int(int, int)> dup2{"dup2"};
  Next<int(int, int, int)> dup3{"dup3"};
  Next<int(int, int, void*)> fcntl{"fcntl"};
  Next<int(int, unsigned long, void*)> ioctl{"ioctl"};
  Next<int(int, int, int, epoll_event*)> epoll_ctl{"epoll_ctl"};
  Next<int(pollfd*, nfds_t, int)> poll{"poll"};

  Next<ssize_t(int, void*, std::size_t)> read{"read"};
  Next<ssize_t(int, const iovec*, int)> readv{"readv"};
  Next<ssize_t(int, void*, std::size_t, int)> recv{"recv"};
  Next<ssize_t(int, void*, std::size_t, int, sockaddr*, socklen_t*)> recvfrom{"recvfrom"};
  Next<ssize_t(int, msghdr*, int)> recvmsg{"recvmsg"};
  Next<int(int, mmsghdr*, unsigned, int, timespec*)> recvmmsg{"recvmmsg"};

  Next<ssize_t(int, const void*, std::size_t)> write{"write"};
  Next<ssize_t(int, const iovec*, int)> writev{"writev"};
  Next<ssize_t(int, const void*, std::size_t, int)> send{"send"};
  Next<ssize_t(int, const void*, std::size_t, int, const sockaddr*, socklen_t)> sendto{"sendto"};
  Next<ssize_t(int, const msghdr*, int)> sendmsg{"sendmsg"};
  Next<int(int, mmsghdr*, unsigned, int)> sendmmsg{"sendmmsg"};
  Next<ssize_t(int, int, off_t*, std::size_t)> sendfile{"sendfile"};
  Next<ssize_t(int, off_t*, int, off_t*, std::size_t, unsigned)> splice{"splice"};

  Next<std::FILE*(int, const char*)> fdopen{"fdopen"};
  Next<void(int)> exit_now{"_exit"};
};

[[nodiscard]] const Libc& libc() noexcept;

}  // namespace millrace::run
