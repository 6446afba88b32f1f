// Socket addresses as endpoints.
#include "address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace millrace::run {
namespace {

sockaddr* plain(auto& address) { return reinterpret_cast<sockaddr*>(&address); }

TEST(Address, OfBothVersions) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(80);
  v4.sin_addr.s_addr = inet_addr("10.1.0.2");
  const auto first = endpoint_of(plain(v4), sizeof v4);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->address.to_string(), "10.1.0.2");
  EXPECT_EQ(first->port, 80);

  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(443);
  ASSERT_EQ(::inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr), 1);
  for (const socklen_t length : {sizeof v6, offsetof(sockaddr_in6, sin6_scope_id)}) {
    const auto second = endpoint_of(plain(v6), length);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->address.to_string(), "2001:db8::1");
    EXPECT_EQ(second->port, 443);
  }
}

TEST(Address, NothingElseIsOne) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  EXPECT_FALSE(endpoint_of(nullptr, sizeof v4));
  EXPECT_FALSE(endpoint_of(plain(v4), 0));
  EXPECT_FALSE(endpoint_of(plain(v4), sizeof v4 - 1));
  v4.sin_family = AF_UNIX;
  EXPECT_FALSE(endpoint_of(plain(v4), sizeof v4));
  v4.sin_family = AF_INET6;
  EXPECT_FALSE(endpoint_of(plain(v4), sizeof v4));
}

TEST(Address, WhatAKernelSocketIsBoundTo) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_GE(fd, 0);
  ASSERT_TRUE(bound_to(fd));
  EXPECT_TRUE(bound_to(fd)->address.is_unspecified());
  EXPECT_EQ(bound_to(fd)->port, 0);
  sockaddr_in local{};
  local.sin_family = AF_INET;
  local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, plain(local), sizeof local), 0);
  EXPECT_EQ(bound_to(fd)->address.to_string(), "127.0.0.1");
  EXPECT_NE(bound_to(fd)->port, 0);
  ::close(fd);
  EXPECT_FALSE(bound_to(fd));
}

}  // namespace
}  // namespace millrace::run
