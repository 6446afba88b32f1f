#include "ip/source_address.h"

#include <gtest/gtest.h>

#include "unit/ip/ip_fixture.h"

namespace millrace::ip::test {
namespace {

IpConfig config() {
  LocalAddresses addresses{{{ip("10.0.0.1"), 24, 0},
                            {ip("2001:db8::1"), 64, 0},
                            {ip("fe80::1"), 64, 0},
                            {ip("2001:db8:2::1"), 64, 1},
                            {ip("2001:db8:1::1"), 64, 0},
                            {ip("2001:db8::2"), 64, 0}}};
  RouteTable routes{addresses};
  EXPECT_TRUE(routes.add(prefix("::/0"), ip("2001:db8::fe")));
  return {{{kPort0Mac}, {kPort1Mac}}, std::move(addresses), std::move(routes)};
}

std::optional<std::uint16_t> source(const IpConfig& config, const char* remote) {
  return usable_source(config, config.routes.lookup(ip(remote)).value(), ip(remote));
}

TEST(SourceAddress, TheRoutesOwnWhileItIsUsable) {
  const IpConfig c = config();
  EXPECT_EQ(source(c, "10.0.0.9"), 0);
  EXPECT_EQ(source(c, "2001:db8::9"), 1);
  EXPECT_EQ(source(c, "2001:db8:2::9"), 3);
  EXPECT_EQ(source(c, "2001:db9::9"), 1);
}

TEST(SourceAddress, AnotherOfThePortWhileItIsNot) {
  const IpConfig c = config();
  c.states->set(1, AddressState::Tentative);
  EXPECT_EQ(source(c, "2001:db8::9"), 5) << "of the same network first";
  EXPECT_EQ(source(c, "2001:db9::9"), 4);
  c.states->set(5, AddressState::Duplicate);
  EXPECT_EQ(source(c, "2001:db8::9"), 4);
  c.states->set(4, AddressState::Tentative);
  EXPECT_EQ(source(c, "2001:db8::9"), std::nullopt) << "neither link-local, IPv4 nor another port's";
  c.states->set(3, AddressState::Tentative);
  EXPECT_EQ(source(c, "2001:db8:2::9"), std::nullopt);
}

}  // namespace
}  // namespace millrace::ip::test
