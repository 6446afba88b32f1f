// poll(), epoll and watchers: what holds now, and what counts as new.
#include "bed.h"
#include "sockets/watch.h"

namespace millrace::sockets {
namespace {

class Poll : public Bed {
 protected:
  void SetUp() override { establish(); }
};

TEST_F(Poll, OneCallLooksAtMany) {
  pollfd entries[] = {{s, POLLIN, 0}, {-1, POLLIN, 7}, {c, POLLOUT, 0}, {12345, POLLIN, 0}, {l, POLLIN, 0}};
  EXPECT_EQ(mr_poll(entries, 5, 0), 2);
  EXPECT_EQ(entries[0].revents, 0);
  EXPECT_EQ(entries[1].revents, 0);
  EXPECT_EQ(entries[2].revents, POLLOUT);
  EXPECT_EQ(entries[3].revents, POLLNVAL);
  EXPECT_EQ(entries[4].revents, 0);
  EXPECT_EQ(mr_poll(nullptr, 0, 0), 0);
  EXPECT_ERRNO(mr_poll(nullptr, 1, 0), EFAULT);
  EXPECT_ERRNO(mr_poll(entries, nfds_t{1} << 30, 0), EINVAL);
}

TEST_F(Poll, WaitsForDataOrTheTime) {
  pollfd entry{s, POLLIN, 0};
  const Time before = pair.now();
  EXPECT_EQ(mr_poll(&entry, 1, 300), 0);
  EXPECT_EQ(pair.now() - before, Duration{milliseconds{300}});
  EXPECT_EQ(write(c, "x"), 1);
  EXPECT_EQ(mr_poll(&entry, 1, -1), 1);
  EXPECT_EQ(entry.revents, POLLIN);
  EXPECT_EQ(mr_poll(nullptr, 0, 100), 0) << "a sleep";
}

TEST_F(Poll, WithoutAWaitFunctionNothingCanBeWaitedFor) {
  mr_set_wait(server.handle(), nullptr, nullptr);
  pollfd entry{s, POLLIN, 0};
  EXPECT_ERRNO(mr_poll(&entry, 1, 10), EDEADLK);
  EXPECT_EQ(mr_poll(&entry, 1, 0), 0);
}

TEST_F(Poll, TheWaitFunctionMayEndIt) {
  while_waiting = [] { return EINTR; };
  pollfd entry{s, POLLIN, 0};
  EXPECT_ERRNO(mr_poll(&entry, 1, -1), EINTR);
}

TEST_F(Poll, AListenerIsReadableWhileSomebodyWaits) {
  const int other = make(client);
  EXPECT_ERRNO(connect(other), EINPROGRESS);
  run();
  EXPECT_EQ(poll(l), POLLIN | POLLRDNORM);
  EXPECT_GE(mr_accept(l, nullptr, nullptr), 0);
  EXPECT_EQ(poll(l), 0);
}

TEST_F(Poll, NotSentLowWaterHoldsWritersBack) {
  pair.lose = [](const auto&) { return true; };
  EXPECT_EQ(set(c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1000), 0);
  EXPECT_EQ(poll(c) & POLLOUT, POLLOUT);
  EXPECT_EQ(write(c, std::string(40'000, 'x')), 40'000);
  run();
  EXPECT_EQ(poll(c) & POLLOUT, 0) << "the first window is under way, the rest is not";
  pair.lose = nullptr;
  run(seconds{5});
  EXPECT_EQ(poll(c) & POLLOUT, POLLOUT);
}

class EpollTest : public Poll {
 protected:
  void SetUp() override {
    Poll::SetUp();
    mr_use(server.handle());
    e = mr_epoll_create1(0);
    ASSERT_GE(e, 0);
  }
  int add(int fd, std::uint32_t events, int operation = EPOLL_CTL_ADD) {
    epoll_event event{events, {.u64 = static_cast<std::uint64_t>(fd)}};
    return mr_epoll_ctl(e, operation, fd, &event);
  }
  /// The events of the one socket that has some, or 0.
  [[nodiscard]] std::uint32_t next(int timeout = 0) {
    epoll_event events[4];
    const int n = mr_epoll_wait(e, events, 4, timeout);
    EXPECT_LE(n, 1);
    if (n != 1) return 0;
    const std::uint64_t told = events[0].data.u64;  // the struct is packed
    EXPECT_EQ(told, static_cast<std::uint64_t>(s));
    return events[0].events;
  }
  void say(std::string_view text) {
    EXPECT_EQ(write(c, text), static_cast<ssize_t>(text.size()));
    run();
  }
  int e = -1;
};

TEST_F(EpollTest, ControlSaysWhatIsWrong) {
  EXPECT_ERRNO(mr_epoll_create(0), EINVAL);
  EXPECT_ERRNO(mr_epoll_create1(1), EINVAL);
  EXPECT_ERRNO(add(s, EPOLLIN, EPOLL_CTL_MOD), ENOENT);
  EXPECT_ERRNO(add(s, EPOLLIN, EPOLL_CTL_DEL), ENOENT);
  EXPECT_ERRNO(add(s, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
  EXPECT_EQ(add(s, EPOLLIN), 0);
  EXPECT_ERRNO(add(s, EPOLLIN), EEXIST);
  EXPECT_ERRNO(add(s, EPOLLIN, 77), EINVAL);
  EXPECT_ERRNO(add(12345, EPOLLIN), EBADF);
  EXPECT_ERRNO(add(e, EPOLLIN), EINVAL);
  EXPECT_ERRNO(add(c, EPOLLIN), EINVAL) << "of another stack";
  EXPECT_ERRNO(mr_epoll_ctl(e, EPOLL_CTL_MOD, s, nullptr), EFAULT);
  EXPECT_ERRNO(mr_epoll_ctl(s, EPOLL_CTL_DEL, s, nullptr), EINVAL);
  EXPECT_EQ(mr_epoll_ctl(e, EPOLL_CTL_DEL, s, nullptr), 0);
  epoll_event events[1];
  EXPECT_ERRNO(mr_epoll_wait(e, events, 0, 0), EINVAL);
  EXPECT_ERRNO(mr_epoll_wait(e, nullptr, 1, 0), EFAULT);
  EXPECT_ERRNO(mr_epoll_wait(s, events, 1, 0), EINVAL);
  EXPECT_ERRNO(mr_epoll_wait(12345, events, 1, 0), EBADF);
  EXPECT_ERRNO(mr_read(e, events, 1), EINVAL);
  EXPECT_ERRNO(mr_recv(e, events, 1, 0), ENOTSOCK);
  EXPECT_EQ(mr_close(e), 0);
}

TEST_F(EpollTest, LevelTriggeredTellsAsLongAsItHolds) {
  EXPECT_EQ(add(s, EPOLLIN), 0);
  EXPECT_EQ(next(), 0u);
  say("abc");
  EXPECT_EQ(next(), EPOLLIN);
  EXPECT_EQ(next(), EPOLLIN);
  EXPECT_EQ(read(s, 1), "a");
  EXPECT_EQ(next(), EPOLLIN);
  EXPECT_EQ(read(s), "bc");
  EXPECT_EQ(next(), 0u);
}

TEST_F(EpollTest, EdgeTriggeredTellsOfWhatIsNew) {
  EXPECT_EQ(add(s, EPOLLIN | EPOLLOUT | EPOLLET), 0);
  EXPECT_EQ(next(), EPOLLOUT) << "what holds when it is added is new";
  EXPECT_EQ(next(), 0u);
  say("abc");
  EXPECT_EQ(next(), EPOLLIN | EPOLLOUT);
  EXPECT_EQ(next(), 0u) << "unread, but told";
  EXPECT_EQ(read(s, 1), "a");
  EXPECT_EQ(next(), 0u);
  say("d");
  EXPECT_EQ(next(), EPOLLIN | EPOLLOUT);
  EXPECT_EQ(add(s, EPOLLIN | EPOLLET, EPOLL_CTL_MOD), 0);
  EXPECT_EQ(next(), EPOLLIN) << "a change of interest looks anew";
}

TEST_F(EpollTest, NewDataIsNoNewsForAWriter) {
  EXPECT_EQ(add(s, EPOLLOUT | EPOLLET), 0);
  EXPECT_EQ(next(), EPOLLOUT);
  say("abc");
  EXPECT_EQ(next(), 0u);
  EXPECT_EQ(mr_shutdown(c, SHUT_WR), 0);
  run();
  EXPECT_EQ(next(), EPOLLOUT) << "a change of state is for all";
}

TEST_F(EpollTest, ALowerMarkIsNews) {
  EXPECT_EQ(set(s, SOL_SOCKET, SO_RCVLOWAT, 10), 0);
  EXPECT_EQ(add(s, EPOLLIN | EPOLLET), 0);
  say("abc");
  EXPECT_EQ(next(), 0u);
  EXPECT_EQ(set(s, SOL_SOCKET, SO_RCVLOWAT, 2), 0);
  EXPECT_EQ(next(), EPOLLIN);
}

TEST_F(EpollTest, OneShotFiresOnce) {
  EXPECT_EQ(add(s, EPOLLIN | EPOLLONESHOT), 0);
  say("abc");
  EXPECT_EQ(next(), EPOLLIN);
  say("def");
  EXPECT_EQ(next(), 0u);
  EXPECT_EQ(add(s, EPOLLIN | EPOLLONESHOT, EPOLL_CTL_MOD), 0);
  EXPECT_EQ(next(), EPOLLIN);
}

TEST_F(EpollTest, EndsAndErrorsAreToldUnasked) {
  EXPECT_EQ(add(s, 0), 0);
  say("abc");
  EXPECT_EQ(next(), 0u);
  EXPECT_EQ(add(s, EPOLLRDHUP, EPOLL_CTL_MOD), 0);
  EXPECT_EQ(mr_shutdown(c, SHUT_WR), 0);
  run();
  EXPECT_EQ(next(), EPOLLRDHUP);
  reset_by(c);
  EXPECT_EQ(next(), EPOLLRDHUP | EPOLLERR | EPOLLHUP);
}

TEST_F(EpollTest, WaitsForAnEventOrTheTime) {
  EXPECT_EQ(add(s, EPOLLIN), 0);
  const Time before = pair.now();
  EXPECT_EQ(next(250), 0u);
  EXPECT_EQ(pair.now() - before, Duration{milliseconds{250}});
  EXPECT_EQ(write(c, "x"), 1);
  EXPECT_EQ(next(-1), EPOLLIN);
}

TEST_F(EpollTest, AClosedSocketLeaves) {
  EXPECT_EQ(add(s, EPOLLIN), 0);
  say("abc");
  EXPECT_EQ(mr_close(s), 0);
  EXPECT_EQ(next(), 0u);
  EXPECT_ERRNO(add(s, EPOLLIN, EPOLL_CTL_DEL), EBADF);
}

TEST_F(EpollTest, ManyAreToldInTurn) {
  int accepted[5];
  for (int& fd : accepted) {
    const int other = make(client);
    EXPECT_ERRNO(connect(other), EINPROGRESS);
    run();
    fd = mr_accept4(l, nullptr, nullptr, SOCK_NONBLOCK);
    EXPECT_EQ(add(fd, EPOLLIN), 0);
    EXPECT_EQ(write(other, "x"), 1);
  }
  run();
  epoll_event events[2];
  std::vector<int> told;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(mr_epoll_wait(e, events, 2, 0), 2);
    for (const epoll_event& event : events) told.push_back(static_cast<int>(event.data.u64));
  }
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(told[i], accepted[i % 5]) << "nobody starves";
}

struct Told {
  int calls = 0;
  std::uint32_t mask = 0;
  static void changed(void* arg, std::uint32_t mask) {
    ++static_cast<Told*>(arg)->calls;
    static_cast<Told*>(arg)->mask = mask;
  }
};

TEST_F(Poll, AWatcherIsToldOfTheMaskAndOfAllThatIsNew) {
  Told told;
  EXPECT_EQ(watch(s, Told::changed, &told), 0);
  EXPECT_EQ(told.calls, 1);
  EXPECT_EQ(told.mask, std::uint32_t{POLLOUT | POLLWRNORM});
  EXPECT_EQ(poll_mask(s), told.mask);
  EXPECT_EQ(write(c, "x"), 1);
  run();
  EXPECT_EQ(told.calls, 2);
  EXPECT_NE(told.mask & POLLIN, 0u);
  EXPECT_EQ(write(c, "y"), 1);
  run();
  EXPECT_EQ(told.calls, 3) << "the mask is the same, the data is new";
  EXPECT_EQ(watch(s, nullptr, nullptr), 0);
  EXPECT_EQ(write(c, "z"), 1);
  run();
  EXPECT_EQ(told.calls, 3);
  EXPECT_EQ(watch(12345, Told::changed, &told), EBADF);
  mr_use(server.handle());
  const int e = mr_epoll_create1(0);
  EXPECT_EQ(watch(e, Told::changed, &told), EINVAL);
  EXPECT_EQ(poll_mask(e), std::uint32_t{POLLNVAL});
}

TEST_F(Poll, AWatcherOfAListenerAndItsEnd) {
  Told told;
  EXPECT_EQ(watch(l, Told::changed, &told), 0);
  const int other = make(client);
  EXPECT_ERRNO(connect(other), EINPROGRESS);
  run();
  EXPECT_EQ(told.calls, 2);
  EXPECT_EQ(told.mask, std::uint32_t{POLLIN | POLLRDNORM});
  EXPECT_EQ(mr_close(l), 0);
  EXPECT_EQ(told.calls, 2) << "close ends the watch";
}

}  // namespace
}  // namespace millrace::sockets
