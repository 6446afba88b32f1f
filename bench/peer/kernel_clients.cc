#include "kernel_clients.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace millrace::bench {
KernelClients::KernelClients(compare::Target proxy, PeerMode mode, std::size_t at_once)
    : proxy_{std::move(proxy)}, mode_{mode}, epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (epoll_ < 0) throw std::runtime_error("epoll_create1");
  for (std::size_t i = 0; i < at_once; ++i) open();
}

KernelClients::~KernelClients() { ::close(epoll_); }

void KernelClients::open() {
  const int fd = compare::start_connect(proxy_);
  const auto index = static_cast<std::size_t>(fd);
  if (clients_.size() <= index) clients_.resize(index + 1);
  clients_[index] = {};
  epoll_event event{};
  // Bulk is taken a piece at a time, so that all connections have their turn; the others read all there is.
  event.events = mode_ == PeerMode::Bulk ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
}

void KernelClients::turn(int patience_ms) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience_ms);
  for (int i = 0; i < count; ++i) on_ready(events[static_cast<std::size_t>(i)].data.fd);
}

void KernelClients::ask(int fd) {
  Client& client = clients_[static_cast<std::size_t>(fd)];
  client.answered = 0;
  client.asked = ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kRequest.size());
}

void KernelClients::on_ready(int fd) {
  if (mode_ != PeerMode::Bulk && !clients_[static_cast<std::size_t>(fd)].asked) {
    ask(fd);
    return;
  }
  while (take_in(fd) && mode_ != PeerMode::Bulk) {
  }
}

/// Reads once; whether there may be more.
bool KernelClients::take_in(int fd) {
  static std::array<std::byte, 65'536> text;
  // The text of bulk is dropped where it is: a client that copied it would be slower than the proxy.
  const ssize_t got = ::recv(fd, text.data(), text.size(), mode_ == PeerMode::Bulk ? MSG_TRUNC : 0);
  Client& client = clients_[static_cast<std::size_t>(fd)];
  if (got < 0 && errno == EAGAIN) return false;
  if (got <= 0) {
    const bool whole = got == 0 && mode_ == PeerMode::Short && client.answered == kRequest.size();
    end(fd, whole ? finished_ : failed_);
    return false;
  }
  bytes_ += static_cast<std::uint64_t>(got);
  client.answered += static_cast<std::size_t>(got);
  if (mode_ == PeerMode::Kept && client.answered == kRequest.size()) {
    ++finished_;
    ask(fd);
    return false;
  }
  return true;
}

void KernelClients::end(int fd, std::uint64_t& how) {
  ++how;
  ::close(fd);
  open();
}

}  // namespace millrace::bench
