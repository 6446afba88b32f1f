#include "shadow.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "libc.h"
#include "own_descriptors.h"

namespace millrace::run {
namespace {

constexpr char kByte = 0;

bool put(int fd) noexcept { return libc().send(fd, &kByte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1; }

/// The least that the kernel allows, so that few bytes fill it.
void shrink_send_buffer(int fd) noexcept {
  const int least = 1;
  libc().setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
}

}  // namespace

std::shared_ptr<Shadow> Shadow::make(bool nonblocking, int& program_end) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return nullptr;
  const int copy = own_copy(pair[0]);
  const int inner = copy < 0 ? pair[1] : own_descriptor(pair[1]);
  if (copy < 0 || (nonblocking && libc().fcntl(pair[0], F_SETFL, reinterpret_cast<void*>(O_RDWR | O_NONBLOCK)) != 0)) {
    const int error = errno;
    libc().close(pair[0]);
    libc().close(inner);
    if (copy >= 0) libc().close(copy);
    errno = error;
    return nullptr;
  }
  shrink_send_buffer(copy);
  program_end = pair[0];
  return std::shared_ptr<Shadow>(new Shadow(copy, inner));
}

Shadow::~Shadow() {
  libc().close(outer_);
  if (inner_ >= 0) libc().close(inner_);
}

void Shadow::show(std::uint32_t mask) noexcept {
  const std::lock_guard lock(mutex_);
  apply(mask, true);
}

void Shadow::apply(std::uint32_t mask, bool news) noexcept {
  if (inner_ < 0) return;
  if ((mask & POLLERR) != 0) return fail();
  set_writable((mask & POLLOUT) != 0);
  if ((mask & POLLHUP) != 0)
    ::shutdown(inner_, SHUT_RDWR);
  else if ((mask & POLLRDHUP) != 0)
    ::shutdown(inner_, SHUT_WR);
  else
    set_readable((mask & POLLIN) != 0, news);
}

void Shadow::arrived() noexcept {
  const std::lock_guard lock(mutex_);
  ++arrivals_;
  told_.store(false, std::memory_order_relaxed);
  if (inner_ >= 0) set_readable(true, true);
}

std::uint64_t Shadow::arrivals() noexcept {
  const std::lock_guard lock(mutex_);
  return arrivals_;
}

void Shadow::none_left(std::uint64_t arrivals) noexcept {
  const std::lock_guard lock(mutex_);
  if (arrivals == arrivals_ && inner_ >= 0) set_readable(false, false);
}

/// One byte waits, or none. A new one is written before the old one is taken back: in between nobody sees none.
void Shadow::set_readable(bool readable, bool news) noexcept {
  char byte = 0;
  const bool edge = readable && (!readable_ || (news && !told_.load(std::memory_order_relaxed)));
  if (edge) put(inner_);
  if (readable_ && (edge || !readable)) libc().recv(outer_, &byte, 1, MSG_DONTWAIT);
  if (edge || !readable) told_.store(edge, std::memory_order_relaxed);
  readable_ = readable;
}

void Shadow::set_writable(bool writable) noexcept {
  if (writable == writable_) return;
  writable_ = writable;
  writable ? drain() : fill();
}

void Shadow::fill() noexcept {
  while (put(outer_)) {
  }
}

void Shadow::drain() noexcept {
  std::array<char, 64> bytes;
  while (libc().recv(inner_, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
  }
}

/// unix(7): a peer that is closed while it has unread data leaves ECONNRESET pending.
void Shadow::fail() noexcept {
  put(outer_);
  libc().close(inner_);
  inner_ = -1;
}

int Shadow::wait_readable() noexcept {
  char byte = 0;
  return libc().recv(outer_, &byte, 1, MSG_PEEK) < 0 && errno != ECONNRESET ? errno : 0;
}

int Shadow::wait_writable() noexcept {
  if (libc().send(outer_, &kByte, 1, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) return errno;
  const std::lock_guard lock(mutex_);
  if (writable_ && inner_ >= 0) drain();
  return 0;
}

void Shadow::error_told() noexcept {
  int error = 0;
  socklen_t length = sizeof error;
  libc().getsockopt(outer_, SOL_SOCKET, SO_ERROR, &error, &length);
}

void Shadow::hang_up() noexcept {
  const std::lock_guard lock(mutex_);
  if (inner_ < 0) return;
  drain();
  ::shutdown(inner_, SHUT_RDWR);
}

}  // namespace millrace::run
