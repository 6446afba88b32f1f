// Bytes both ways, their end, and what every call answers before, at and after it.
#include <numeric>
#include <vector>

#include "bed.h"

namespace millrace::sockets {
namespace {

class Stream : public Bed {
 protected:
  void SetUp() override { establish(); }
  [[nodiscard]] static std::string pattern(std::size_t n) {
    std::string text(n, '\0');
    std::iota(text.begin(), text.end(), '\1');
    return text;
  }
};

TEST_F(Stream, BytesArriveInOrder) {
  EXPECT_EQ(read(s), "errno EAGAIN");
  EXPECT_EQ(write(c, "hello "), 6);
  EXPECT_EQ(mr_write(c, "world", 5), 5);
  run();
  EXPECT_EQ(read(s, 4), "hell");
  EXPECT_EQ(read(s), "o world");
  EXPECT_EQ(mr_send(s, "back", 4, MSG_NOSIGNAL), 4);
  run();
  char text[8];
  EXPECT_EQ(mr_read(c, text, sizeof text), 4);
}

TEST_F(Stream, PiecesOfMemory) {
  iovec out[] = {{const_cast<char*>("ab"), 2}, {nullptr, 0}, {const_cast<char*>("cdef"), 4}};
  EXPECT_EQ(mr_writev(c, out, 3), 6);
  run();
  char first[1], second[2], third[8];
  iovec in[] = {{first, 1}, {second, 2}, {nullptr, 0}, {third, 8}};
  EXPECT_EQ(mr_readv(s, in, 4), 6);
  EXPECT_EQ(first[0], 'a');
  EXPECT_EQ(std::string(second, 2), "bc");
  EXPECT_EQ(std::string(third, 3), "def");
  EXPECT_ERRNO(mr_readv(s, in, -1), EINVAL);
  EXPECT_ERRNO(mr_writev(c, out, 1025), EINVAL);
  EXPECT_ERRNO(mr_readv(s, nullptr, 1), EFAULT);
  EXPECT_EQ(mr_readv(s, in, 0), 0);
  EXPECT_EQ(mr_writev(c, nullptr, 0), 0);
  iovec huge[] = {{first, SSIZE_MAX}, {second, 1}};
  EXPECT_ERRNO(mr_readv(s, huge, 2), EINVAL);
  EXPECT_ERRNO(mr_writev(c, huge, 2), EINVAL);
}

TEST_F(Stream, Messages) {
  iovec out{const_cast<char*>("message"), 7};
  msghdr message{};
  message.msg_iov = &out;
  message.msg_iovlen = 1;
  EXPECT_EQ(mr_sendmsg(c, &message, 0), 7);
  run();
  char text[16], name[32];
  iovec in{text, sizeof text};
  message.msg_iov = &in;
  message.msg_name = name;
  message.msg_namelen = sizeof name;
  EXPECT_EQ(mr_recvmsg(s, &message, 0), 7);
  EXPECT_EQ(message.msg_namelen, 0u);
  EXPECT_EQ(message.msg_flags, 0);
  message.msg_control = name;
  message.msg_controllen = sizeof name;
  EXPECT_ERRNO(mr_sendmsg(c, &message, 0), EINVAL);
  message.msg_iovlen = 1025;
  EXPECT_ERRNO(mr_recvmsg(s, &message, 0), EMSGSIZE);
  EXPECT_ERRNO(mr_recvmsg(s, nullptr, 0), EFAULT);
  EXPECT_ERRNO(mr_sendmsg(c, nullptr, 0), EFAULT);
  EXPECT_EQ(mr_sendto(c, "to", 2, 0, as_sockaddr(v4(1, 1)), sizeof(sockaddr_in)), 2) << "the address is not looked at";
  run();
  socklen_t length = sizeof name;
  EXPECT_EQ(mr_recvfrom(s, text, sizeof text, 0, reinterpret_cast<sockaddr*>(name), &length), 2);
  EXPECT_EQ(length, 0u);
}

TEST_F(Stream, NullAndAbsurd) {
  EXPECT_ERRNO(mr_recv(s, nullptr, 1, 0), EFAULT);
  EXPECT_ERRNO(mr_send(c, nullptr, 1, 0), EFAULT);
  EXPECT_EQ(mr_read(s, nullptr, 0), 0);
  EXPECT_EQ(mr_write(c, nullptr, 0), 0);
  EXPECT_ERRNO(mr_recv(s, nullptr, 0, 0), EAGAIN);
  EXPECT_ERRNO(mr_send(c, "x", 1, MSG_FASTOPEN), EISCONN);
  EXPECT_EQ(write(c, "xy"), 2);
  run();
  char text[2];
  EXPECT_EQ(mr_recv(s, nullptr, 0, 0), 0);
  EXPECT_EQ(mr_recv(s, text, SIZE_MAX, MSG_PEEK), 2) << "no more than there is";
}

TEST_F(Stream, PeekLeavesAndTruncThrowsAway) {
  const std::string text = pattern(5000);
  EXPECT_EQ(write(c, text), 5000);
  run();
  EXPECT_EQ(read(s, 6000, MSG_PEEK), text);
  EXPECT_EQ(read(s, 10, MSG_PEEK), text.substr(0, 10));
  EXPECT_EQ(mr_recv(s, nullptr, 3000, MSG_TRUNC), 3000);
  EXPECT_EQ(read(s, 6000), text.substr(3000));
}

TEST_F(Stream, AFullSendBufferSaysSoAndGoesOn) {
  const std::string text = pattern(1'000'000);
  std::size_t sent = 0;
  for (ssize_t n = 0; n >= 0; run())
    if ((n = mr_write(c, text.data() + sent, text.size() - sent)) > 0) sent += static_cast<std::size_t>(n);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_LT(sent, text.size());
  EXPECT_EQ(poll(c) & POLLOUT, 0);
  std::string received;
  for (int i = 0; i < 1000 && received.size() < text.size(); ++i) {
    std::string more = read(s, 100'000);
    if (!more.starts_with("errno")) received += more;
    run(milliseconds{5});
    if ((poll(c) & POLLOUT) == 0 || sent == text.size()) continue;
    const ssize_t n = mr_write(c, text.data() + sent, text.size() - sent);
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  EXPECT_EQ(received, text);
}

TEST_F(Stream, TheEndComesAfterTheData) {
  EXPECT_EQ(write(c, "bye"), 3);
  EXPECT_EQ(mr_shutdown(c, SHUT_WR), 0);
  run();
  EXPECT_EQ(poll(s), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP);
  EXPECT_EQ(read(s), "bye");
  EXPECT_EQ(read(s), "");
  EXPECT_EQ(read(s), "");
  EXPECT_ERRNO(write(c, "x"), EPIPE);
  EXPECT_EQ(write(s, "still"), 5);
  run();
  EXPECT_EQ(read(c), "still");
  EXPECT_EQ(mr_shutdown(s, SHUT_WR), 0);
  run();
  EXPECT_EQ(poll(s), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP | POLLHUP);
  EXPECT_EQ(poll(c), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP | POLLHUP);
  EXPECT_EQ(read(c), "");
  EXPECT_EQ(error_of(c), 0);
  EXPECT_ERRNO(mr_shutdown(c, SHUT_RD), ENOTCONN) << "both sides are over";
}

TEST_F(Stream, ShutReadingGivesWhatIsThereThenTheEnd) {
  EXPECT_EQ(write(c, "before"), 6);
  run();
  EXPECT_EQ(mr_shutdown(s, SHUT_RD), 0);
  EXPECT_EQ(poll(s), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP);
  EXPECT_EQ(read(s), "before");
  EXPECT_EQ(read(s), "");
  EXPECT_EQ(write(c, "after"), 5) << "the peer does not learn of it";
  run();
  EXPECT_EQ(read(s), "after");
  EXPECT_EQ(write(s, "x"), 1);
}

TEST_F(Stream, DataForWhoHasShutBothDirectionsIsAnsweredByAReset) {
  EXPECT_EQ(mr_shutdown(s, SHUT_RDWR), 0);
  run();
  EXPECT_EQ(read(c), "");
  EXPECT_EQ(write(c, "to nobody"), 9);
  run();
  EXPECT_EQ(error_of(c), EPIPE);
  EXPECT_EQ(error_of(s), ECONNRESET);
  EXPECT_EQ(poll(s), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP | POLLHUP);
}

TEST_F(Stream, ShutSaysWhenItCannot) {
  EXPECT_ERRNO(mr_shutdown(c, 3), EINVAL);
  EXPECT_ERRNO(mr_shutdown(c, -1), EINVAL);
  const int fresh = make(client);
  EXPECT_ERRNO(mr_shutdown(fresh, SHUT_RDWR), ENOTCONN);
  EXPECT_EQ(mr_shutdown(l, SHUT_WR), 0);
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EAGAIN) << "it still listens";
  EXPECT_EQ(mr_shutdown(l, SHUT_RD), 0);
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EINVAL);
  EXPECT_EQ(mr_listen(l, 1), 0) << "it kept its port";
  const int other = make(client);
  EXPECT_ERRNO(connect(other), EINPROGRESS);
  EXPECT_EQ(mr_shutdown(other, SHUT_RDWR), 0);
  EXPECT_EQ(error_of(other), ECONNRESET);
  EXPECT_EQ(poll(other), POLLOUT | POLLWRNORM | POLLHUP);
}

TEST_F(Stream, AResetIsToldOnce) {
  EXPECT_EQ(write(c, "last words"), 10);
  run();
  reset_by(c);
  EXPECT_EQ(poll(s), POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLRDHUP | POLLHUP | POLLERR);
  EXPECT_EQ(read(s), "last words") << "data goes before errors";
  EXPECT_EQ(read(s), "errno ECONNRESET");
  EXPECT_EQ(read(s), "");
  EXPECT_ERRNO(write(s, "x"), EPIPE);
  EXPECT_EQ(error_of(s), 0);
  EXPECT_ERRNO(mr_getpeername(s, nullptr, nullptr), ENOTCONN);
}

TEST_F(Stream, AResetIsToldToAWriterThenThePipeIsBroken) {
  reset_by(c);
  EXPECT_ERRNO(write(s, "x"), ECONNRESET);
  EXPECT_ERRNO(write(s, "x"), EPIPE);
  EXPECT_EQ(read(s), "");
}

TEST_F(Stream, AResetAfterTheEndIsABrokenPipe) {
  EXPECT_EQ(write(s, "unread"), 6);
  run();
  EXPECT_EQ(mr_shutdown(c, SHUT_WR), 0);
  run();
  EXPECT_EQ(mr_close(c), 0);
  run();
  EXPECT_EQ(error_of(s), EPIPE);
  EXPECT_EQ(read(s), "");
}

TEST_F(Stream, ClosingWithUnreadDataResets) {
  EXPECT_EQ(write(c, "nobody reads this"), 17);
  run();
  EXPECT_EQ(mr_close(s), 0);
  run();
  EXPECT_EQ(error_of(c), ECONNRESET);
}

TEST_F(Stream, ClosingDeliversWhatIsQueued) {
  const std::string text = pattern(100'000);
  EXPECT_EQ(write(c, text), 100'000);
  EXPECT_EQ(mr_close(c), 0);
  std::string received;
  for (std::string more = "?"; !more.empty(); run()) {
    more = read(s, 200'000);
    if (!more.starts_with("errno")) received += more;
  }
  EXPECT_EQ(received, text);
}

TEST_F(Stream, KeepaliveAndUserTimeoutEndASilentPeer) {
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_KEEPIDLE, 10), 0);
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_KEEPINTVL, 2), 0);
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_KEEPCNT, 3), 0);
  EXPECT_EQ(set(c, SOL_SOCKET, SO_KEEPALIVE, 1), 0);
  EXPECT_EQ(set(s, IPPROTO_TCP, TCP_USER_TIMEOUT, 3000), 0);
  run(minutes{1});
  EXPECT_EQ(error_of(c), 0) << "the peer answers";
  pair.lose = [](const auto&) { return true; };
  EXPECT_EQ(write(s, "x"), 1);
  run(seconds{30});
  EXPECT_EQ(error_of(c), ETIMEDOUT);
  EXPECT_EQ(error_of(s), ETIMEDOUT);
}

