// TCP Fast Open by sockets: TCP_FASTOPEN, TCP_FASTOPEN_CONNECT, MSG_FASTOPEN, as tcp(7) and sendto(2) have them.
#include <netinet/tcp.h>

#include "bed.h"
#include "wire/bytes.h"
#include "wire/ethernet.h"
#include "wire/tcp_header.h"

namespace millrace::sockets {
namespace {

class SocketFastOpen : public Bed {
 protected:
  void SetUp() override {
    l = make(server);
    EXPECT_EQ(set(l, IPPROTO_TCP, TCP_FASTOPEN, 4), 0);
    EXPECT_EQ(bind(l, v4(0, kPort)), 0);
    EXPECT_EQ(mr_listen(l, 16), 0);
    pair.on_frame = [this](const BarePair::Frame& frame) { look(frame); };
  }
  /// The client has a cookie of the server's from now on.
  void earn_cookie() {
    const int first = make(client);
    EXPECT_EQ(set(first, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), 0);
    EXPECT_ERRNO(connect(first), EINPROGRESS) << "it asks for one";
    run();
    EXPECT_EQ(connect(first), 0);
    const int accepted = mr_accept4(l, nullptr, nullptr, SOCK_NONBLOCK);
    reset_by(accepted);
    EXPECT_EQ(mr_close(first), 0);
    run();
  }
  void make_deferred(int flags = SOCK_NONBLOCK) {
    c = make(client, flags);
    EXPECT_EQ(set(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), 0);
  }
  ssize_t send_fast(int fd, std::string_view text, int flags = 0) {
    const sockaddr_in to = v4(kServerAddress, kPort);
    return mr_sendto(fd, text.data(), text.size(), MSG_FASTOPEN | flags, as_sockaddr(to), sizeof to);
  }
  void accept_one() {
    s = mr_accept4(l, nullptr, nullptr, SOCK_NONBLOCK);
    ASSERT_GE(s, 0);
  }

  std::uint32_t on_syns = 0;  ///< bytes of text that went with SYNs
  std::uint32_t taken = 0;    ///< of them, those that a SYN,ACK acknowledged
  std::uint32_t requests = 0;

