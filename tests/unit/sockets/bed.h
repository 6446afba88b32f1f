// A pair of bare stacks with sockets on both: the client on 10.0.0.1, the server on 10.0.0.2. Calls that wait turn
// both, and time jumps from deadline to deadline.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

#include "sockets/sockets.h"
#include "sockets/stack.h"
#include "support/bare_pair.h"

namespace millrace::sockets {

constexpr std::uint16_t kPort = 80;

[[nodiscard]] inline sockaddr_in v4(std::uint32_t address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(address);
  return in;
}

[[nodiscard]] inline sockaddr_in6 v6(std::uint8_t host, std::uint16_t port) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(port);
  if (host != 0) {
    const std::uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host};
    std::memcpy(&in.sin6_addr, bytes, sizeof bytes);
  }
  return in;
}

constexpr std::uint32_t kClientAddress = 0x0a000001;
constexpr std::uint32_t kServerAddress = 0x0a000002;

template <class Address>
[[nodiscard]] const sockaddr* as_sockaddr(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// What errno a call has set; 0 when it did not fail.
template <class Call>
[[nodiscard]] int errno_after(Call call) {
  errno = 0;
  return call() == -1 ? errno : 0;
}
#define EXPECT_ERRNO(call, code) EXPECT_EQ(errno_after([&] { return (call); }), (code))

class Bed : public testing::Test {
 protected:
  Bed() {
    client.drive(pair.a.shard());
    server.drive(pair.b.shard());
    for (Sockets* sockets : {&client, &server}) mr_set_wait(sockets->handle(), wait, this);
    mr_use(client.handle());
  }
  ~Bed() override { mr_use(nullptr); }

  [[nodiscard]] int make(Sockets& on, int flags = SOCK_NONBLOCK, int domain = AF_INET) {
    mr_use(on.handle());
    const int fd = mr_socket(domain, SOCK_STREAM | flags, 0);
    EXPECT_GE(fd, MR_FIRST_DESCRIPTOR);
    return fd;
  }
  /// Bound to every address and `port`, and listening.
  [[nodiscard]] int listening(std::uint16_t port = kPort, int backlog = 16, int flags = SOCK_NONBLOCK) {
    const int fd = make(server, flags);
    EXPECT_EQ(bind(fd, v4(0, port)), 0);
    EXPECT_EQ(mr_listen(fd, backlog), 0);
    return fd;
  }
  template <class Address>
  int bind(int fd, const Address& address) {
    return mr_bind(fd, as_sockaddr(address), sizeof address);
  }
  template <class Address>
  int connect(int fd, const Address& address) {
    return mr_connect(fd, as_sockaddr(address), sizeof address);
  }
  int connect(int fd, std::uint16_t port = kPort) { return connect(fd, v4(kServerAddress, port)); }

  /// A connected pair, non-blocking on both ends: `c` of the client, `s` of the server, `l` listens.
  void establish() {
    l = listening();
    c = make(client);
    EXPECT_ERRNO(connect(c), EINPROGRESS);
    run();
    s = mr_accept4(l, nullptr, nullptr, SOCK_NONBLOCK);
    ASSERT_GE(s, 0);
    EXPECT_EQ(connect(c), 0);
  }

  /// Lets what is under way arrive.
  void run(Duration span = milliseconds{50}) { pair.run_for(span); }

  [[nodiscard]] std::string read(int fd, std::size_t most = 4096, int flags = 0) {
    std::string text(most, '\0');
    const ssize_t n = mr_recv(fd, text.data(), most, flags);
    if (n < 0) return std::string{"errno "} + strerrorname_np(errno);
    text.resize(static_cast<std::size_t>(n));
    return text;
  }
  ssize_t write(int fd, std::string_view text, int flags = 0) { return mr_send(fd, text.data(), text.size(), flags); }
  [[nodiscard]] short poll(int fd, short events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP | POLLRDNORM | POLLWRNORM) {
    pollfd entry{fd, events, 0};
    EXPECT_GE(mr_poll(&entry, 1, 0), 0);
    return entry.revents;
  }
  [[nodiscard]] int option(int fd, int level, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    EXPECT_EQ(mr_getsockopt(fd, level, name, &value, &length), 0) << strerror(errno);
    return value;
  }
  int set(int fd, int level, int name, int value) { return mr_setsockopt(fd, level, name, &value, sizeof value); }
  [[nodiscard]] int error_of(int fd) { return option(fd, SOL_SOCKET, SO_ERROR); }
  [[nodiscard]] std::uint16_t port_of(int fd) {
    sockaddr_in in{};
    socklen_t length = sizeof in;
    EXPECT_EQ(mr_getsockname(fd, reinterpret_cast<sockaddr*>(&in), &length), 0);
    return ntohs(in.sin_port);
  }
  void reset_by(int fd) {
    const linger at_once{1, 0};
    EXPECT_EQ(mr_setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    EXPECT_EQ(mr_close(fd), 0);
    run();
  }

  Sockets client, server;
  BarePair pair{client.app(), server.app()};
  int l = -1, c = -1, s = -1;
  std::function<int()> while_waiting;  ///< called whenever a call waits; its answer is the wait's

 private:
  static int wait(void* arg, std::int64_t deadline_ns) {
    Bed& bed = *static_cast<Bed*>(arg);
    if (bed.while_waiting) {
      if (const int error = bed.while_waiting(); error != 0) return error;
    }
    const Duration longest = deadline_ns == INT64_MAX ? Duration{hours{1}} : time_from_ns(deadline_ns) - bed.pair.now();
    int looks = 0;
    (void)bed.pair.run_until([&] { return looks++ > 0; }, longest);
    return 0;
  }
};

}  // namespace millrace::sockets