TEST_F(Stream, LowWaterHoldsReadinessBack) {
  EXPECT_EQ(set(s, SOL_SOCKET, SO_RCVLOWAT, 10), 0);
  EXPECT_EQ(write(c, "short"), 5);
  run();
  EXPECT_EQ(poll(s) & POLLIN, 0);
  EXPECT_EQ(read(s, 4, MSG_PEEK), "shor") << "a read that wants less is content";
  EXPECT_EQ(write(c, "enough"), 6);
  run();
  EXPECT_NE(poll(s) & POLLIN, 0);
  EXPECT_EQ(read(s), "shortenough");
  EXPECT_EQ(write(c, "few"), 3);
  run();
  EXPECT_EQ(read(s), "few") << "a call that does not wait takes what is there";
}

TEST_F(Stream, CorksHoldBackForAFifthOfASecondAtMost) {
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_CORK, 1), 0);
  EXPECT_EQ(write(c, "head"), 4);
  run(milliseconds{190});
  EXPECT_EQ(read(s), "errno EAGAIN");
  run(milliseconds{20});
  EXPECT_EQ(read(s), "head");
  EXPECT_EQ(write(c, "more"), 4);
  run(milliseconds{100});
  EXPECT_EQ(read(s), "errno EAGAIN") << "the cork is in again";
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_CORK, 0), 0);
  run();
  EXPECT_EQ(read(s), "more");
  EXPECT_EQ(write(c, "a", MSG_MORE), 1);
  run();
  EXPECT_EQ(read(s), "errno EAGAIN");
  EXPECT_EQ(write(c, "b"), 1);
  run();
  EXPECT_EQ(read(s), "ab");
}