 private:
  void look(const BarePair::Frame& frame) {
    constexpr std::size_t kHeaders = wire::kEthernetHeader + 20;
    if (frame.size() < kHeaders || wire::load_be16(&frame[12]) != wire::kEtherTypeIpv4) return;
    const std::size_t length = wire::load_be16(&frame[wire::kEthernetHeader + 2]);
    const auto segment = std::span{frame}.subspan(kHeaders, length - 20);
    const auto tcp = wire::parse_tcp(segment);
    if (!tcp || !tcp->ctl.syn()) return;
    if (tcp->ctl.ack()) {
      taken += tcp->ack - syn_ - 1;
      return;
    }
    syn_ = tcp->seq;
    on_syns += static_cast<std::uint32_t>(segment.size() - tcp->header_length);
    if (tcp->options.has_fast_open && tcp->options.fast_open.length == 0) ++requests;
  }
  wire::SeqNum syn_;
};

TEST_F(SocketFastOpen, ConnectAnswersAndTheFirstBytesGoWithTheSyn) {
  earn_cookie();
  make_deferred();
  EXPECT_EQ(connect(c), 0);
  EXPECT_EQ(poll(c), POLLOUT | POLLWRNORM);
  EXPECT_ERRNO(connect(c), EISCONN);
  EXPECT_EQ(read(c), "errno EAGAIN");
  EXPECT_NE(port_of(c), 0);
  run();
  EXPECT_ERRNO(mr_accept4(l, nullptr, nullptr, 0), EAGAIN) << "nothing was sent";
  EXPECT_EQ(write(c, "hello"), 5);
  run();
  accept_one();
  EXPECT_EQ(read(s), "hello");
  EXPECT_EQ(write(s, "back"), 4);
  run();
  EXPECT_EQ(read(c), "back");
  EXPECT_EQ(on_syns, 5u);
  EXPECT_EQ(taken, 5u);
}

TEST_F(SocketFastOpen, WithoutACookieConnectIsOrdinary) {
  make_deferred();
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  EXPECT_ERRNO(connect(c), EALREADY);
  EXPECT_EQ(write(c, "x"), -1);
  run();
  EXPECT_EQ(connect(c), 0);
  EXPECT_EQ(write(c, "x"), 1);
  EXPECT_EQ(requests, 1u);
  EXPECT_EQ(on_syns, 0u);
}

TEST_F(SocketFastOpen, SendtoConnects) {
  c = make(client);
  EXPECT_ERRNO(send_fast(c, "early"), EINPROGRESS) << "it asks for a cookie";
  run();
  accept_one();
  EXPECT_EQ(read(s), "errno EAGAIN") << "nothing was taken";
  EXPECT_EQ(connect(c), 0);
  EXPECT_ERRNO(send_fast(c, "again"), EISCONN);
  reset_by(s);
  EXPECT_EQ(mr_close(c), 0);
  c = make(client);
  EXPECT_EQ(send_fast(c, "hello"), 5);
  run();
  accept_one();
  EXPECT_EQ(read(s), "hello");
  EXPECT_EQ(connect(c), 0);
  EXPECT_EQ(taken, 5u);
}

TEST_F(SocketFastOpen, SendmsgToo) {
  earn_cookie();
  c = make(client);
  sockaddr_in to = v4(kServerAddress, kPort);
  iovec pieces[] = {{const_cast<char*>("hel"), 3}, {const_cast<char*>("lo"), 2}};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = sizeof to;
  message.msg_iov = pieces;
  message.msg_iovlen = 2;
  EXPECT_EQ(mr_sendmsg(c, &message, MSG_FASTOPEN), 5);
  run();
  accept_one();
  EXPECT_EQ(read(s), "hello");
}

TEST_F(SocketFastOpen, ABlockingSendWaitsForTheHandshake) {
  for (const bool cookie : {false, true}) {
    c = make(client, 0);
    EXPECT_EQ(send_fast(c, "hello"), 5) << cookie;
    EXPECT_ERRNO(connect(c), EISCONN);
    run();
    accept_one();
    EXPECT_EQ(read(s), "hello");
    reset_by(s);
    EXPECT_EQ(mr_close(c), 0);
  }
  EXPECT_EQ(taken, 5u);
}

TEST_F(SocketFastOpen, ABlockingSendThatIsRefused) {
  earn_cookie();
  EXPECT_EQ(mr_close(l), 0);
  c = make(client, 0);
  EXPECT_ERRNO(send_fast(c, "hello"), ECONNREFUSED);
  EXPECT_ERRNO(send_fast(c, "hello"), ECONNREFUSED) << "by an ordinary SYN";
}

TEST_F(SocketFastOpen, WrongUse) {
  c = make(client);
  EXPECT_ERRNO(mr_send(c, "x", 1, MSG_FASTOPEN), EINVAL) << "no address";
  sockaddr_in nobody{};
  nobody.sin_family = AF_UNSPEC;
  EXPECT_ERRNO(mr_sendto(c, "x", 1, MSG_FASTOPEN, as_sockaddr(nobody), sizeof nobody), EOPNOTSUPP);
  EXPECT_ERRNO(send_fast(l, "x"), EISCONN);
}

TEST_F(SocketFastOpen, ClosedBeforeTheFirstBytes) {
  earn_cookie();
  make_deferred();
  EXPECT_EQ(connect(c), 0);
  EXPECT_EQ(mr_close(c), 0);
  run();
  EXPECT_ERRNO(mr_accept4(l, nullptr, nullptr, 0), EAGAIN);
}

TEST_F(SocketFastOpen, ShutBeforeTheFirstBytes) {
  earn_cookie();
  make_deferred();
  EXPECT_EQ(connect(c), 0);
  EXPECT_EQ(mr_shutdown(c, SHUT_WR), 0) << "as in SYN-SENT: the association is dissolved";
  run();
  EXPECT_ERRNO(mr_accept4(l, nullptr, nullptr, 0), EAGAIN);
  EXPECT_EQ(connect(c), 0);
  EXPECT_EQ(write(c, "hello"), 5);
  run();
  accept_one();
  EXPECT_EQ(read(s), "hello");
}

TEST_F(SocketFastOpen, SwitchedOffAndOnWhileListening) {
  earn_cookie();
  EXPECT_EQ(set(l, IPPROTO_TCP, TCP_FASTOPEN, 0), 0);
  c = make(client);
  EXPECT_EQ(send_fast(c, "hello"), 5);
  run();
  accept_one();
  EXPECT_EQ(read(s), "hello");
  EXPECT_EQ(on_syns, 5u);
  EXPECT_EQ(taken, 0u);
}

TEST_F(SocketFastOpen, Options) {
  c = make(client);
  EXPECT_EQ(option(c, IPPROTO_TCP, TCP_FASTOPEN), 0);
  EXPECT_EQ(option(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT), 0);
  EXPECT_EQ(option(l, IPPROTO_TCP, TCP_FASTOPEN), 4);
  EXPECT_ERRNO(set(c, IPPROTO_TCP, TCP_FASTOPEN, -1), EINVAL);
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_FASTOPEN, 100000), 0);
  EXPECT_EQ(option(c, IPPROTO_TCP, TCP_FASTOPEN), 4096);
  EXPECT_ERRNO(set(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 2), EINVAL);
  EXPECT_ERRNO(set(l, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), EINVAL);
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  EXPECT_ERRNO(set(c, IPPROTO_TCP, TCP_FASTOPEN, 5), EINVAL);
  EXPECT_ERRNO(set(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1), EINVAL);
}

}  // namespace
}  // namespace millrace::sockets
