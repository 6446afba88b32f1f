#include "tcp/listener.h"

#include <gtest/gtest.h>

namespace millrace::tcp {
namespace {

Listener at(std::uint16_t port, std::uint16_t local = kAnyLocal) {
  Listener listener;
  listener.port = port;
  listener.local_index = local;
  return listener;
}

TEST(Listeners, FindsByPort) {
  Listeners all;
  EXPECT_EQ(all.find(0, 80), kNoListener);
  EXPECT_EQ(all.add(at(80)), 0);
  EXPECT_EQ(all.add(at(81)), 1);
  EXPECT_EQ(all.size(), 2u);
  EXPECT_EQ(all.find(5, 80), 0);
  EXPECT_EQ(all.find(5, 81), 1);
  EXPECT_EQ(all.find(5, 82), kNoListener);
  EXPECT_EQ(all[1].port, 81);
  EXPECT_TRUE(all[1].open);
}

// Proves MUST-43.
TEST(Listeners, OneAddressWinsOverEvery) {
  for (const bool any_first : {false, true}) {
    Listeners all;
    const std::uint16_t any = any_first ? all.add(at(80)) : kNoListener;
    const std::uint16_t one = all.add(at(80, 3));
    const std::uint16_t every = any_first ? any : all.add(at(80));
    EXPECT_EQ(all.find(3, 80), one);
    EXPECT_EQ(all.find(4, 80), every);
  }
}

TEST(Listeners, OtherAddressDoesNotMatch) {
  Listeners all;
  EXPECT_EQ(all.add(at(80, 3)), 0);
  EXPECT_EQ(all.find(4, 80), kNoListener);
}

TEST(Listeners, TakenMeansSameAddressAndPort) {
  Listeners all;
  EXPECT_EQ(all.add(at(80, 3)), 0);
  EXPECT_EQ(all.add(at(80, 3)), kNoListener);
  EXPECT_EQ(all.add(at(80, 4)), 1);
  EXPECT_EQ(all.add(at(81, 3)), 2);
}

TEST(Listeners, EveryAddressOfOneIpVersionOrOfBoth) {
  const auto any = [](std::uint16_t port, IpVersions versions) {
    Listener listener = at(port);
    listener.versions = versions;
    return listener;
  };
  Listeners all;
  all.set_v6({false, true});
  EXPECT_EQ(all.add(any(80, IpVersions::V4)), 0);
  EXPECT_EQ(all.add(any(80, IpVersions::Both)), kNoListener) << "IPv4 is taken";
  EXPECT_EQ(all.find(0, 80), 0);
  EXPECT_EQ(all.find(1, 80), kNoListener);
  EXPECT_EQ(all.find(2, 80), 0);
  EXPECT_EQ(all.add(any(80, IpVersions::V6)), 1);
  EXPECT_EQ(all.add(any(80, IpVersions::V6)), kNoListener);
  EXPECT_EQ(all.find(0, 80), 0);
  EXPECT_EQ(all.find(1, 80), 1);
  EXPECT_EQ(all.add(any(81, IpVersions::Both)), 2);
  EXPECT_EQ(all.add(any(81, IpVersions::V6)), kNoListener);
  EXPECT_EQ(all.find(0, 81), 2);
  EXPECT_EQ(all.find(1, 81), 2);
}

TEST(Listeners, ClosedOnesAreNotFoundAndFreeTheirPort) {
  Listeners all;
  EXPECT_EQ(all.add(at(80)), 0);
  all.close(0);
  EXPECT_EQ(all.find(0, 80), kNoListener);
  EXPECT_EQ(all.add(at(80)), 1);
  EXPECT_EQ(all.find(0, 80), 1);
  all.close(2);  // nobody's number
  all.close(kNoListener);
  EXPECT_EQ(all.find(0, 80), 1);
}

}  // namespace
}  // namespace millrace::tcp