TEST_F(Stream, CountsOfBytes) {
  int n = -1;
  EXPECT_EQ(write(c, "12345"), 5);
  EXPECT_EQ(mr_ioctl(c, SIOCOUTQ, &n), 0);
  EXPECT_EQ(n, 5);
  EXPECT_EQ(mr_ioctl(c, SIOCOUTQNSD, &n), 0);
  EXPECT_EQ(n, 5);
  run(milliseconds{200});
  EXPECT_EQ(mr_ioctl(c, SIOCOUTQ, &n), 0);
  EXPECT_EQ(n, 0);
  EXPECT_EQ(mr_ioctl(s, FIONREAD, &n), 0);
  EXPECT_EQ(n, 5);
  EXPECT_ERRNO(mr_ioctl(l, FIONREAD, &n), EINVAL);
  EXPECT_ERRNO(mr_ioctl(s, FIONREAD, nullptr), EFAULT);
  EXPECT_ERRNO(mr_ioctl(s, SIOCGIFADDR, &n), ENOTTY);
  n = 0;
  EXPECT_EQ(mr_ioctl(s, FIONBIO, &n), 0);
  EXPECT_EQ(mr_fcntl(s, F_GETFL), O_RDWR);
  EXPECT_EQ(mr_fcntl(s, F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(mr_fcntl(s, F_GETFL), O_RDWR | O_NONBLOCK);
  EXPECT_EQ(mr_fcntl(s, F_SETFD, FD_CLOEXEC), 0);
  EXPECT_EQ(mr_fcntl(s, F_GETFD), FD_CLOEXEC);
  EXPECT_ERRNO(mr_fcntl(s, F_DUPFD, 0), EINVAL);
}

TEST_F(Stream, UrgentByteOutOfLine) {
  char byte = 0;
  EXPECT_ERRNO(mr_recv(s, &byte, 1, MSG_OOB), EINVAL) << "nothing is urgent";
  EXPECT_EQ(write(c, "ab"), 2);
  EXPECT_EQ(write(c, "cX", MSG_OOB), 2);
  EXPECT_EQ(write(c, "de"), 2);
  run();
  int mark = -1, n = -1;
  EXPECT_NE(poll(s) & POLLPRI, 0);
  EXPECT_EQ(mr_ioctl(s, FIONREAD, &n), 0);
  EXPECT_EQ(n, 3) << "up to the mark";
  EXPECT_EQ(read(s), "abc");
  EXPECT_EQ(mr_ioctl(s, SIOCATMARK, &mark), 0);
  EXPECT_EQ(mark, 1);
  EXPECT_EQ(mr_recv(s, &byte, 1, MSG_OOB | MSG_PEEK), 1);
  EXPECT_EQ(mr_recv(s, &byte, 1, MSG_OOB), 1);
  EXPECT_EQ(byte, 'X');
  EXPECT_EQ(poll(s) & POLLPRI, 0);
  EXPECT_ERRNO(mr_recv(s, &byte, 1, MSG_OOB), EINVAL) << "it is read";
  EXPECT_EQ(read(s, 10, MSG_PEEK), "de");
  EXPECT_EQ(read(s), "de");
  EXPECT_EQ(mr_ioctl(s, SIOCATMARK, &mark), 0);
  EXPECT_EQ(mark, 0);
}

TEST_F(Stream, UrgentByteInLine) {
  EXPECT_EQ(set(s, SOL_SOCKET, SO_OOBINLINE, 1), 0);
  EXPECT_EQ(write(c, "abX", MSG_OOB), 3);
  EXPECT_EQ(write(c, "c"), 1);
  run();
  char byte = 0;
  EXPECT_ERRNO(mr_recv(s, &byte, 1, MSG_OOB), EINVAL);
  EXPECT_EQ(read(s), "ab");
  EXPECT_EQ(read(s), "Xc");
}

TEST_F(Stream, ASecondUrgentByteTakesTheFirstOnesPlace) {
  EXPECT_EQ(write(c, "1", MSG_OOB), 1);
  run();
  EXPECT_EQ(write(c, "ab"), 2);
  EXPECT_EQ(write(c, "2", MSG_OOB), 1);
  run();
  char byte = 0;
  EXPECT_EQ(mr_recv(s, &byte, 1, MSG_OOB), 1);
  EXPECT_EQ(byte, '2');
  EXPECT_EQ(read(s), "ab") << "the first, unread, was at the mark and is gone";
}

}  // namespace
}  // namespace millrace::sockets
