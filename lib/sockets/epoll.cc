// ep_poll_callback() and ep_send_events() of Linux: what has changed goes to the end of the ready list; what is
// collected is looked at anew, reported if it still holds, and stays listed if it is level-triggered.
#include "sockets/epoll.h"

#include <cerrno>

#include "sockets/socket.h"

namespace millrace::sockets {
namespace {

constexpr std::uint32_t kAlways = EPOLLERR | EPOLLHUP;
constexpr std::uint32_t kModes = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;

std::uint32_t wanted_of(const epoll_event& event) noexcept { return (event.events & ~kModes) | kAlways; }

}  // namespace

void Epoll::Item::changed(std::uint32_t, std::uint32_t key) noexcept {
  const std::lock_guard lock{epoll.ready_mutex_};
  if (!silent && (key & wanted_of(wanted)) != 0) epoll.put_ready(*this);
}

Epoll::~Epoll() {
  for (auto& [key, item] : items_) item->socket->watchers.remove(*item);
}

void Epoll::put_ready(Item& item) {
  if (!item.ready) ready_.push_back(&item);
  item.ready = true;
  for (Bell* bell : bells_) bell->ring();
}

/// From now on; what holds already counts as a change.
void Epoll::arm(Item& item, const epoll_event& event) {
  const std::lock_guard lock{ready_mutex_};
  item.wanted = event;
  item.silent = false;
  if ((item.socket->mask() & wanted_of(event)) != 0) put_ready(item);
}

int Epoll::add(Key key, const std::shared_ptr<Socket>& socket, const epoll_event& event) {
  auto [place, is_new] = items_.try_emplace(key, nullptr);
  if (!is_new) return -EEXIST;
  place->second = std::make_unique<Item>(*this, socket);
  place->second->silent = true;  // until it is armed
  socket->watchers.add(*place->second);
  arm(*place->second, event);
  return 0;
}

int Epoll::modify(Key key, const epoll_event& event) {
  const auto item = items_.find(key);
  if (item == items_.end()) return -ENOENT;
  arm(*item->second, event);
  return 0;
}

void Epoll::remove(std::map<Key, std::unique_ptr<Item>>::iterator place) {
  Item& item = *place->second;
  item.socket->watchers.remove(item);
  {
    const std::lock_guard lock{ready_mutex_};
    std::erase(ready_, &item);
  }
  items_.erase(place);
}

int Epoll::control(int operation, int fd, const std::shared_ptr<Socket>& socket, const epoll_event* event) {
  if (operation != EPOLL_CTL_DEL && event == nullptr) return -EFAULT;
  const Key key{fd, socket.get()};
  const std::lock_guard lock{items_mutex_};
  switch (operation) {
    case EPOLL_CTL_ADD:
      return (event->events & EPOLLEXCLUSIVE) != 0 ? -EINVAL : add(key, socket, *event);
    case EPOLL_CTL_MOD:
      return (event->events & EPOLLEXCLUSIVE) != 0 ? -EINVAL : modify(key, *event);
    case EPOLL_CTL_DEL: {
      const auto item = items_.find(key);
      if (item == items_.end()) return -ENOENT;
      remove(item);
      return 0;
    }
    default:
      return -EINVAL;
  }
}

void Epoll::forget(Socket& socket) {
  const std::lock_guard lock{items_mutex_};
  for (auto item = items_.begin(); item != items_.end();) {
    const auto here = item++;
    if (here->first.second == &socket) remove(here);
  }
}

int Epoll::collect(epoll_event* events, int most) {
  const std::lock_guard items_lock{items_mutex_};
  const std::lock_guard lock{ready_mutex_};
  int found = 0;
  // Each at most once, though level-triggered ones go to the list's end again.
  for (std::size_t left = ready_.size(); left > 0 && found < most; --left) {
    Item& item = *ready_.front();
    ready_.pop_front();
    item.ready = false;
    const std::uint32_t holds = item.socket->mask() & wanted_of(item.wanted);
    if (item.silent || holds == 0) continue;
    events[found++] = {holds, item.wanted.data};
    if ((item.wanted.events & EPOLLONESHOT) != 0) {
      item.silent = true;
    } else if ((item.wanted.events & EPOLLET) == 0) {
      item.ready = true;
      ready_.push_back(&item);
    }
  }
  return found;
}

int Epoll::wait(epoll_event* events, int most, int timeout_ms) {
  if (const int found = collect(events, most); found > 0 || timeout_ms == 0) return found;
  Wait wait{stack(), timeout_ms < 0 ? std::nullopt : std::optional<Duration>{milliseconds{timeout_ms}}};
  {
    const std::lock_guard lock{ready_mutex_};
    bells_.push_back(&wait.bell);
  }
  int result = 0;
  for (;;) {
    result = collect(events, most);
    if (result > 0) break;
    const int error = wait.once();
    if (error != 0) {
      result = error == -ETIMEDOUT ? 0 : error;
      break;
    }
  }
  const std::lock_guard lock{ready_mutex_};
  std::erase(bells_, &wait.bell);
  return result;
}

}  // namespace millrace::sockets
