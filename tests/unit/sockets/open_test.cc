// socket, bind, listen, connect, accept and the names: what they answer in every state.
#include "bed.h"

namespace millrace::sockets {
namespace {

using Open = Bed;

TEST_F(Open, OnlyStreamsOfTheTwoFamiliesExist) {
  EXPECT_ERRNO(mr_socket(AF_UNIX, SOCK_STREAM, 0), EAFNOSUPPORT);
  EXPECT_ERRNO(mr_socket(AF_INET, SOCK_DGRAM, 0), ESOCKTNOSUPPORT);
  EXPECT_ERRNO(mr_socket(AF_INET, SOCK_STREAM, IPPROTO_UDP), EPROTONOSUPPORT);
  EXPECT_ERRNO(mr_socket(AF_INET, SOCK_STREAM, -1), EINVAL);
  EXPECT_ERRNO(mr_socket(AF_INET, SOCK_STREAM | 0x100000, 0), EINVAL);
  EXPECT_EQ(mr_close(mr_socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP)), 0);
}

TEST_F(Open, DescriptorsAreUnknownToOthers) {
  const int first = make(client), second = make(client);
  EXPECT_EQ(mr_close(first), 0);
  EXPECT_ERRNO(fcntl(second, F_GETFD), EBADF) << "the kernel's";
  for (const int fd : {-1, 0, 1, MR_FIRST_DESCRIPTOR - 1, MR_FIRST_DESCRIPTOR + 100000, INT32_MAX}) {
    EXPECT_ERRNO(mr_close(fd), EBADF);
    EXPECT_ERRNO(mr_read(fd, nullptr, 0), EBADF);
    EXPECT_ERRNO(mr_fcntl(fd, F_GETFL), EBADF);
    EXPECT_ERRNO(mr_ioctl(fd, FIONREAD, nullptr), EBADF);
    EXPECT_ERRNO(mr_listen(fd, 1), EBADF);
  }
  EXPECT_EQ(mr_close(second), 0);
  EXPECT_ERRNO(mr_close(second), EBADF);
}

TEST_F(Open, BindTellsWhatIsWrongWithAnAddress) {
  const int fd = make(client);
  const sockaddr_in good = v4(kClientAddress, 5000);
  EXPECT_ERRNO(mr_bind(fd, nullptr, sizeof good), EFAULT);
  EXPECT_ERRNO(mr_bind(fd, as_sockaddr(good), sizeof good - 1), EINVAL);
  sockaddr_in other = good;
  other.sin_family = AF_UNSPEC;
  EXPECT_ERRNO(bind(fd, other), EAFNOSUPPORT);
  EXPECT_ERRNO(bind(fd, v4(kServerAddress, 5000)), EADDRNOTAVAIL);
  EXPECT_ERRNO(bind(fd, v4(0xe0000001, 5000)), EADDRNOTAVAIL);
  EXPECT_EQ(bind(fd, good), 0);
  EXPECT_ERRNO(bind(fd, v4(kClientAddress, 5001)), EINVAL);
  EXPECT_EQ(port_of(fd), 5000);
  const int old = make(client);
  sockaddr_in any = v4(0, 5002);
  any.sin_family = AF_UNSPEC;
  EXPECT_EQ(bind(old, any), 0) << "as old programs do";
  const int six = make(client, SOCK_NONBLOCK, AF_INET6);
  EXPECT_ERRNO(bind(six, v4(kClientAddress, 5003)), EINVAL) << "too short";
  sockaddr_in6 group = v6(0, 5003);
  group.sin6_addr.s6_addr[0] = 0xff;
  EXPECT_ERRNO(bind(six, group), EINVAL);
}

TEST_F(Open, PortsAreSharedByTheRulesOfReuse) {
  const int first = make(server), second = make(server);
  EXPECT_EQ(bind(first, v4(0, kPort)), 0);
  EXPECT_ERRNO(bind(second, v4(kServerAddress, kPort)), EADDRINUSE);
  EXPECT_EQ(set(first, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  EXPECT_ERRNO(bind(second, v4(kServerAddress, kPort)), EADDRINUSE) << "both must have it";
  EXPECT_EQ(set(second, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  EXPECT_EQ(bind(second, v4(0, kPort)), 0);
  EXPECT_EQ(mr_listen(first, 1), 0);
  EXPECT_ERRNO(mr_listen(second, 1), EADDRINUSE);
  EXPECT_EQ(mr_close(first), 0);
  EXPECT_EQ(mr_listen(second, 1), 0);
}

TEST_F(Open, ConnectionsOfAListenerHoldItsPortUnlessItMayBeReused) {
  for (const int reuse : {0, 1}) {
    const int listener = make(server);
    EXPECT_EQ(set(listener, SOL_SOCKET, SO_REUSEADDR, reuse), 0);
    EXPECT_EQ(bind(listener, v4(0, static_cast<std::uint16_t>(kPort + reuse))), 0);
    EXPECT_EQ(mr_listen(listener, 1), 0);
    const int one = make(client);
    EXPECT_ERRNO(connect(one, static_cast<std::uint16_t>(kPort + reuse)), EINPROGRESS);
    run();
    const int accepted = mr_accept(listener, nullptr, nullptr);
    ASSERT_GE(accepted, 0);
    EXPECT_EQ(mr_close(listener), 0);
    const int next = make(server);
    EXPECT_EQ(set(next, SOL_SOCKET, SO_REUSEADDR, reuse), 0);
    const sockaddr_in same = v4(0, static_cast<std::uint16_t>(kPort + reuse));
    if (reuse == 0) {
      EXPECT_ERRNO(bind(next, same), EADDRINUSE);
      EXPECT_EQ(mr_close(accepted), 0);
    }
    EXPECT_EQ(bind(next, same), 0);
  }
}

TEST_F(Open, ReusePortSharesOutConnections) {
  const int first = make(server), second = make(server);
  for (const int fd : {first, second}) {
    EXPECT_EQ(set(fd, SOL_SOCKET, SO_REUSEPORT, 1), 0);
    EXPECT_EQ(bind(fd, v4(0, kPort)), 0);
    EXPECT_EQ(mr_listen(fd, 16), 0);
  }
  for (int i = 0; i < 6; ++i) EXPECT_ERRNO(connect(make(client)), EINPROGRESS);
  run();
  int accepted[2] = {};
  for (const int which : {0, 1})
    while (mr_accept(which == 0 ? first : second, nullptr, nullptr) >= 0) ++accepted[which];
  EXPECT_EQ(accepted[0], 3);
  EXPECT_EQ(accepted[1], 3);
  EXPECT_EQ(mr_close(first), 0);
  EXPECT_ERRNO(connect(make(client)), EINPROGRESS);
  run();
  EXPECT_GE(mr_accept(second, nullptr, nullptr), 0) << "the group lives on";
}

TEST_F(Open, ListenWithoutBindTakesAPort) {
  const int fd = make(server);
  EXPECT_EQ(port_of(fd), 0);
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
  EXPECT_EQ(mr_listen(fd, 1), 0);
  EXPECT_EQ(mr_listen(fd, 5), 0) << "once more changes the backlog";
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
  EXPECT_GE(port_of(fd), 32768);
  EXPECT_ERRNO(connect(fd, kPort), EISCONN);
  const int other = make(client);
  EXPECT_ERRNO(connect(other, port_of(fd)), EINPROGRESS);
  run();
  EXPECT_EQ(connect(other, port_of(fd)), 0);
}

TEST_F(Open, ConnectTellsHowItGoes) {
  l = listening();
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  EXPECT_ERRNO(connect(c), EALREADY);
  EXPECT_ERRNO(mr_listen(c, 1), EINVAL);
  EXPECT_ERRNO(bind(c, v4(0, 1)), EINVAL);
  EXPECT_EQ(poll(c), 0);
  EXPECT_EQ(read(c), "errno EAGAIN");
  EXPECT_ERRNO(write(c, "x"), EAGAIN);
  run();
  EXPECT_EQ(poll(c), POLLOUT | POLLWRNORM);
  EXPECT_EQ(error_of(c), 0);
  EXPECT_EQ(connect(c), 0);
  EXPECT_ERRNO(connect(c), EISCONN);
  EXPECT_ERRNO(mr_listen(c, 1), EINVAL);
}

TEST_F(Open, ARefusedConnectTellsItOnceAndMayBeTriedAgain) {
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_EQ(poll(c), POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP | POLLRDNORM | POLLWRNORM);
  EXPECT_EQ(error_of(c), ECONNREFUSED);
  EXPECT_EQ(error_of(c), 0);
  EXPECT_ERRNO(connect(c), ECONNABORTED) << "the error was told already";
  l = listening();
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_EQ(connect(c), 0);
}

TEST_F(Open, ConnectItselfTellsOfARefusal) {
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_ERRNO(connect(c), ECONNREFUSED);
  EXPECT_EQ(poll(c), POLLOUT | POLLWRNORM | POLLHUP);
  const int d = make(client);
  EXPECT_ERRNO(connect(d), EINPROGRESS);
  run();
  EXPECT_EQ(read(d), "errno ECONNREFUSED");
  EXPECT_EQ(read(d), "");
  EXPECT_ERRNO(write(d, "x"), EPIPE);
}

TEST_F(Open, NobodyAnswers) {
  pair.lose = [](const auto&) { return true; };
  c = make(client);
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_SYNCNT, 2), 0);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run(minutes{5});
  EXPECT_EQ(error_of(c), ETIMEDOUT);
}

TEST_F(Open, AddressesThatNobodyCanHave) {
  c = make(client);
  const sockaddr_in good = v4(kServerAddress, kPort);
  EXPECT_ERRNO(mr_connect(c, nullptr, sizeof good), EFAULT);
  EXPECT_ERRNO(mr_connect(c, as_sockaddr(good), 1), EINVAL);
  EXPECT_ERRNO(mr_connect(c, as_sockaddr(good), sizeof good - 1), EINVAL);
  EXPECT_ERRNO(connect(c, v6(2, kPort)), EAFNOSUPPORT);
  EXPECT_ERRNO(connect(c, v4(0xc0000201, kPort)), ENETUNREACH) << "no route";
  EXPECT_ERRNO(connect(c, v4(0xe0000001, kPort)), ENETUNREACH);
  EXPECT_ERRNO(connect(c, v4(kServerAddress, 0)), ECONNREFUSED);
}

TEST_F(Open, ABoundSocketConnectsFromItsPortAndKeepsItAfterAFailure) {
  c = make(client);
  EXPECT_EQ(bind(c, v4(kClientAddress, 6000)), 0);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_ERRNO(connect(c), ECONNREFUSED);
  EXPECT_EQ(port_of(c), 6000);
  l = listening();
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  sockaddr_in peer{};
  socklen_t length = sizeof peer;
  s = mr_accept(l, reinterpret_cast<sockaddr*>(&peer), &length);
  ASSERT_GE(s, 0);
  EXPECT_EQ(length, sizeof peer);
  EXPECT_EQ(ntohs(peer.sin_port), 6000);
  EXPECT_EQ(ntohl(peer.sin_addr.s_addr), kClientAddress);
  const int twin = make(client);
  EXPECT_EQ(set(c, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  EXPECT_EQ(set(twin, SOL_SOCKET, SO_REUSEADDR, 1), 0);
  EXPECT_EQ(bind(twin, v4(kClientAddress, 6000)), 0);
  EXPECT_ERRNO(connect(twin), EADDRNOTAVAIL) << "the same four numbers";
}

TEST_F(Open, NamesOfBothEnds) {
  sockaddr_in name{};
  socklen_t length = sizeof name;
  c = make(client);
  EXPECT_EQ(mr_getsockname(c, reinterpret_cast<sockaddr*>(&name), &length), 0);
  EXPECT_EQ(name.sin_addr.s_addr, 0u);
  EXPECT_ERRNO(mr_getpeername(c, reinterpret_cast<sockaddr*>(&name), &length), ENOTCONN);
  EXPECT_EQ(mr_close(c), 0);
  establish();
  EXPECT_EQ(mr_getpeername(c, reinterpret_cast<sockaddr*>(&name), &length), 0);
  EXPECT_EQ(ntohl(name.sin_addr.s_addr), kServerAddress);
  EXPECT_EQ(ntohs(name.sin_port), kPort);
  EXPECT_EQ(mr_getsockname(s, reinterpret_cast<sockaddr*>(&name), &length), 0);
  EXPECT_EQ(ntohl(name.sin_addr.s_addr), kServerAddress);
  EXPECT_EQ(mr_getsockname(c, reinterpret_cast<sockaddr*>(&name), &length), 0);
  EXPECT_EQ(ntohl(name.sin_addr.s_addr), kClientAddress);
  length = 4;
  EXPECT_EQ(mr_getsockname(c, reinterpret_cast<sockaddr*>(&name), &length), 0);
  EXPECT_EQ(length, sizeof name) << "the length that there is";
  length = static_cast<socklen_t>(-1);
  EXPECT_ERRNO(mr_getsockname(c, reinterpret_cast<sockaddr*>(&name), &length), EINVAL);
  EXPECT_ERRNO(mr_getsockname(c, nullptr, &length), EFAULT);
  EXPECT_ERRNO(mr_getsockname(c, reinterpret_cast<sockaddr*>(&name), nullptr), EFAULT);
}

TEST_F(Open, AcceptSaysWhenItCannot) {
  c = make(client);
  EXPECT_ERRNO(mr_accept(c, nullptr, nullptr), EINVAL);
  l = listening();
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EAGAIN);
  EXPECT_ERRNO(mr_accept4(l, nullptr, nullptr, 1), EINVAL);
  EXPECT_EQ(read(l), "errno ENOTCONN");
  EXPECT_ERRNO(write(l, "x"), EPIPE);
  EXPECT_EQ(mr_close(c), 0);
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  s = mr_accept4(l, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  EXPECT_EQ(mr_fcntl(s, F_GETFL), O_RDWR | O_NONBLOCK);
  EXPECT_EQ(mr_fcntl(s, F_GETFD), FD_CLOEXEC);
}

TEST_F(Open, TheBacklogHoldsOneMoreThanItSays) {
  l = listening(kPort, 1);
  int fds[3];
  for (int& fd : fds) {
    fd = make(client);
    EXPECT_ERRNO(connect(fd), EINPROGRESS);
  }
  run(milliseconds{100});
  EXPECT_GE(mr_accept(l, nullptr, nullptr), 0);
  EXPECT_GE(mr_accept(l, nullptr, nullptr), 0);
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EAGAIN);
  run(seconds{10});
  EXPECT_GE(mr_accept(l, nullptr, nullptr), 0) << "its peer tried again";
}

TEST_F(Open, ClosingAListenerResetsWhatNobodyAccepted) {
  l = listening();
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_EQ(connect(c), 0);
  EXPECT_EQ(mr_close(l), 0);
  run();
  EXPECT_EQ(read(c), "errno ECONNRESET");
  const int late = make(client);
  EXPECT_ERRNO(connect(late), EINPROGRESS);
  run();
  EXPECT_ERRNO(connect(late), ECONNREFUSED);
}

/// What A's queue held leaves the count of the port, which B goes on to share.
TEST_F(Open, ClosingOneOfTwoListenersOnAPortLeavesRoomForTheOther) {
  const int a = make(server), b = make(server);
  for (const int fd : {a, b}) {
    EXPECT_EQ(set(fd, SOL_SOCKET, SO_REUSEPORT, 1), 0);
    EXPECT_EQ(bind(fd, v4(0, kPort)), 0);
    EXPECT_EQ(mr_listen(fd, 1), 0);
  }
  int fds[8];
  for (int& fd : fds) {
    fd = make(client);
    EXPECT_ERRNO(connect(fd), EINPROGRESS);
  }
  run(seconds{1});
  EXPECT_EQ(mr_close(a), 0);
  run(seconds{1});
  for (const int fd : fds) EXPECT_EQ(mr_close(fd), 0);
  run(seconds{10});
  while (mr_accept(b, nullptr, nullptr) >= 0) run();
  for (int round = 0; round < 3; ++round) {
    const int late = make(client);
    EXPECT_ERRNO(connect(late), EINPROGRESS);
    run(milliseconds{100});
    EXPECT_EQ(connect(late), 0) << "the listener that is left takes it at once";
    EXPECT_GE(mr_accept(b, nullptr, nullptr), 0);
    run();
  }
}

TEST_F(Open, ANumberThatWasClosedIsNotTheNextOnes) {
  const int old = make(client);
  EXPECT_EQ(mr_close(old), 0);
  const int next = make(client);
  EXPECT_NE(next, old);
  EXPECT_ERRNO(mr_close(old), EBADF);
  EXPECT_EQ(mr_close(next), 0);
}

TEST_F(Open, AConnectionThatWasResetIsStillAccepted) {
  l = listening();
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  reset_by(c);
  s = mr_accept(l, nullptr, nullptr);
  ASSERT_GE(s, 0);
  EXPECT_EQ(read(s), "errno ECONNRESET");
}

TEST_F(Open, DeferredConnectionsComeWithTheirData) {
  l = listening();
  EXPECT_EQ(set(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5), 0);
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EAGAIN);
  EXPECT_EQ(write(c, "hello"), 5);
  run();
  s = mr_accept4(l, nullptr, nullptr, SOCK_NONBLOCK);
  ASSERT_GE(s, 0);
  EXPECT_EQ(read(s), "hello");
  const int brief = make(client);
  EXPECT_ERRNO(connect(brief), EINPROGRESS);
  run();
  reset_by(brief);
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EAGAIN) << "who has gone without a word is not told of";
  const int silent = make(client);
  EXPECT_ERRNO(connect(silent), EINPROGRESS);
  run(seconds{5});
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EAGAIN);
  run(seconds{5});
  EXPECT_GE(mr_accept(l, nullptr, nullptr), 0) << "the time is over";
}

TEST_F(Open, ConnectToUnspecifiedDissolves) {
  establish();
  sockaddr none{};
  none.sa_family = AF_UNSPEC;
  EXPECT_EQ(mr_connect(c, &none, sizeof none), 0);
  run();
  EXPECT_EQ(read(s), "errno ECONNRESET");
  EXPECT_EQ(port_of(c), 0);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_EQ(connect(c), 0);
}

TEST_F(Open, Ipv6AndMappedAddresses) {
  l = make(server, SOCK_NONBLOCK, AF_INET6);
  EXPECT_EQ(bind(l, v6(0, kPort)), 0);
  EXPECT_EQ(mr_listen(l, 4), 0);
  const int six = make(client, SOCK_NONBLOCK, AF_INET6), four = make(client);
  EXPECT_ERRNO(connect(six, v6(2, kPort)), EINPROGRESS);
  run();
  EXPECT_ERRNO(connect(four), EINPROGRESS);
  run();
  sockaddr_in6 peer{};
  socklen_t length = sizeof peer;
  ASSERT_GE(mr_accept(l, reinterpret_cast<sockaddr*>(&peer), &length), 0);
  EXPECT_EQ(peer.sin6_family, AF_INET6);
  const sockaddr_in6 first = v6(1, 0);
  EXPECT_EQ(std::memcmp(&peer.sin6_addr, &first.sin6_addr, 16), 0);
  ASSERT_GE(mr_accept(l, reinterpret_cast<sockaddr*>(&peer), &length), 0);
  EXPECT_TRUE(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));

