#include "kernel_servers.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace millrace::bench {
namespace {

constexpr int kBacklog = 4096;

int listen_on(const std::string& address, std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &local.sin_addr) != 1 ||
      ::bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0 || ::listen(fd, kBacklog) != 0)
    throw std::runtime_error(fmt::format("listen on {}:{}: {}", address, port, std::strerror(errno)));
  return fd;
}

}  // namespace

KernelServers::KernelServers(const std::string& address, std::uint16_t first_port, std::uint16_t count, PeerMode mode)
    : mode_{mode}, epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (epoll_ < 0) throw std::runtime_error("epoll_create1");
  for (std::uint16_t i = 0; i < count; ++i)
    watch(listen_on(address, static_cast<std::uint16_t>(first_port + i)), EPOLLIN, true);
}

KernelServers::~KernelServers() { ::close(epoll_); }

void KernelServers::watch(int fd, std::uint32_t events, bool listens) {
  const auto index = static_cast<std::size_t>(fd);
  if (descriptors_.size() <= index) descriptors_.resize(index + 1);
  descriptors_[index] = {.listens = listens};
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
}

void KernelServers::turn(int patience_ms) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience_ms);
  for (int i = 0; i < count; ++i) {
    const int fd = events[static_cast<std::size_t>(i)].data.fd;
    if (descriptors_[static_cast<std::size_t>(fd)].listens)
      accept(fd);
    else if (mode_ == PeerMode::Bulk)
      pour(fd);
    else
      answer(fd);
  }
}

void KernelServers::accept(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(fd, mode_ == PeerMode::Bulk ? EPOLLOUT : EPOLLIN, false);
}

void KernelServers::answer(int fd) {
  std::array<std::byte, kRequest.size()> text;
  std::size_t& asked = descriptors_[static_cast<std::size_t>(fd)].asked;
  const ssize_t got = ::recv(fd, text.data(), text.size() - asked, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got > 0) asked += static_cast<std::size_t>(got);
  if (got > 0 && asked < kRequest.size()) return;
  asked = 0;
  if (got > 0) (void)::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
  if (got <= 0 || mode_ == PeerMode::Short) ::close(fd);
}

void KernelServers::pour(int fd) {
  static constexpr std::array<std::byte, 65'536> kStream{};
  if (::send(fd, kStream.data(), kStream.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) ::close(fd);
}

}  // namespace millrace::bench
