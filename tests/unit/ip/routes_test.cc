#include "ip/routes.h"

#include <gtest/gtest.h>

#include "unit/ip/ip_fixture.h"

namespace millrace::ip {
namespace {

using test::ip;
using test::prefix;

const LocalAddresses kAddresses{
    {{ip("10.0.0.1"), 24, 0}, {ip("10.0.1.1"), 24, 1}, {ip("10.0.0.2"), 24, 0}, {ip("2001:db8::1"), 64, 1}}};

void expect_route(const RouteTable& table, const char* remote, std::uint16_t port, const char* next_hop,
                  std::uint16_t local_index) {
  const auto route = table.lookup(ip(remote));
  ASSERT_TRUE(route) << remote;
  EXPECT_EQ(route->port, port) << remote;
  EXPECT_EQ(route->next_hop, ip(next_hop)) << remote;
  EXPECT_EQ(route->local_index, local_index) << remote;
}

// Proves MUST-44.
TEST(RouteTable, ConnectedNetworksGoStraight) {
  const RouteTable table{kAddresses};
  expect_route(table, "10.0.0.9", 0, "10.0.0.9", 0);
  expect_route(table, "10.0.1.9", 1, "10.0.1.9", 1);
  expect_route(table, "2001:db8::9", 1, "2001:db8::9", 3);
  EXPECT_FALSE(table.lookup(ip("10.0.2.1")));
  EXPECT_FALSE(table.lookup(ip("2001:db9::1")));
}

TEST(RouteTable, TheLongestPrefixWinsInAnyOrder) {
  for (const bool default_first : {true, false}) {
    RouteTable table{kAddresses};
    const auto add_default = [&] { return table.add(prefix("0.0.0.0/0"), ip("10.0.0.254")); };
    ASSERT_TRUE(!default_first || add_default());
    ASSERT_TRUE(table.add(prefix("172.16.0.0/12"), ip("10.0.1.254")));
    ASSERT_TRUE(table.add(prefix("172.16.5.0/24"), ip("10.0.0.253")));
    ASSERT_TRUE(default_first || add_default());
    expect_route(table, "203.0.113.1", 0, "10.0.0.254", 0);
    expect_route(table, "172.16.4.1", 1, "10.0.1.254", 1);
    expect_route(table, "172.16.5.1", 0, "10.0.0.253", 0);
    expect_route(table, "10.0.1.7", 1, "10.0.1.7", 1);
    EXPECT_FALSE(table.lookup(ip("2001:db9::1"))) << "an IPv4 default says nothing about IPv6";
  }
}

TEST(RouteTable, OfEqualPrefixesTheFirstCounts) {
  RouteTable table{kAddresses};
  ASSERT_TRUE(table.add(prefix("192.0.2.0/24"), ip("10.0.0.250")));
  ASSERT_TRUE(table.add(prefix("192.0.2.0/24"), ip("10.0.1.250")));
  expect_route(table, "192.0.2.1", 0, "10.0.0.250", 0);
}

TEST(RouteTable, AGatewayIsANeighbor) {
  RouteTable table{kAddresses};
  EXPECT_FALSE(table.add(prefix("0.0.0.0/0"), ip("192.0.2.1"))) << "not on a link";
  EXPECT_FALSE(table.add(prefix("0.0.0.0/0"), ip("10.0.1.1"))) << "our own address";
  EXPECT_FALSE(table.add(prefix("0.0.0.0/0"), ip("2001:db8::9"))) << "other version";
  EXPECT_FALSE(table.add(prefix("::/0"), ip("10.0.0.254")));
  ASSERT_TRUE(table.add(prefix("192.0.2.0/24"), ip("10.0.0.250")));
  EXPECT_FALSE(table.add(prefix("0.0.0.0/0"), ip("192.0.2.1"))) << "a gateway behind a gateway";
  EXPECT_FALSE(table.lookup(ip("203.0.113.1"))) << "what was refused left nothing behind";
  ASSERT_TRUE(table.add(prefix("::/0"), ip("2001:db8::fe")));
  expect_route(table, "2001:db9::1", 1, "2001:db8::fe", 3);
}

TEST(RouteTable, ALinkLocalGatewayNeedsItsPort) {
  const LocalAddresses addresses{{{ip("fe80::1"), 64, 0},
                                  {ip("fe80::2"), 64, 1},
                                  {ip("10.0.1.1"), 24, 1},
                                  {ip("2001:db8::1"), 64, 1},
                                  {ip("2001:db8:1::1"), 48, 1}}};
  RouteTable table{addresses};
  EXPECT_FALSE(table.add(prefix("::/0"), ip("fe80::fe"), 0)) << "port 0 has no address to send from";
  EXPECT_FALSE(table.add(prefix("::/0"), ip("fe80::fe"), 2)) << "no such port";
  EXPECT_FALSE(table.add(prefix("::/0"), ip("2001:db8::fe"), 0)) << "the other port's network";
  ASSERT_TRUE(table.add(prefix("::/0"), ip("fe80::fe"), 1));
  expect_route(table, "2001:db9::1", 1, "fe80::fe", 3);
  expect_route(table, "fe80::9", 0, "fe80::9", 0);
}

}  // namespace
}  // namespace millrace::ip
