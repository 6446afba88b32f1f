// An epoll instance: items that watch sockets, and a list of those that may have something to tell. Idle sockets cost
// nothing.
//
// Locks, in this order: the items' (who adds and removes, who collects), a socket's watch list, the ready list's.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "sockets/descriptor.h"
#include "sockets/waiting.h"

namespace millrace::sockets {

class Epoll final : public Descriptor {
 public:
  using Descriptor::Descriptor;
  ~Epoll() override;
  [[nodiscard]] Epoll* as_epoll() noexcept override { return this; }

  /// epoll_ctl(): 0; -EEXIST, -ENOENT, -EINVAL, -EFAULT.
  [[nodiscard]] int control(int operation, int fd, const std::shared_ptr<Socket>& socket, const epoll_event* event);
  /// The socket's descriptor was closed.
  void forget(Socket& socket);

  /// Up to `most` events that hold now; their number.
  [[nodiscard]] int collect(epoll_event* events, int most);
  /// epoll_wait() with arguments that were checked.
  [[nodiscard]] int wait(epoll_event* events, int most, int timeout_ms);

 private:
  struct Item final : Watcher {
    Item(Epoll& epoll, std::shared_ptr<Socket> socket) : epoll(epoll), socket(std::move(socket)) {}
    void changed(std::uint32_t mask, std::uint32_t key) noexcept override;

    Epoll& epoll;
    std::shared_ptr<Socket> socket;
    // Under the ready list's lock.
    epoll_event wanted{};
    bool silent = false;  ///< EPOLLONESHOT has fired
    bool ready = false;   ///< in the list
  };
  using Key = std::pair<int, Socket*>;

  [[nodiscard]] int add(Key key, const std::shared_ptr<Socket>& socket, const epoll_event& event);
  [[nodiscard]] int modify(Key key, const epoll_event& event);
  void arm(Item& item, const epoll_event& event);
  void remove(std::map<Key, std::unique_ptr<Item>>::iterator item);
  void put_ready(Item& item);

  std::mutex items_mutex_;
  std::map<Key, std::unique_ptr<Item>> items_;
  std::mutex ready_mutex_;
  std::deque<Item*> ready_;
  std::vector<Bell*> bells_;  ///< of the threads that wait
};

}  // namespace millrace::sockets
