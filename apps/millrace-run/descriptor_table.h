// Which of the program's descriptors are TCP sockets, and which of these belong to Millrace.
//
// One table for the process and one mutex, which guards every Socket too. Descriptors that are not in it, nearly all
// calls of most programs, cost one load. A fork has a copy of the table; what was Millrace's in the parent is lost
// there, because the threads that carry the packets stay with the parent.
#pragma once

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "socket.h"

namespace millrace::run {

/// To whom a call on a descriptor goes.
enum class Owner : std::uint8_t {
  Kernel,    ///< no TCP socket, or one that is still the kernel's
  Millrace,  ///< see Live
  Lost,      ///< the parent's: the call must be refused
};

/// A socket of Millrace for the length of one call; it stays usable when another thread closes the descriptor.
struct Live {
  std::shared_ptr<Socket> socket;
  std::shared_ptr<Shadow> shadow;
  int millrace = -1;
  int kernel = -1;  ///< see Socket
  bool listens = false;
};

/// Under the table's lock.
[[nodiscard]] Live live_of(const std::shared_ptr<Socket>& socket);

class DescriptorTable {
 public:
  using Lock = std::unique_lock<std::mutex>;

  /// False when nothing is known of the descriptor.
  [[nodiscard]] static bool has(int fd) noexcept {
    return fd >= 0 && fd < kMarks && mark(fd).load(std::memory_order_acquire);
  }
  [[nodiscard]] Owner find(int fd, Live& live);

  [[nodiscard]] Lock lock() { return Lock{mutex_}; }
  // The same across a fork.
  void lock_for_fork() { mutex_.lock(); }
  void unlock_after_fork() { mutex_.unlock(); }
  // The rest is called under the lock.

  /// nullptr: nothing known.
  [[nodiscard]] std::shared_ptr<Socket> at(int fd) const;
  /// Descriptors beyond 2^20 stay unknown.
  void add(int fd, std::shared_ptr<Socket> socket);
  /// Forgets one descriptor; the socket if it was the last one, else nullptr.
  std::shared_ptr<Socket> remove(int fd);
  /// Forgets a socket with all its descriptors: from now on the kernel's alone.
  void forget(const Socket& socket);
  /// Every descriptor from `first` to `last`.
  [[nodiscard]] std::vector<int> between(unsigned first, unsigned last) const;

  /// False in a child that shares the parent's memory (vfork), and must change nothing here.
  [[nodiscard]] bool ours() const noexcept { return ::getpid() == owner_; }
  /// In the child of a fork, with the lock held since before it.
  void forked();

 private:
  static constexpr int kMarks = 1 << 20;

  [[nodiscard]] static std::atomic_ref<bool> mark(int fd) noexcept {
    return std::atomic_ref{marks_[static_cast<std::size_t>(fd)]};
  }

  /// Static, and zero from the start: pages that nobody needs cost nothing.
  inline static std::array<bool, kMarks> marks_{};
  std::mutex mutex_;
  std::unordered_map<int, std::shared_ptr<Socket>> sockets_;
  pid_t owner_ = ::getpid();
};

/// The process's. Lives until the process ends.
[[nodiscard]] DescriptorTable& table() noexcept;

}  // namespace millrace::run
