#include "ip/local_addresses.h"

#include <gtest/gtest.h>

#include "unit/ip/ip_fixture.h"

namespace millrace::ip {
namespace {

using test::ip;

TEST(LocalAddresses, FindsEachByItsIndex) {
  const LocalAddresses a{{{ip("10.0.0.1"), 24, 0}, {ip("2001:db8::1"), 64, 1}, {ip("192.0.2.1"), 32, 2}}};
  EXPECT_EQ(a.find(ip("10.0.0.1")), 0);
  EXPECT_EQ(a.find(ip("2001:db8::1")), 1);
  EXPECT_EQ(a.find(ip("192.0.2.1")), 2);
  EXPECT_FALSE(a.find(ip("10.0.0.2")));
  EXPECT_FALSE(a.find(ip("10.0.0.255"))) << "a broadcast address is not ours";
  EXPECT_FALSE(a.find(ip("0.0.0.0")));
  EXPECT_FALSE(a.find(ip("::")));
  EXPECT_EQ(a[2].ip, ip("192.0.2.1"));
  EXPECT_EQ(a[2].port, 2);
  EXPECT_EQ(a.all().size(), 3u);
}

TEST(LocalAddresses, EmptyTableKnowsOnlyTheLimitedBroadcast) {
  const LocalAddresses a{{}};
  EXPECT_FALSE(a.find(ip("10.0.0.1")));
  EXPECT_TRUE(a.role_of(ip("255.255.255.255")).is_broadcast());
  EXPECT_FALSE(a.role_of(ip("255.255.255.254")).is_broadcast());
}

TEST(LocalAddresses, ManyAddresses) {
  std::vector<LocalAddress> list;
  for (std::uint32_t i = 0; i < 1000; ++i) list.push_back({wire::IpAddress::v4(0x0a000000 + i * 256 + 1), 24, 0});
  const LocalAddresses a{list};
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(a.find(wire::IpAddress::v4(0x0a000000 + i * 256 + 1)), i);
    EXPECT_TRUE(a.role_of(wire::IpAddress::v4(0x0a000000 + i * 256 + 255)).is_broadcast());
    EXPECT_FALSE(a.find(wire::IpAddress::v4(0x0a000000 + i * 256 + 2)));
    EXPECT_FALSE(a.role_of(wire::IpAddress::v4(0x0a000000 + i * 256 + 254)).is_broadcast());
  }
}

TEST(LocalAddresses, ADuplicateKeepsTheFirstIndex) {
  const LocalAddresses a{{{ip("10.0.0.1"), 24, 0}, {ip("10.0.0.1"), 24, 1}}};
  EXPECT_EQ(a.find(ip("10.0.0.1")), 0);
}

TEST(LocalAddresses, DirectedBroadcastByPrefixLength) {
  EXPECT_TRUE(LocalAddresses({{ip("10.0.0.1"), 30, 0}}).role_of(ip("10.0.0.3")).is_broadcast());
  EXPECT_FALSE(LocalAddresses({{ip("10.0.0.0"), 31, 0}}).role_of(ip("10.0.0.1")).is_broadcast());
  EXPECT_FALSE(LocalAddresses({{ip("10.0.0.1"), 32, 0}}).role_of(ip("10.0.0.1")).is_broadcast());
  EXPECT_EQ(LocalAddresses({{ip("10.0.0.1"), 32, 0}}).find(ip("10.0.0.1")), 0);
  EXPECT_TRUE(LocalAddresses({{ip("10.1.2.3"), 8, 0}}).role_of(ip("10.255.255.255")).is_broadcast());
  EXPECT_TRUE(LocalAddresses({{ip("10.1.2.3"), 20, 0}}).role_of(ip("10.1.15.255")).is_broadcast());
  EXPECT_FALSE(LocalAddresses({{ip("2001:db8::1"), 24, 0}}).role_of(ip("0.0.0.255")).is_broadcast());
}

TEST(LocalAddresses, AnOwnAddressIsNoBroadcastAddress) {
  const LocalAddresses a{{{ip("10.0.0.1"), 24, 0}, {ip("10.0.0.255"), 16, 0}}};
  EXPECT_EQ(a.find(ip("10.0.0.255")), 1);
  EXPECT_FALSE(a.role_of(ip("10.0.0.255")).is_broadcast());
}

TEST(LocalAddresses, OnLinkNeedsPortAndNetwork) {
  const LocalAddresses a{{{ip("10.0.0.1"), 24, 0}, {ip("10.0.1.1"), 24, 1}, {ip("10.0.0.2"), 24, 0}}};
  EXPECT_EQ(a.on_link(0, ip("10.0.0.77")), 0);
  EXPECT_EQ(a.on_link(1, ip("10.0.1.77")), 1);
  EXPECT_FALSE(a.on_link(1, ip("10.0.0.77")));
  EXPECT_FALSE(a.on_link(0, ip("10.0.2.1")));
  EXPECT_FALSE(a.on_link(2, ip("10.0.0.77")));
}

TEST(LocalAddresses, Groups) {
  const LocalAddresses a{{{ip("10.0.0.1"), 24, 0}, {ip("2001:db8::1:2"), 64, 0}, {ip("fe80::1:2"), 64, 1}}};
  EXPECT_TRUE(a.role_of(ip("ff02::1")).is_group());
  EXPECT_TRUE(a.role_of(ip("ff02::1:ff01:2")).is_group());
  EXPECT_FALSE(a.role_of(ip("ff02::2")).is_group());
  EXPECT_FALSE(a.role_of(ip("ff02::1:ff01:3")).is_group());
  EXPECT_FALSE(a.role_of(ip("2001:db8::1:2")).is_group());
  EXPECT_FALSE(a.role_of(ip("10.0.0.255")).is_group());
  EXPECT_FALSE(a.find(ip("ff02::1")));
  EXPECT_FALSE(a.role_of(ip("ff02::1")).is_broadcast());
  EXPECT_TRUE(a.role_of(ip("10.0.0.255")).is_broadcast());
}

}  // namespace
}  // namespace millrace::ip
