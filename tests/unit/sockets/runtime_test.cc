// Sockets on a runtime with two worker threads, on a port that goes nowhere: calls are carried to the workers, wait in
// the caller's thread, and end when they should.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "../stack/quiet_runtime.h"
#include "api/runtime.h"
#include "sockets/sockets.h"
#include "sockets/stack.h"
#include "sockets/watch.h"
#include "stack/runtime.h"

/// Workers may log through DPDK at the same time: its stream has stdio's lock, which ThreadSanitizer does not see.
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions() { return "race:rte_vlog"; }

namespace millrace::sockets {
namespace {

sockaddr_in at(std::uint32_t address, std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(address);
  return in;
}

constexpr std::uint32_t kOurs = 0x0a010001;
constexpr std::uint32_t kNobody = 0x0a010002;

/// One runtime for all tests: DPDK starts once in a process.
struct OnRuntime : testing::Test {
  static void SetUpTestSuite() {
    const stack::RuntimeSettings settings = stack::two_workers_on_no_link();
    sockets = std::make_unique<Sockets>(settings.workers);
    runtime = std::make_unique<stack::Runtime>(settings, sockets->apps());
    sockets->drive(*runtime);
  }
  static void TearDownTestSuite() {
    runtime.reset();
    sockets.reset();
  }
  static int make(int flags = 0) { return mr_socket(AF_INET, SOCK_STREAM | flags, 0); }
  static int call(int (*function)(int, const sockaddr*, socklen_t), int fd, const sockaddr_in& address) {
    return function(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  static void limit(int fd, int name, int ms) {
    const timeval time{0, ms * 1000};
    EXPECT_EQ(mr_setsockopt(fd, SOL_SOCKET, name, &time, sizeof time), 0);
  }

  static inline std::unique_ptr<Sockets> sockets;
  static inline std::unique_ptr<stack::Runtime> runtime;
};

TEST_F(OnRuntime, BindAndListenOnBothWorkers) {
  const int fd = make(), twin = make();
  EXPECT_EQ(call(mr_bind, fd, at(kOurs, 80)), 0);
  EXPECT_EQ(call(mr_bind, twin, at(0, 80)), -1);
  EXPECT_EQ(errno, EADDRINUSE);
  EXPECT_EQ(mr_listen(fd, 10), 0);
  limit(fd, SO_RCVTIMEO, 20);
  EXPECT_EQ(mr_accept(fd, nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(mr_close(fd), 0);
  EXPECT_EQ(call(mr_bind, twin, at(0, 80)), 0);
  EXPECT_EQ(mr_listen(twin, 10), 0) << "both workers have let it go";
  EXPECT_EQ(mr_close(twin), 0);
}

/// A task that the program posts runs outside the sockets' own turn, on a thread that cannot wait for itself.
TEST_F(OnRuntime, ATaskCallsTheSocketsOfItsWorkerAndNoOthers) {
  const int fds[] = {make(), make()};  // on the workers in turn
  for (std::uint16_t worker = 0; worker < 2; ++worker) {
    const auto reply =
        api::ask<std::vector<int>>(*runtime, worker, seconds{60}, [&fds](api::Shard, std::vector<int>& errors) {
          for (const int fd : fds) errors.push_back(call(mr_bind, fd, at(kNobody, 80)) == 0 ? 0 : errno);
          return stack::TaskState::Done;
        });
    ASSERT_TRUE(reply) << reply.error;
    std::vector<int> errors = *reply.answer;
    std::ranges::sort(errors);
    EXPECT_EQ(errors, (std::vector<int>{EDEADLK, EADDRNOTAVAIL}));
  }
  for (const int fd : fds) EXPECT_EQ(mr_close(fd), 0);
}

TEST_F(OnRuntime, BlockingConnectGivesUp) {
  const int fd = make();
  limit(fd, SO_SNDTIMEO, 20);
  EXPECT_EQ(call(mr_connect, fd, at(kNobody, 80)), -1);
  EXPECT_EQ(errno, EINPROGRESS);
  EXPECT_EQ(mr_shutdown(fd, SHUT_RDWR), 0);
  int error = 0;
  socklen_t length = sizeof error;
  EXPECT_EQ(mr_getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
  EXPECT_EQ(error, ECONNRESET);
  EXPECT_EQ(mr_close(fd), 0);
}

TEST_F(OnRuntime, ABoundConnectGoesToTheFlowsOwner) {
  for (std::uint16_t port = 40000; port < 40016; ++port) {
    const int fd = make(SOCK_NONBLOCK);
    EXPECT_EQ(call(mr_bind, fd, at(kOurs, port)), 0);
    EXPECT_EQ(call(mr_connect, fd, at(kNobody, 80)), -1);
    EXPECT_EQ(errno, EINPROGRESS) << port;
    sockaddr_in name{};
    socklen_t length = sizeof name;
    EXPECT_EQ(mr_getsockname(fd, reinterpret_cast<sockaddr*>(&name), &length), 0);
    EXPECT_EQ(ntohs(name.sin_port), port);
    EXPECT_EQ(mr_close(fd), 0);
  }
}

TEST_F(OnRuntime, PollAndEpollWaitInTheCallersThread) {
  const int fd = make(SOCK_NONBLOCK);
  EXPECT_EQ(call(mr_connect, fd, at(kNobody, 80)), -1);
  pollfd entry{fd, POLLIN | POLLOUT, 0};
  EXPECT_EQ(mr_poll(&entry, 1, 10), 0);
  const int e = mr_epoll_create1(0);
  epoll_event event{EPOLLOUT, {.fd = fd}};
  EXPECT_EQ(mr_epoll_ctl(e, EPOLL_CTL_ADD, fd, &event), 0);
  EXPECT_EQ(mr_epoll_wait(e, &event, 1, 10), 0);
  std::thread other{[fd] { EXPECT_EQ(mr_shutdown(fd, SHUT_RDWR), 0); }};
  EXPECT_EQ(mr_epoll_wait(e, &event, 1, -1), 1) << "woken by another thread's call";
  other.join();
  EXPECT_EQ(event.events, std::uint32_t{EPOLLOUT | EPOLLHUP | EPOLLERR});
  EXPECT_EQ(mr_close(fd), 0);
  EXPECT_EQ(mr_close(e), 0);
}

TEST_F(OnRuntime, CloseWakesWhoWaits) {
  const int fd = make();
  EXPECT_EQ(call(mr_bind, fd, at(kOurs, 81)), 0);
  EXPECT_EQ(mr_listen(fd, 1), 0);
  std::atomic<bool> begun{false};
  std::thread waiter{[&] {
    begun = true;
    EXPECT_EQ(mr_accept(fd, nullptr, nullptr), -1);
    EXPECT_EQ(errno, EBADF);
  }};
  while (!begun) std::this_thread::yield();
  EXPECT_EQ(mr_close(fd), 0);
  waiter.join();
}

TEST_F(OnRuntime, ThreadsShareDescriptors) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 50; ++i) {
        const int fd = make(SOCK_NONBLOCK);
        ASSERT_GE(fd, MR_FIRST_DESCRIPTOR);
        (void)call(mr_connect, fd, at(kNobody, 80));
        EXPECT_EQ(watch(
                      fd, [](void*, std::uint32_t) {}, nullptr),
                  0);
        EXPECT_EQ(mr_close(fd), 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace millrace::sockets
