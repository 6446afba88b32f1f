// Echo with sockets: the calls of POSIX with "mr_" in front, one thread and an epoll, as for the kernel's sockets.
#include <millrace/millrace.h>
#include <millrace/sockets.h>
#include <millrace/sockets/stack.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "settings.h"

using namespace millrace;

namespace {

std::atomic<bool> stopping{false};

int checked(int result, const char* call) {
  if (result < 0) throw std::runtime_error(std::string{call} + ": " + std::strerror(errno));
  return result;
}

int listen_on(std::uint16_t port) {
  const int listener = checked(mr_socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), "mr_socket");
  sockaddr_in6 any{};
  any.sin6_family = AF_INET6;
  any.sin6_port = htons(port);
  checked(mr_bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof any), "mr_bind");
  checked(mr_listen(listener, 1024), "mr_listen");
  return listener;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  checked(mr_epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "mr_epoll_ctl");
}

void accept_all(int epoll, int listener) {
  for (;;) {
    const int connection = mr_accept4(listener, nullptr, nullptr, 0);
    if (connection < 0) return;
    watch(epoll, connection);
  }
}

/// Reads once and writes all of it; the socket blocks, so a peer that does not read holds everybody up: enough for an
/// example.
void echo(int connection) {
  std::array<char, 65536> bytes;
  const ssize_t got = mr_read(connection, bytes.data(), bytes.size());
  ssize_t sent = 0;
  while (sent < got) {
    const ssize_t n = mr_write(connection, bytes.data() + sent, static_cast<std::size_t>(got - sent));
    if (n <= 0) break;
    sent += n;
  }
  if (got <= 0 || sent < got) mr_close(connection);
}

}  // namespace

int main(int argc, char** argv) try {
  const api::RuntimeSettings settings = examples::settings_from(argc, argv);
  sockets::Sockets sockets{settings.workers};
  api::Runtime runtime{settings, sockets.apps()};
  sockets.drive(runtime);
  std::signal(SIGINT, [](int) { stopping = true; });
  std::signal(SIGTERM, [](int) { stopping = true; });

  const int listener = listen_on(7);
  const int epoll = checked(mr_epoll_create1(0), "mr_epoll_create1");
  watch(epoll, listener);
  std::printf("listening on port 7\n");
  std::fflush(stdout);
  std::array<epoll_event, 64> events;
  while (!stopping) {
    const int count = mr_epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 100);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener)
        accept_all(epoll, listener);
      else
        echo(fd);
    }
  }
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "echo_sockets: %s\n", failure.what());
  return 1;
}
