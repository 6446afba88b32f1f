// A shadow's program end, looked at with the kernel's own calls.
#include "shadow.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace millrace::run {
namespace {

constexpr short kAll = POLLIN | POLLOUT | POLLRDHUP | POLLPRI;

short polled(int fd) {
  pollfd one{.fd = fd, .events = kAll, .revents = 0};
  EXPECT_GE(::poll(&one, 1, 0), 0);
  return one.revents;
}

class ShadowTest : public testing::Test {
 protected:
  void make(bool nonblocking = false) {
    if (fd >= 0) ::close(fd);
    shadow = Shadow::make(nonblocking, fd);
    ASSERT_TRUE(shadow);
  }
  void SetUp() override { make(); }
  void TearDown() override {
    if (fd >= 0) ::close(fd);
  }
  [[nodiscard]] short after(std::uint32_t mask) {
    shadow->show(mask);
    return polled(fd);
  }

  int fd = -1;
  std::shared_ptr<Shadow> shadow;
};

/// Its events of one epoll set that holds the shadow.
class Epoll {
 public:
  Epoll(int fd, std::uint32_t events) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{.events = events, .data = {.fd = fd}};
    EXPECT_EQ(::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), 0);
  }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;
  ~Epoll() { ::close(epoll_); }
  /// 0: none.
  [[nodiscard]] std::uint32_t wait() const {
    epoll_event event{};
    return ::epoll_wait(epoll_, &event, 1, 0) == 1 ? event.events : 0;
  }

 private:
  int epoll_;
};

