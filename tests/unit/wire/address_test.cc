#include "wire/address.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::wire {
namespace {

TEST(IpAddress, ParsesDottedQuads) {
  EXPECT_EQ(IpAddress::parse("10.1.2.3"), IpAddress::v4(0x0a010203));
  EXPECT_EQ(IpAddress::parse("0.0.0.0"), IpAddress::v4(0));
  EXPECT_EQ(IpAddress::parse("255.255.255.255"), IpAddress::v4(0xffffffff));
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv, "10.0.0"sv, "10.0.0.256"sv, "10.0.0.1 "sv, " 10.0.0.1"sv, "10.0.0.01"sv, "10.0.0.1.2"sv,
                          "a"sv, ":"sv, ":::"sv, "1::2::3"sv, "2001:db8::12345"sv, "10.0.0.1\0x"sv, "fe80::1%eth0"sv})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, ParsesAndPrintsV6InCanonicalForm) {
  const auto text = [](std::string_view t) { return IpAddress::parse(t).value().to_string(); };
  EXPECT_EQ(text("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
  EXPECT_EQ(text("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1") << "RFC 5952 4.2.2: one group is not shortened";
  EXPECT_EQ(text("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1") << "RFC 5952 4.2.3: the longest run";
  EXPECT_EQ(text("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1") << "the first of equal runs";
  EXPECT_EQ(text("::"), "::");
  EXPECT_EQ(text("::1"), "::1");
}

TEST(IpAddress, V4MappedTextIsV4) {
  const auto a = IpAddress::parse("::ffff:192.0.2.1");
  ASSERT_TRUE(a);
  EXPECT_TRUE(a->is_v4());
  EXPECT_EQ(a->v4_value(), 0xc0000201u);
  EXPECT_EQ(a->to_string(), "192.0.2.1");
}

TEST(IpAddress, TellsKinds) {
  const auto ip = [](std::string_view t) { return IpAddress::parse(t).value(); };
  EXPECT_FALSE(ip("2001:db8::1").is_v4());
  EXPECT_FALSE(ip("1::ffff:10.0.0.1").is_v4());
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("0.0.0.1").is_unspecified());
  EXPECT_FALSE(ip("223.255.255.255").is_multicast());
  EXPECT_TRUE(ip("224.0.0.0").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.0").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_FALSE(ip("fe80::1").is_multicast());
  EXPECT_FALSE(ip("126.255.255.255").is_loopback());
  EXPECT_TRUE(ip("127.0.0.1").is_loopback());
  EXPECT_FALSE(ip("128.0.0.1").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
}

TEST(MacAddress, ParsesAndPrints) {
  const auto mac = MacAddress::parse("0a:1B:2c:9f:Af:FF");
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->bytes, (std::array<std::uint8_t, 6>{0x0a, 0x1b, 0x2c, 0x9f, 0xaf, 0xff}));
  EXPECT_EQ(mac->to_string(), "0a:1b:2c:9f:af:ff");
  EXPECT_EQ(MacAddress::broadcast().to_string(), "ff:ff:ff:ff:ff:ff");
}

TEST(MacAddress, RefusesOtherText) {
  for (const auto* text : {"", "0a:1b:2c:3d:4e", "0a:1b:2c:3d:4e:5", "0a:1b:2c:3d:4e:5ff", "0a-1b-2c-3d-4e-5f",
                           "0g:1b:2c:3d:4e:5f", "g0:1b:2c:3d:4e:5f", "0a:1b:2c:3d:4e-5f", "0a:1b:2c:3d:4e:5`",
                           "0a:1b:2c:3d:4e:5@", "0a:1b:2c:3d:4e:5G", "0a:1b:2c:3d:4e:5:", "0a:1b:2c:3d:4e:5/"})
    EXPECT_FALSE(MacAddress::parse(text)) << text;
}

TEST(MacAddress, TellsMulticast) {
  EXPECT_TRUE(MacAddress::broadcast().is_multicast());
  EXPECT_TRUE(MacAddress::parse("01:00:5e:00:00:01")->is_multicast());
  EXPECT_FALSE(MacAddress::parse("02:00:00:00:00:01")->is_multicast());
}

struct PrefixCase {
  const char* prefix;
  const char* address;
  bool inside;
};

TEST(IpPrefix, ContainsExactlyItsBlock) {
  const PrefixCase cases[] = {
      {"10.0.0.0/24", "10.0.0.0", true},
      {"10.0.0.0/24", "10.0.0.255", true},
      {"10.0.0.0/24", "10.0.1.0", false},
      {"10.0.0.0/24", "9.255.255.255", false},
      {"10.0.0.0/23", "10.0.1.255", true},
      {"10.0.0.0/23", "10.0.2.0", false},
      {"10.0.0.5/25", "10.0.0.127", true},
      {"10.0.0.5/25", "10.0.0.128", false},
      {"10.0.0.1/32", "10.0.0.1", true},
      {"10.0.0.1/32", "10.0.0.2", false},
      {"10.0.0.1/31", "10.0.0.0", true},
      {"10.0.0.1/31", "10.0.0.2", false},
      {"0.0.0.0/0", "203.0.113.7", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"128.0.0.0/1", "255.0.0.0", true},
      {"128.0.0.0/1", "127.0.0.0", false},
      {"2001:db8::/32", "2001:db8::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "10.0.0.1", false},
      {"fe80::/10", "febf::1", true},
      {"fe80::/10", "fec0::1", false},
      {"::1/128", "::1", true},
      {"::1/128", "::2", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(IpPrefix::parse(c.prefix).value().contains(IpAddress::parse(c.address).value()), c.inside)
        << c.prefix << " " << c.address;
}

TEST(IpPrefix, ParsesAndPrints) {
  EXPECT_EQ(IpPrefix::parse("10.0.0.5/8"), (IpPrefix{IpAddress::v4(0x0a000005), 8}));
  EXPECT_EQ(IpPrefix::parse("10.0.0.5/8")->to_string(), "10.0.0.5/8");
  EXPECT_EQ(IpPrefix::parse("2001:db8::/128")->length, 128);
  EXPECT_EQ(IpPrefix::parse("0.0.0.0/0")->length, 0);
  EXPECT_EQ(IpPrefix::parse("10.0.0.0/19")->length, 19);
  EXPECT_EQ(IpPrefix::parse("10.0.0.0/32")->length, 32);
}

TEST(IpPrefix, RefusesOtherText) {
  for (const auto* text : {"10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/+1",
                           "10.0.0.0/1 ", "10.0.0.0/00", "2001:db8::/129", "2001:db8::/0128", "x/8", "/8",
                           "10.0.0.0/2/2", "::ffff:10.0.0.0/104", "10.0.0.0/1:", "10.0.0.0/1/", "2001:db8::/256"})
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
}

TEST(MacAddress, HostsAreNeitherGroupsNorZero) {
  EXPECT_TRUE(MacAddress::parse("02:00:00:00:00:00")->is_host());
  EXPECT_TRUE(MacAddress::parse("00:00:00:00:00:01")->is_host());
  EXPECT_FALSE(MacAddress{}.is_host());
  EXPECT_FALSE(MacAddress::broadcast().is_host());
  EXPECT_FALSE(MacAddress::parse("33:33:00:00:00:01")->is_host());
}

}  // namespace
}  // namespace millrace::wire
