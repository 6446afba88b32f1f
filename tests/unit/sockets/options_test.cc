// getsockopt and setsockopt: values, bounds, lengths, and what is told to the connection.
#include "option_bed.h"

namespace millrace::sockets {
namespace {

struct Row {
  int level, name;
  int usual;       ///< before anything is set
  int set, get;    ///< what comes back after it was set
  int refused[2];  ///< values that answer EINVAL; -7: none
};

constexpr int kNone = -7;

class SocketOptions : public OptionBed {};

TEST_F(SocketOptions, ValuesComeBackAsLinuxKeepsThem) {
  constexpr Row kRows[] = {
      {SOL_SOCKET, SO_REUSEADDR, 0, 5, 1, {kNone, kNone}},
      {SOL_SOCKET, SO_REUSEPORT, 0, 5, 1, {kNone, kNone}},
      {SOL_SOCKET, SO_KEEPALIVE, 0, 1, 1, {kNone, kNone}},
      {SOL_SOCKET, SO_OOBINLINE, 0, 1, 1, {kNone, kNone}},
      {SOL_SOCKET, SO_RCVBUF, 131072, 50000, 100000, {kNone, kNone}},
      {SOL_SOCKET, SO_SNDBUF, 262144, 50000, 100000, {kNone, kNone}},
      {SOL_SOCKET, SO_RCVBUF, 100000, 1, 2304, {kNone, kNone}},
      {SOL_SOCKET, SO_SNDBUF, 100000, -5, 4608, {kNone, kNone}},
      {SOL_SOCKET, SO_RCVBUF, 2304, INT32_MAX, 16777216, {kNone, kNone}},
      {SOL_SOCKET, SO_RCVLOWAT, 1, 0, 1, {kNone, kNone}},
      {SOL_SOCKET, SO_RCVLOWAT, 1, -1, INT32_MAX, {kNone, kNone}},
      {IPPROTO_TCP, TCP_NODELAY, 0, 2, 1, {kNone, kNone}},
      {IPPROTO_TCP, TCP_CORK, 0, 1, 1, {kNone, kNone}},
      {IPPROTO_TCP, TCP_MAXSEG, 536, 1000, 1000, {87, 32768}},
      {IPPROTO_TCP, TCP_KEEPIDLE, 7200, 10, 10, {0, 32768}},
      {IPPROTO_TCP, TCP_KEEPINTVL, 75, 5, 5, {0, 32768}},
      {IPPROTO_TCP, TCP_KEEPCNT, 9, 3, 3, {0, 128}},
      {IPPROTO_TCP, TCP_USER_TIMEOUT, 0, 5000, 5000, {-1, kNone}},
      {IPPROTO_TCP, TCP_LINGER2, 60, 10, 10, {kNone, kNone}},
      {IPPROTO_TCP, TCP_LINGER2, 10, -3, -1, {kNone, kNone}},
      {IPPROTO_TCP, TCP_LINGER2, -1, 500, 120, {kNone, kNone}},
      {IPPROTO_TCP, TCP_SYNCNT, 6, 3, 3, {0, 128}},
      {IPPROTO_TCP, TCP_DEFER_ACCEPT, 0, 5, 7, {kNone, kNone}},
      {IPPROTO_TCP, TCP_QUICKACK, 1, 0, 0, {kNone, kNone}},
      {IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0, 4096, 4096, {kNone, kNone}},
      {IPPROTO_TCP, TCP_WINDOW_CLAMP, 0, 100, 1152, {kNone, kNone}},
      {IPPROTO_IP, IP_TOS, 0, 0xff, 0xfc, {kNone, kNone}},
      {IPPROTO_IP, IP_TTL, 64, 32, 32, {0, 256}},
      {IPPROTO_IP, IP_TTL, 32, -1, 64, {kNone, kNone}},
  };
  c = make(client);
  for (const Row& row : kRows) {
    SCOPED_TRACE(testing::Message() << "level " << row.level << ", option " << row.name << ", set " << row.set);
    EXPECT_EQ(option(c, row.level, row.name), row.usual);
    for (const int refused : row.refused) {
      if (refused == kNone) continue;
      EXPECT_ERRNO(set(c, row.level, row.name, refused), EINVAL);
    }
    EXPECT_EQ(set(c, row.level, row.name, row.set), 0) << strerror(errno);
    EXPECT_EQ(option(c, row.level, row.name), row.get);
  }
}

TEST_F(SocketOptions, OfIpv6Sockets) {
  c = make(client, SOCK_NONBLOCK, AF_INET6);
  EXPECT_EQ(option(c, IPPROTO_IPV6, IPV6_V6ONLY), 0);
  EXPECT_EQ(set(c, IPPROTO_IPV6, IPV6_V6ONLY, 1), 0);
  EXPECT_EQ(option(c, IPPROTO_IPV6, IPV6_V6ONLY), 1);
  EXPECT_EQ(set(c, IPPROTO_IPV6, IPV6_TCLASS, 0x20), 0);
  EXPECT_EQ(option(c, IPPROTO_IPV6, IPV6_TCLASS), 0x20);
  EXPECT_ERRNO(set(c, IPPROTO_IPV6, IPV6_TCLASS, 256), EINVAL);
  EXPECT_EQ(set(c, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9), 0);
  EXPECT_EQ(option(c, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
  EXPECT_ERRNO(set(c, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256), EINVAL);
  EXPECT_EQ(set(c, IPPROTO_IP, IP_TTL, 10), 0) << "for its IPv4 peers";
}

TEST_F(SocketOptions, FactsAreReadOnly) {
  c = make(client, SOCK_NONBLOCK, AF_INET6);
  EXPECT_EQ(option(c, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
  EXPECT_EQ(option(c, SOL_SOCKET, SO_DOMAIN), AF_INET6);
  EXPECT_EQ(option(c, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
  EXPECT_EQ(option(c, SOL_SOCKET, SO_ACCEPTCONN), 0);
  for (const int name : {SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR})
    EXPECT_ERRNO(set(c, SOL_SOCKET, name, 1), ENOPROTOOPT);
  EXPECT_ERRNO(set(c, IPPROTO_TCP, TCP_INFO, 1), ENOPROTOOPT);
  EXPECT_ERRNO(set(c, IPPROTO_IP, IP_MTU, 1), ENOPROTOOPT);
}

TEST_F(SocketOptions, UnknownOnesAreRefused) {
  c = make(client);
  int value = 0;
  socklen_t length = sizeof value;
  EXPECT_ERRNO(mr_getsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, &value, &length), ENOPROTOOPT);
  EXPECT_ERRNO(mr_getsockopt(c, IPPROTO_TCP, TCP_FASTOPEN_KEY, &value, &length), ENOPROTOOPT);
  EXPECT_ERRNO(mr_getsockopt(c, IPPROTO_IP, IP_TRANSPARENT, &value, &length), ENOPROTOOPT);
  EXPECT_ERRNO(mr_getsockopt(c, IPPROTO_IPV6, IPV6_V6ONLY, &value, &length), EOPNOTSUPP);
  EXPECT_ERRNO(mr_getsockopt(c, 12345, 1, &value, &length), EOPNOTSUPP);
  for (const int level : {int{SOL_SOCKET}, int{IPPROTO_TCP}, int{IPPROTO_IP}, int{IPPROTO_IPV6}, 12345})
    EXPECT_ERRNO(set(c, level, 9999, 1), ENOPROTOOPT);
}

TEST_F(SocketOptions, LengthsAndPointersAreChecked) {
  c = make(client);
  int value = 1;
  socklen_t length = 2;
  EXPECT_ERRNO(mr_setsockopt(c, SOL_SOCKET, SO_KEEPALIVE, &value, 3), EINVAL);
  EXPECT_ERRNO(mr_setsockopt(c, SOL_SOCKET, SO_KEEPALIVE, nullptr, sizeof value), EFAULT);
  EXPECT_ERRNO(mr_setsockopt(c, SOL_SOCKET, SO_LINGER, &value, sizeof value), EINVAL);
  EXPECT_ERRNO(mr_setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value), EINVAL);
  EXPECT_ERRNO(mr_getsockopt(c, SOL_SOCKET, SO_TYPE, &value, nullptr), EFAULT);
  EXPECT_ERRNO(mr_getsockopt(c, SOL_SOCKET, SO_TYPE, nullptr, &length), EFAULT);
  value = 0;
  EXPECT_EQ(mr_getsockopt(c, SOL_SOCKET, SO_TYPE, &value, &length), 0);
  EXPECT_EQ(length, 2u) << "as much as there is room for";
  length = static_cast<socklen_t>(-1);
  EXPECT_ERRNO(mr_getsockopt(c, SOL_SOCKET, SO_TYPE, &value, &length), EINVAL);
  const unsigned char ttl = 7;
  EXPECT_EQ(mr_setsockopt(c, IPPROTO_IP, IP_TTL, &ttl, 1), 0) << "a byte will do";
  unsigned char byte = 0;
  length = 1;
  EXPECT_EQ(mr_getsockopt(c, IPPROTO_IP, IP_TTL, &byte, &length), 0);
  EXPECT_EQ(byte, 7);
  EXPECT_ERRNO(mr_setsockopt(c, IPPROTO_IP, IP_TTL, &ttl, 0), EINVAL);
}

TEST_F(SocketOptions, Timeouts) {
  c = make(client);
  timeval time{3, 500'000};
  EXPECT_EQ(mr_setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), 0);
  time = {};
  socklen_t length = sizeof time;
  EXPECT_EQ(mr_getsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &time, &length), 0);
  EXPECT_EQ(time.tv_sec, 3);
  EXPECT_EQ(time.tv_usec, 500'000);
  EXPECT_EQ(mr_getsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &time, &length), 0);
  EXPECT_EQ(time.tv_sec, 0) << "the other one is another";
  time = {0, 1'000'000};
  EXPECT_ERRNO(mr_setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time), EDOM);
  time = {INT64_MAX, 0};
  EXPECT_EQ(mr_setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time), 0);
}

TEST_F(SocketOptions, Congestion) {
  c = make(client);
  char name[32] = {};
  socklen_t length = sizeof name;
  EXPECT_EQ(mr_getsockopt(c, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
  EXPECT_STREQ(name, "cubic") << "the stack's";
  EXPECT_EQ(length, 16u);
  EXPECT_EQ(mr_setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "reno", 4), 0);
  EXPECT_ERRNO(mr_setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "nosuch", 6), ENOENT);
  EXPECT_ERRNO(mr_setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "", 0), EINVAL);
  EXPECT_ERRNO(mr_setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "newreno", 7), ENOENT) << "Linux calls it reno";
}

/// Fields beyond what <netinet/tcp.h> knows of, as the kernel's layout has them.
struct LongInfo {
  tcp_info known;
  std::uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
};

TEST_F(SocketOptions, CongestionOfALiveConnection) {
  establish();
  const auto name_of = [](int fd) {
    char name[16] = {};
    socklen_t length = sizeof name;
    EXPECT_EQ(mr_getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length), 0);
    return std::string{name};
  };
  EXPECT_EQ(write(c, "before"), 6);
  run();
  for (const char* name : {"bbr", "reno", "dctcp", "cubic", "bbr"}) {
    EXPECT_EQ(mr_setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, name, static_cast<socklen_t>(std::strlen(name))), 0);
    EXPECT_EQ(name_of(c), name);
    EXPECT_EQ(write(c, "now"), 3);
    run();
  }
  LongInfo info{};
  socklen_t length = sizeof info;
  EXPECT_EQ(mr_getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  EXPECT_LT(info.pacing_rate, ~std::uint64_t{0}) << "BBR paces";
  EXPECT_EQ(info.max_pacing_rate, ~std::uint64_t{0});
}