  const int only = make(server, SOCK_NONBLOCK, AF_INET6);
  EXPECT_EQ(set(only, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
  EXPECT_EQ(bind(only, v6(0, kPort + 1)), 0);
  EXPECT_ERRNO(set(only, IPPROTO_IPV6, IPV6_V6ONLY, 0), EINVAL);
  const int beside = make(server);
  EXPECT_EQ(bind(beside, v4(0, kPort + 1)), 0);
  sockaddr_in6 mapped = v6(0, kPort);
  mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
  mapped.sin6_addr.s6_addr[12] = 10;
  mapped.sin6_addr.s6_addr[15] = 2;
  const int through = make(client, SOCK_NONBLOCK, AF_INET6);
  EXPECT_ERRNO(connect(through, mapped), EINPROGRESS);
  run();
  EXPECT_EQ(connect(through, mapped), 0);
  const int pure = make(client, SOCK_NONBLOCK, AF_INET6);
  EXPECT_EQ(set(pure, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
  EXPECT_ERRNO(connect(pure, mapped), ENETUNREACH);
}

TEST_F(Open, WithoutAStackThereAreNoSockets) {
  mr_use(nullptr);
  Sockets idle;
  mr_use(idle.handle());
  EXPECT_ERRNO(mr_socket(AF_INET, SOCK_STREAM, 0), ENETDOWN) << "it is driven by nobody yet";
  EXPECT_ERRNO(mr_epoll_create1(0), ENETDOWN);
}

TEST_F(Open, DescriptorsEndWithTheirStack) {
  int fd = -1;
  {
    Sockets third;
    api::BareStack stack{bare_settings(3), third.app()};
    third.drive(stack.shard());
    fd = make(third);
    EXPECT_EQ(mr_fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
  }
  EXPECT_ERRNO(mr_fcntl(fd, F_GETFL), EBADF);
  mr_use(nullptr);
  EXPECT_GE(mr_socket(AF_INET, SOCK_STREAM, 0), 0) << "the oldest stack's";
}

}  // namespace
}  // namespace millrace::sockets
