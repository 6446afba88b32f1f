// Calls that wait, on stacks that the caller turns: the wait function runs the world until they can go on.
#include "bed.h"

namespace millrace::sockets {
namespace {

class Blocking : public Bed {
 protected:
  static int patient(int fd, int name, long ms) {
    const timeval time{ms / 1000, ms % 1000 * 1000};
    return mr_setsockopt(fd, SOL_SOCKET, name, &time, sizeof time);
  }
  /// Both ends block.
  void establish_blocking() {
    l = listening(kPort, 16, 0);
    c = make(client, 0);
    ASSERT_EQ(connect(c), 0);
    s = mr_accept(l, nullptr, nullptr);
    ASSERT_GE(s, 0);
  }
};

TEST_F(Blocking, ConnectAcceptSendAndReceive) {
  establish_blocking();
  EXPECT_ERRNO(connect(c), EISCONN);
  EXPECT_EQ(write(c, "question"), 8);
  EXPECT_EQ(read(s), "question");
  EXPECT_EQ(write(s, "answer"), 6);
  EXPECT_EQ(read(c), "answer");
  EXPECT_EQ(read(c, 1, MSG_DONTWAIT), "errno EAGAIN");
}

TEST_F(Blocking, ConnectTellsHowItEnded) {
  c = make(client, 0);
  EXPECT_ERRNO(connect(c), ECONNREFUSED);
  l = listening();
  EXPECT_EQ(connect(c), 0) << "and may be tried again";
}

TEST_F(Blocking, PatienceIsLimitedByTheTimeouts) {
  pair.lose = [](const auto&) { return true; };
  c = make(client, 0);
  EXPECT_EQ(patient(c, SO_SNDTIMEO, 1500), 0);
  Time before = pair.now();
  EXPECT_ERRNO(connect(c), EINPROGRESS);
  EXPECT_EQ(pair.now() - before, Duration{milliseconds{1500}});
  EXPECT_ERRNO(connect(c), EALREADY);
  pair.lose = nullptr;
  establish_blocking();
  EXPECT_EQ(patient(s, SO_RCVTIMEO, 700), 0);
  before = pair.now();
  EXPECT_EQ(read(s), "errno EAGAIN");
  EXPECT_EQ(pair.now() - before, Duration{milliseconds{700}});
  EXPECT_EQ(patient(l, SO_RCVTIMEO, 10), 0);
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EAGAIN);
}

TEST_F(Blocking, WaitAllAndLowWaterWaitForMore) {
  establish_blocking();
  int waits = 0;
  while_waiting = [&] {
    if (++waits > 3) return 0;
    EXPECT_EQ(mr_send(c, "abcd", 4, MSG_DONTWAIT), 4);
    return 0;
  };
  EXPECT_EQ(read(s, 10, MSG_WAITALL), "abcdabcdab");
  waits = 0;
  EXPECT_EQ(set(s, SOL_SOCKET, SO_RCVLOWAT, 9), 0);
  EXPECT_EQ(read(s, 100), "cdabcdabcdabcd");
  while_waiting = nullptr;
  EXPECT_EQ(write(c, "last"), 4);
  EXPECT_EQ(mr_shutdown(c, SHUT_WR), 0);
  EXPECT_EQ(read(s, 100, MSG_WAITALL), "last") << "no more can come";
  EXPECT_EQ(read(s), "") << "the end";
}

TEST_F(Blocking, ALongSendWaitsForRoom) {
  establish_blocking();
  std::size_t received = 0;
  char room[65536];
  while_waiting = [&] {
    const ssize_t n = mr_recv(s, room, sizeof room, MSG_DONTWAIT);
    if (n > 0) received += static_cast<std::size_t>(n);
    return 0;
  };
  const std::string text(4'000'000, 'x');
  EXPECT_EQ(write(c, text), 4'000'000);
  EXPECT_GT(received, 1'000'000u);
}

TEST_F(Blocking, ASendThatRunsOutOfPatienceTellsHowFarItCame) {
  establish_blocking();
  EXPECT_EQ(patient(c, SO_SNDTIMEO, 2000), 0);
  const std::string text(2'000'000, 'x');
  const ssize_t sent = write(c, text);
  EXPECT_GT(sent, 0);
  EXPECT_LT(sent, 2'000'000);
  EXPECT_ERRNO(write(c, text), EAGAIN);
}

TEST_F(Blocking, InterruptedByTheWaitFunction) {
  establish_blocking();
  while_waiting = [] { return EINTR; };
  EXPECT_EQ(read(s), "errno EINTR");
  EXPECT_EQ(write(c, "data"), 4);
  run();
  EXPECT_EQ(read(s, 10, MSG_WAITALL), "data") << "bytes go before errors";
}

TEST_F(Blocking, WithoutAWaitFunctionItIsADeadlock) {
  establish_blocking();
  mr_set_wait(server.handle(), nullptr, nullptr);
  EXPECT_EQ(read(s), "errno EDEADLK");
  EXPECT_ERRNO(mr_accept(l, nullptr, nullptr), EDEADLK);
}

TEST_F(Blocking, AClosedDescriptorEndsTheWait) {
  establish_blocking();
  while_waiting = [&] {
    while_waiting = nullptr;
    return mr_close(s);
  };
  EXPECT_EQ(read(s), "errno EBADF");
}

TEST_F(Blocking, LingeringWaitsForTheAcknowledgment) {
  establish_blocking();
  const linger on{1, 30};
  EXPECT_EQ(mr_setsockopt(c, SOL_SOCKET, SO_LINGER, &on, sizeof on), 0);
  EXPECT_EQ(write(c, "data"), 4);
  Time before = pair.now();
  EXPECT_EQ(mr_close(c), 0);
  EXPECT_LT(pair.now() - before, Duration{seconds{1}}) << "it came soon";
  EXPECT_EQ(read(s), "data");

  const int other = make(client, 0);
  EXPECT_EQ(connect(other), 0);
  EXPECT_EQ(mr_setsockopt(other, SOL_SOCKET, SO_LINGER, &on, sizeof on), 0);
  pair.lose = [](const auto&) { return true; };
  EXPECT_EQ(write(other, "lost"), 4);
  before = pair.now();
  EXPECT_EQ(mr_close(other), 0);
  EXPECT_GE(pair.now() - before, Duration{seconds{30}});
}

}  // namespace
}  // namespace millrace::sockets