TEST_F(ShadowTest, ShowsTheMaskThatItIsGiven) {
  EXPECT_EQ(after(0), 0);
  EXPECT_EQ(after(POLLOUT), POLLOUT);
  EXPECT_EQ(after(POLLIN | POLLOUT), POLLIN | POLLOUT);
  EXPECT_EQ(after(POLLIN), POLLIN);
  EXPECT_EQ(after(0), 0);
  EXPECT_EQ(after(POLLIN | POLLOUT | POLLRDHUP), POLLIN | POLLOUT | POLLRDHUP);
  EXPECT_EQ(after(POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
  EXPECT_EQ(after(POLLIN | POLLOUT | POLLRDHUP | POLLHUP), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}

TEST_F(ShadowTest, ShowsAnErrorFromEveryStateUntilItIsTold) {
  constexpr short kFailed = POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP;
  for (const int before : {0, POLLOUT, POLLIN | POLLOUT, POLLIN | POLLOUT | POLLRDHUP, POLLIN | POLLRDHUP}) {
    make();
    (void)after(static_cast<std::uint32_t>(before));
    EXPECT_EQ(after(kFailed), kFailed) << before;
    shadow->error_told();
    EXPECT_EQ(polled(fd), kFailed & ~POLLERR) << before;
    EXPECT_EQ(after(POLLOUT), kFailed & ~POLLERR) << "nothing changes any more";
  }
}

TEST_F(ShadowTest, NewDataIsAnEdgeOnceTheProgramHasTriedToReceive) {
  const Epoll epoll{fd, EPOLLIN | EPOLLET};
  shadow->show(POLLIN);
  EXPECT_EQ(epoll.wait(), EPOLLIN);
  shadow->show(POLLIN);
  EXPECT_EQ(epoll.wait(), 0U) << "told already";
  shadow->receiving();
  shadow->show(POLLIN);
  EXPECT_EQ(epoll.wait(), EPOLLIN);
  shadow->receiving();
  shadow->show(0);
  EXPECT_EQ(epoll.wait(), 0U);
  shadow->show(POLLIN);
  EXPECT_EQ(epoll.wait(), EPOLLIN);
}

TEST_F(ShadowTest, DataThatIsTakenAtOnceLeavesNoTokenBehind) {
  shadow->show(POLLIN | POLLOUT);
  for (int i = 0; i < 100; ++i) {
    shadow->receiving();
    shadow->show(POLLIN | POLLOUT);
  }
  EXPECT_EQ(after(POLLOUT), POLLOUT);
}

TEST_F(ShadowTest, ALookShowsTheMaskAndIsNoEdge) {
  const Epoll epoll{fd, EPOLLIN | EPOLLET};
  const auto look = [this](std::uint32_t mask) { shadow->look([mask] { return mask; }); };
  shadow->show(POLLIN | POLLOUT);
  EXPECT_EQ(epoll.wait(), EPOLLIN);
  shadow->receiving();
  look(POLLIN);
  EXPECT_EQ(epoll.wait(), 0U) << "what is left over is no news";
  EXPECT_EQ(polled(fd), POLLIN);
  shadow->show(POLLIN);
  EXPECT_EQ(epoll.wait(), EPOLLIN) << "what comes then is";
  look(POLLOUT);
  EXPECT_EQ(polled(fd), POLLOUT);
  look(POLLIN | POLLOUT);
  EXPECT_EQ(polled(fd), POLLIN | POLLOUT);
}

TEST_F(ShadowTest, RoomToSendIsAnEdge) {
  const Epoll epoll{fd, EPOLLOUT | EPOLLET};
  EXPECT_EQ(epoll.wait(), EPOLLOUT);
  shadow->show(0);
  EXPECT_EQ(epoll.wait(), 0U);
  shadow->show(POLLOUT);
  EXPECT_EQ(epoll.wait(), EPOLLOUT);
}

TEST_F(ShadowTest, OneshotTellsOnce) {
  const Epoll epoll{fd, EPOLLIN | EPOLLONESHOT};
  shadow->show(POLLIN);
  EXPECT_EQ(epoll.wait(), EPOLLIN);
  shadow->receiving();
  shadow->show(POLLIN);
  EXPECT_EQ(epoll.wait(), 0U);
}

TEST_F(ShadowTest, EveryArrivalIsAnEdgeAndALateOneKeepsItReadable) {
  const Epoll epoll{fd, EPOLLIN | EPOLLET};
  shadow->arrived();
  EXPECT_EQ(epoll.wait(), EPOLLIN);
  shadow->arrived();
  EXPECT_EQ(epoll.wait(), EPOLLIN);
  const std::uint64_t seen = shadow->arrivals();
  shadow->arrived();
  shadow->none_left(seen);
  EXPECT_NE(polled(fd) & POLLIN, 0) << "one came after the look";
  shadow->none_left(shadow->arrivals());
  EXPECT_EQ(polled(fd) & POLLIN, 0);
}

TEST_F(ShadowTest, StandsInOneSetWithOtherDescriptors) {
  const int other = ::eventfd(1, EFD_CLOEXEC);
  shadow->show(POLLIN);
  fd_set readable;
  fd_set writable;
  FD_ZERO(&readable);
  FD_ZERO(&writable);
  for (const int each : {fd, other}) {
    FD_SET(each, &readable);
    FD_SET(each, &writable);
  }
  timeval now{};
  ASSERT_EQ(::select(std::max(fd, other) + 1, &readable, &writable, nullptr, &now), 3);
  EXPECT_TRUE(FD_ISSET(fd, &readable) && FD_ISSET(other, &readable) && FD_ISSET(other, &writable));
  EXPECT_FALSE(FD_ISSET(fd, &writable));
  ::close(other);
}

TEST_F(ShadowTest, WaitingHeedsTheDescriptor) {
  make(true);
  shadow->show(0);
  EXPECT_EQ(shadow->wait_readable(), EAGAIN);
  EXPECT_EQ(shadow->wait_writable(), EAGAIN);
  shadow->show(POLLIN | POLLOUT);
  EXPECT_EQ(shadow->wait_readable(), 0);
  EXPECT_EQ(shadow->wait_writable(), 0);
  EXPECT_EQ(polled(fd), POLLIN | POLLOUT) << "waiting leaves nothing behind";

  make(false);
  shadow->show(0);
  const timeval little{.tv_sec = 0, .tv_usec = 1000};
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &little, sizeof little), 0);
  ASSERT_EQ(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &little, sizeof little), 0);
  EXPECT_EQ(shadow->wait_readable(), EAGAIN);
  EXPECT_EQ(shadow->wait_writable(), EAGAIN);
}

TEST_F(ShadowTest, WhoWaitsIsWoken) {
  shadow->show(0);
  std::thread reader([&] { EXPECT_EQ(shadow->wait_readable(), 0); });
  std::thread writer([&] { EXPECT_EQ(shadow->wait_writable(), 0); });
  shadow->show(POLLIN | POLLOUT);
  reader.join();
  writer.join();

  shadow->show(0);
  std::thread late([&] { EXPECT_EQ(shadow->wait_readable(), 0); });
  shadow->hang_up();
  late.join();
}

TEST_F(ShadowTest, AnErrorWakesWhoWaits) {
  shadow->show(0);
  std::thread reader([&] { EXPECT_EQ(shadow->wait_readable(), 0); });
  std::thread writer([&] { EXPECT_EQ(shadow->wait_writable(), 0); });
  shadow->show(POLLERR);
  reader.join();
  writer.join();
}

TEST_F(ShadowTest, SurvivesManyChangesWithWritersWaiting) {
  for (int i = 0; i < 1000; ++i) {
    shadow->show(POLLOUT);
    EXPECT_EQ(shadow->wait_writable(), 0);
    EXPECT_EQ(after(0), 0);
  }
  EXPECT_EQ(after(POLLOUT), POLLOUT);
}

TEST_F(ShadowTest, DescriptorIsCloseOnExec) {
  EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(shadow->descriptor(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  make(true);
  EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

}  // namespace
}  // namespace millrace::run
