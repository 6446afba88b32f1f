// Who wants to know that a socket has changed: a call that waits, a poll, an epoll item, a program's own watcher.
//
// The list is the one thing of a socket that several threads touch under a lock: they come and go while the worker
// tells them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <vector>

namespace millrace::sockets {

class Watcher {
 public:
  /// On the worker's thread, with the list locked: short, and no call upon the list. `mask` is the poll mask now, `key`
  /// the bits that something new has come for; all of them when it may be any.
  virtual void changed(std::uint32_t mask, std::uint32_t key) noexcept = 0;

 protected:
  ~Watcher() = default;
};

/// Any key: connected, closed by the peer, shut, gone.
inline constexpr std::uint32_t kEveryKey = ~std::uint32_t{0};

class WatchList {
 public:
  void add(Watcher& watcher) {
    const std::lock_guard lock{mutex_};
    watchers_.push_back(&watcher);
  }
  /// When it has returned, no call of the watcher is under way.
  void remove(Watcher& watcher) {
    const std::lock_guard lock{mutex_};
    std::erase(watchers_, &watcher);
  }
  void tell(std::uint32_t mask, std::uint32_t key) noexcept {
    const std::lock_guard lock{mutex_};
    for (Watcher* watcher : watchers_) watcher->changed(mask, key);
  }

 private:
  std::mutex mutex_;
  std::vector<Watcher*> watchers_;
};

}  // namespace millrace::sockets
