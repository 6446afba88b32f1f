// Where the shim's own descriptors lie, and that other programs do not get them.
#include "own_descriptors.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace millrace::run {
namespace {

TEST(OwnDescriptors, LieAboveTheProgramsWhereTheHardLimitAllows) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  if (before.rlim_max < 300) GTEST_SKIP() << "the hard limit of open files is too low";
  const rlimit low{.rlim_cur = 100, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  reserve_own_descriptors();
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, 300U);

  const int copy = own_copy(STDERR_FILENO);
  EXPECT_GE(copy, 100);
  EXPECT_EQ(::fcntl(copy, F_GETFD), FD_CLOEXEC);
  const int low_one = ::dup(copy);
  EXPECT_LT(low_one, 100);
  const int moved = own_descriptor(low_one);
  EXPECT_GT(moved, copy);
  EXPECT_EQ(::fcntl(low_one, F_GETFD), -1) << "it has moved away";
  EXPECT_EQ(own_copy(-1), -1);
  ::close(copy);
  ::close(moved);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(OwnDescriptors, WhatIsNewIsClosedOnExec) {
  const int old = ::dup(STDERR_FILENO);
  const std::vector<int> before = open_descriptors();
  EXPECT_NE(std::ranges::find(before, old), before.end());
  const int fresh = ::dup(STDERR_FILENO);
  close_new_on_exec(before);
  EXPECT_EQ(::fcntl(fresh, F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(old, F_GETFD), 0);
  ::close(fresh);
  ::close(old);
}

}  // namespace
}  // namespace millrace::run