TEST_F(SocketOptions, InfoTellsOfTheConnection) {
  establish();
  const std::string text(10'000, 'x');
  EXPECT_EQ(write(c, text), 10'000);
  run();
  LongInfo info{};
  socklen_t length = sizeof info;
  EXPECT_EQ(mr_getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  EXPECT_EQ(length, sizeof info);
  EXPECT_EQ(info.known.tcpi_state, TCP_ESTABLISHED);
  EXPECT_EQ(info.bytes_acked, 10'000u);
  EXPECT_EQ(info.known.tcpi_pmtu, 1500u);
  EXPECT_EQ(info.known.tcpi_unacked, 0u);
  EXPECT_GT(info.known.tcpi_snd_cwnd, 1u);
  EXPECT_EQ(info.known.tcpi_options & TCPI_OPT_TIMESTAMPS, TCPI_OPT_TIMESTAMPS);
  EXPECT_EQ(static_cast<int>(info.known.tcpi_snd_mss), option(c, IPPROTO_TCP, TCP_MAXSEG));
  EXPECT_EQ(option(c, IPPROTO_IP, IP_MTU), 1500);
  EXPECT_EQ(mr_getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  EXPECT_EQ(info.bytes_received, 10'000u);
  EXPECT_EQ(mr_getsockopt(l, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  EXPECT_EQ(info.known.tcpi_state, TCP_LISTEN);
  length = 1;
  EXPECT_EQ(mr_getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  EXPECT_EQ(length, 1u) << "as programs ask that want the state only";
  int value = 0;
  length = sizeof value;
  EXPECT_ERRNO(mr_getsockopt(make(client), IPPROTO_IP, IP_MTU, &value, &length), ENOTCONN);
}

TEST_F(SocketOptions, AcceptedSocketsInherit) {
  l = listening();
  EXPECT_EQ(set(l, IPPROTO_TCP, TCP_NODELAY, 1), 0);
  EXPECT_EQ(set(l, IPPROTO_TCP, TCP_KEEPIDLE, 11), 0);
  c = make(client);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  s = mr_accept(l, nullptr, nullptr);
  EXPECT_EQ(option(s, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(s, IPPROTO_TCP, TCP_KEEPIDLE), 11);
  EXPECT_EQ(option(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
}

TEST_F(SocketOptions, WhatIsSetIsOnTheWire) {
  l = listening();
  c = make(client);
  EXPECT_EQ(set(c, IPPROTO_IP, IP_TOS, 0xb8), 0);
  EXPECT_EQ(set(c, IPPROTO_IP, IP_TTL, 9), 0);
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_MAXSEG, 500), 0);
  see_frames();
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  run();
  EXPECT_EQ(write(c, std::string(2000, 'x')), 2000);
  run();
  EXPECT_GE(frames_of_client, 4);
  EXPECT_EQ(type_of_service, 0xb8);
  EXPECT_EQ(time_to_live, 9);
  EXPECT_LE(longest, 14 + 20 + 60 + 500);
}

}  // namespace
}  // namespace millrace::sockets
