// Which descriptors are known, and to whom calls on them go.
#include "descriptor_table.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace millrace::run {
namespace {

constexpr int kFirst = 500000;  // numbers that nobody else has
constexpr int kSecond = 500001;

class DescriptorTableTest : public testing::Test {
 protected:
  DescriptorTable& all = table();
  std::shared_ptr<Socket> socket = std::make_shared<Socket>(AF_INET);

  void SetUp() override {
    const auto lock = all.lock();
    all.add(kFirst, socket);
  }
  void TearDown() override {
    const auto lock = all.lock();
    all.forget(*socket);
  }
  void give_to_millrace() {
    int fd = -1;
    socket->shadow = Shadow::make(false, fd);
    ASSERT_TRUE(socket->shadow);
    ::close(fd);
    socket->millrace = 7;
  }
  Owner owner(int fd) {
    Live live;
    return all.find(fd, live);
  }
};

TEST_F(DescriptorTableTest, KnowsWhatWasAdded) {
  EXPECT_TRUE(DescriptorTable::has(kFirst));
  EXPECT_FALSE(DescriptorTable::has(kSecond));
  EXPECT_FALSE(DescriptorTable::has(-1));
  EXPECT_FALSE(DescriptorTable::has(1 << 20));
  const auto lock = all.lock();
  EXPECT_EQ(all.at(kFirst), socket);
  EXPECT_EQ(all.at(kSecond), nullptr);
}

TEST_F(DescriptorTableTest, ASocketIsTheKernelsUntilItHasAShadow) {
  EXPECT_EQ(owner(kFirst), Owner::Kernel);
  EXPECT_EQ(owner(kSecond), Owner::Kernel);
  give_to_millrace();
  Live live;
  EXPECT_EQ(all.find(kFirst, live), Owner::Millrace);
  EXPECT_EQ(live.socket, socket);
  EXPECT_EQ(live.shadow, socket->shadow);
  EXPECT_EQ(live.millrace, 7);
}

TEST_F(DescriptorTableTest, TheLastDescriptorGivesTheSocketBack) {
  const auto lock = all.lock();
  all.add(kSecond, socket);
  socket->registrations = {{.epoll = 3, .descriptor = kFirst, .event = {}},
                           {.epoll = 3, .descriptor = kSecond, .event = {}}};
  EXPECT_EQ(all.remove(kFirst), nullptr);
  ASSERT_EQ(socket->registrations.size(), 1U);
  EXPECT_EQ(socket->registrations[0].descriptor, kSecond);
  EXPECT_EQ(all.remove(kSecond), socket);
  EXPECT_EQ(all.remove(kSecond), nullptr);
  EXPECT_FALSE(DescriptorTable::has(kSecond));
}

TEST_F(DescriptorTableTest, ForgetsASocketWithAllItsDescriptors) {
  const auto lock = all.lock();
  all.add(kSecond, socket);
  all.forget(*socket);
  EXPECT_FALSE(DescriptorTable::has(kFirst) || DescriptorTable::has(kSecond));
}

TEST_F(DescriptorTableTest, FindsARange) {
  const auto lock = all.lock();
  all.add(kSecond, socket);
  EXPECT_EQ(all.between(kFirst, kFirst), std::vector<int>{kFirst});
  auto both = all.between(kFirst, ~0U);
  std::ranges::sort(both);
  EXPECT_EQ(both, (std::vector<int>{kFirst, kSecond}));
}

/// Runs in a child, whose exit code says whether it held.
template <class Check>
bool holds_in_child(pid_t (*make_child)(), Check check) {
  const pid_t child = make_child();
  if (child == 0) ::_exit(check() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_F(DescriptorTableTest, AForkHasLostItsParentsSockets) {
  give_to_millrace();
  const auto still_kernels = std::make_shared<Socket>(AF_INET);
  {
    const auto lock = all.lock();
    all.add(kSecond, still_kernels);
  }
  EXPECT_TRUE(holds_in_child(::fork, [this] {
    if (owner(kFirst) != Owner::Lost) return false;  // also before the table is told
    {
      const auto lock = all.lock();
      all.forked();
    }
    return owner(kFirst) == Owner::Lost && owner(kSecond) == Owner::Kernel && all.ours();
  }));
  EXPECT_EQ(owner(kFirst), Owner::Millrace);
  const auto lock = all.lock();
  all.forget(*still_kernels);
}

TEST_F(DescriptorTableTest, ASocketThatIsOnlyBoundIsLostToo) {
  socket->millrace = 7;
  EXPECT_EQ(owner(kFirst), Owner::Kernel);
  EXPECT_TRUE(holds_in_child(::fork, [this] {
    const auto lock = all.lock();
    all.forked();
    return socket->lost;
  }));
}

}  // namespace
}  // namespace millrace::run
