// The kernel descriptor that stands for a Millrace socket: one end of a pair of AF_UNIX sockets whose readiness is made
// that of the socket, so that the kernel's own select, poll and epoll tell of it, whatever else is in their sets.
//
//     outer, the program's                        inner, ours
//     POLLIN     a byte waits in it               we write one, or take it back
//     POLLOUT    its send buffer is not full      we fill it from our own copy of outer, or drain it at inner
//     POLLRDHUP  the peer shut its sending side   shutdown(SHUT_WR)
//     POLLHUP    the peer shut both               shutdown(SHUT_RDWR)
//     POLLERR    the peer closed with unread data close() before a byte of outer's was read
//
// A call that must wait does so in a blocking call on outer: O_NONBLOCK, SO_RCVTIMEO, SO_SNDTIMEO, signals and their
// SA_RESTART are then the kernel's matter. POLLPRI is not shown.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace millrace::run {

/// An option that says how long calls wait, and so is set on the program's end itself.
constexpr bool is_wait_limit(int level, int name) noexcept {
  return level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_SNDTIMEO);
}

class Shadow {
 public:
  /// Makes a pair. `program_end` becomes the program's descriptor, close-on-exec and O_NONBLOCK if so asked: from then
  /// on the caller's. nullptr with errno when the kernel gives none.
  [[nodiscard]] static std::shared_ptr<Shadow> make(bool nonblocking, int& program_end);
  Shadow(const Shadow&) = delete;
  Shadow& operator=(const Shadow&) = delete;
  ~Shadow();

  /// Something happened: shows a connection's poll mask, as poll(2) has it. One with POLLIN is an edge for EPOLLET if
  /// the program has tried to receive since the last one. After POLLERR nothing changes any more.
  void show(std::uint32_t mask) noexcept;
  /// The program's own call may have changed the mask: shows what `mask_now` answers, which is no edge in itself. It is
  /// asked with show() held off, so that nothing older is shown after something newer.
  template <class MaskNow>
  void look(MaskNow mask_now) noexcept {
    const std::lock_guard lock(mutex_);
    apply(mask_now(), false);
  }
  /// The program is about to receive: what comes from now on is news.
  void receiving() noexcept { told_.store(false, std::memory_order_relaxed); }

  /// A listening socket's: something came that can be accepted. Always an edge.
  void arrived() noexcept;
  /// How often something arrived, asked before looking whether anything is left; none_left() believes the look only if
  /// nothing arrived since.
  [[nodiscard]] std::uint64_t arrivals() noexcept;
  void none_left(std::uint64_t arrivals) noexcept;

  /// Wait as the program's descriptor would: 0, or the errno to answer (EAGAIN: non-blocking, or the time is over).
  [[nodiscard]] int wait_readable() noexcept;
  [[nodiscard]] int wait_writable() noexcept;

  /// The program has been told of the error: POLLERR ends, as SO_ERROR of the kernel ends it.
  void error_told() noexcept;
  /// The socket is closed: who waits is woken.
  void hang_up() noexcept;
  /// Our copy of the program's end: what is set on it the waiting calls heed.
  [[nodiscard]] int descriptor() const noexcept { return outer_; }

 private:
  Shadow(int outer, int inner) noexcept : outer_(outer), inner_(inner) {}
  void apply(std::uint32_t mask, bool news) noexcept;
  void set_readable(bool readable, bool news) noexcept;
  void set_writable(bool writable) noexcept;
  void fill() noexcept;
  void drain() noexcept;
  void fail() noexcept;

  const int outer_;
  std::mutex mutex_;
  int inner_;  ///< -1 after an error
  bool readable_ = false;
  bool writable_ = true;
  std::uint64_t arrivals_ = 0;
  std::atomic<bool> told_{false};  ///< the present readability was told, and the program has not reacted
};

}  // namespace millrace::run
