// What is left of a scattered buffer.
#include "io_vector.h"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <climits>
#include <limits>
#include <string>

namespace millrace::run {
namespace {

std::string rest_of(IoVector& vector) {
  msghdr message{};
  vector.put_into(message);
  std::string text;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i)
    text.append(static_cast<const char*>(message.msg_iov[i].iov_base), message.msg_iov[i].iov_len);
  return text;
}

TEST(IoVector, AdvancesOverPartsAndEmptyOnes) {
  std::string a = "abc";
  std::string b = "defg";
  const std::array<iovec, 4> parts{{{nullptr, 0}, {a.data(), a.size()}, {nullptr, 0}, {b.data(), b.size()}}};
  IoVector vector{parts};
  EXPECT_EQ(rest_of(vector), "abcdefg");
  vector.advance(2);
  EXPECT_EQ(rest_of(vector), "cdefg");
  vector.advance(1);
  EXPECT_EQ(rest_of(vector), "defg");
  EXPECT_FALSE(vector.empty());
  vector.advance(4);
  EXPECT_TRUE(vector.empty());
  EXPECT_EQ(rest_of(vector), "");
  EXPECT_EQ(parts[1].iov_len, 3U) << "the caller's stays as it was";
}

TEST(IoVector, NothingIsEmpty) {
  EXPECT_TRUE(IoVector{std::span<const iovec>{}}.empty());
  const iovec none{nullptr, 0};
  const IoVector vector{std::span{&none, 1}};
  EXPECT_TRUE(vector.empty());
}

TEST(IoVector, WhatIsNoMessageIsRefusedAsLinuxDoes) {
  iovec part{nullptr, 0};
  msghdr message{};
  EXPECT_EQ(fault_of(nullptr), EFAULT);
  EXPECT_EQ(fault_of(&message), 0) << "no parts need no vector";
  message.msg_iovlen = 1;
  EXPECT_EQ(fault_of(&message), EFAULT);
  message.msg_iov = &part;
  EXPECT_EQ(fault_of(&message), 0);
  message.msg_iovlen = IOV_MAX + 1;
  EXPECT_EQ(fault_of(&message), EMSGSIZE);
  message.msg_iovlen = std::numeric_limits<std::size_t>::max();
  message.msg_iov = nullptr;
  EXPECT_EQ(fault_of(&message), EMSGSIZE) << "the length comes first";
}

TEST(IoVector, WhatIsNoVectorIsRefusedAsLinuxDoes) {
  const iovec part{nullptr, 0};
  EXPECT_EQ(fault_of(nullptr, 0), 0);
  EXPECT_EQ(fault_of(nullptr, 1), EFAULT);
  EXPECT_EQ(fault_of(&part, 1), 0);
  EXPECT_EQ(fault_of(&part, IOV_MAX), 0);
  EXPECT_EQ(fault_of(&part, IOV_MAX + 1), EINVAL);
  EXPECT_EQ(fault_of(&part, -1), EINVAL);
}

}  // namespace
}  // namespace millrace::run
