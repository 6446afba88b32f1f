// linux-sender: what millrace-echo serves as `chargen`, `http` and `discard`, by Linux's sockets, so that both can be
// compared.
//
//     linux-sender 9001:chargen:cubic 9002:10000:reno      PORT:SERVICE:CONGESTION CONTROL
//
// SERVICE is chargen, discard, or the size of the body of http's answers.
//
// One thread and epoll. Bytes on the wire are the same as millrace-echo's. Options are Linux's defaults, save for the
// congestion control and TCP_NODELAY, which Millrace has from the start.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void fail(std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

/// The lines of RFC 864, one period of them.
std::string chargen_period() {
  std::string period;
  for (int line = 0; line < 95; ++line) {
    for (int i = 0; i < 72; ++i) period += static_cast<char>(' ' + (line + i) % 95);
    period += "\r\n";
  }
  return period;
}

std::string answer_with_body(std::size_t size) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n"
      "Connection: keep-alive\r\n\r\n{}",
      size, std::string(size, 'x'));
}

struct Listener {
  int fd = -1;
  bool endless = false;  ///< `text` again and again, from the start; else once for each request
  bool silent = false;   ///< no answer to anything
  std::string text;
};

struct Connection {
  int fd = -1;
  const Listener* listener = nullptr;
  std::size_t position = 0;  ///< of the next byte in the listener's text
  bool sending = false;
  std::string request;
};

/// False when the connection is over.
bool send_more(Connection& connection) {
  const std::string& text = connection.listener->text;
  while (connection.sending) {
    const ssize_t sent =
        ::send(connection.fd, text.data() + connection.position, text.size() - connection.position, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    connection.position += static_cast<std::size_t>(sent);
    if (connection.position < text.size()) continue;
    connection.position = 0;
    connection.sending = connection.listener->endless;
  }
  return true;
}

/// False when the connection is over.
bool read_requests(Connection& connection) {
  static char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::recv(connection.fd, buffer, sizeof buffer, 0);
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    if (connection.listener->silent) continue;
    connection.request.append(buffer, static_cast<std::size_t>(got));
    const std::size_t end = connection.request.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    connection.request.erase(0, end + 4);
    connection.sending = true;
  }
}

void set_option(int fd, int level, int name, int value) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) fail("setsockopt");
}

int listen_on(std::uint16_t port, const std::string& control) {
  const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // accepted sockets inherit it, and the congestion control
  if (::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, control.data(), static_cast<socklen_t>(control.size())) != 0)
    fail(fmt::format("congestion control {}", control));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(fmt::format("port {}", port));
  if (::listen(fd, 1024) != 0) fail("listen");
  return fd;
}

Listener make_listener(const std::string& word) {
  const std::size_t first = word.find(':'), second = word.rfind(':');
  if (first == second) throw std::runtime_error(fmt::format("'{}': PORT:SERVICE:CONGESTION CONTROL", word));
  const std::string service = word.substr(first + 1, second - first - 1);
  Listener listener;
  listener.endless = service == "chargen";
  listener.silent = service == "discard";
  if (listener.endless) listener.text = chargen_period();
  if (!listener.endless && !listener.silent) listener.text = answer_with_body(std::stoul(service));
  listener.fd = listen_on(static_cast<std::uint16_t>(std::stoul(word)), word.substr(second + 1));
  return listener;
}

class Server {
 public:
  explicit Server(const std::vector<std::string>& words) {
    for (const std::string& word : words) listeners_.push_back(make_listener(word));
    for (Listener& listener : listeners_) watch(listener.fd, EPOLLIN, &listener);
  }

  [[noreturn]] void run() {
    epoll_event events[64];
    while (true) {
      const int count = ::epoll_wait(epoll_, events, 64, -1);
      for (int i = 0; i < count; ++i) handle(events[i]);
    }
  }

 private:
  void watch(int fd, std::uint32_t wanted, void* object) const {
    epoll_event event{};
    event.events = wanted;
    event.data.ptr = object;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  void handle(const epoll_event& event) {
    for (const Listener& listener : listeners_)
      if (event.data.ptr == &listener) return accept_all(listener);
    const std::unique_ptr<Connection> over{serve(static_cast<Connection*>(event.data.ptr))};
    if (over) ::close(over->fd);
  }

  void accept_all(const Listener& listener) const {
    for (int fd; (fd = ::accept4(listener.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      auto connection = std::make_unique<Connection>();
      connection->fd = fd;
      connection->listener = &listener;
      connection->sending = listener.endless;
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, connection.release());
    }
  }

  /// The connection when it is over, else nothing.
  static Connection* serve(Connection* connection) {
    return read_requests(*connection) && send_more(*connection) ? nullptr : connection;
  }

  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<Listener> listeners_;
};

}  // namespace

int main(int argc, char** argv) {
  prctl(PR_SET_TIMERSLACK, 1);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    Server server{{argv + 1, argv + argc}};
    fmt::print("ready: {} listeners\n", argc - 1);
    std::fflush(stdout);
    server.run();
  } catch (const std::exception& failure) {
    fmt::print(stderr, "linux-sender: {}\n", failure.what());
    return 1;
  }
}
