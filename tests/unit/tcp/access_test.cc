// Verdicts by network: the longest prefix decides, whatever the order of the rules.
#include "tcp/access.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::tcp {
namespace {

wire::IpPrefix network(const std::string& text) { return wire::IpPrefix::parse(text).value(); }
wire::IpAddress peer(const std::string& text) { return wire::IpAddress::parse(text).value(); }

TEST(AccessRules, WithoutRulesEverybodyIsServed) {
  EXPECT_EQ(AccessRules{}.verdict(peer("192.0.2.1")), Verdict::Accept);
  EXPECT_EQ(AccessRules{Verdict::Drop}.verdict(peer("2001:db8::1")), Verdict::Drop);
}

TEST(AccessRules, TheLongestPrefixDecidesInAnyOrder) {
  for (const bool longest_first : {false, true}) {
    AccessRules rules{Verdict::Drop};
    if (longest_first) {
      EXPECT_TRUE(rules.add(network("10.1.2.3/32"), Verdict::Drop));
    }
    EXPECT_TRUE(rules.add(network("10.0.0.0/8"), Verdict::Accept));
    EXPECT_TRUE(rules.add(network("10.1.0.0/16"), Verdict::Reject));
    if (!longest_first) {
      EXPECT_TRUE(rules.add(network("10.1.2.3/32"), Verdict::Drop));
    }
    EXPECT_EQ(rules.verdict(peer("10.2.0.1")), Verdict::Accept);
    EXPECT_EQ(rules.verdict(peer("10.1.2.4")), Verdict::Reject);
    EXPECT_EQ(rules.verdict(peer("10.1.2.3")), Verdict::Drop);
    EXPECT_EQ(rules.verdict(peer("11.0.0.0")), Verdict::Drop);
  }
}

TEST(AccessRules, ARuleIsForOneFamily) {
  AccessRules rules;
  EXPECT_TRUE(rules.add(network("0.0.0.0/0"), Verdict::Reject));
  EXPECT_TRUE(rules.add(network("2001:db8::/32"), Verdict::Drop));
  EXPECT_EQ(rules.verdict(peer("203.0.113.9")), Verdict::Reject);
  EXPECT_EQ(rules.verdict(peer("2001:db8::9")), Verdict::Drop);
  EXPECT_EQ(rules.verdict(peer("2001:db9::9")), Verdict::Accept);
}

TEST(AccessRules, ANetworkHasOneRule) {
  AccessRules rules;
  EXPECT_TRUE(rules.add(network("10.0.0.0/8"), Verdict::Reject));
  EXPECT_FALSE(rules.add(network("10.200.0.1/8"), Verdict::Drop));
  EXPECT_TRUE(rules.add(network("10.0.0.0/9"), Verdict::Drop));
  EXPECT_EQ(rules.verdict(peer("10.128.0.1")), Verdict::Reject);
}

TEST(AccessRules, TheirNumberIsBounded) {
  AccessRules rules;
  for (std::uint32_t i = 0; i < AccessRules::kMostRules; ++i)
    EXPECT_TRUE(rules.add({wire::IpAddress::v4(0x0a000000 + i), 32}, Verdict::Drop));
  EXPECT_FALSE(rules.add({wire::IpAddress::v4(0x0b000000), 32}, Verdict::Drop));
  EXPECT_EQ(rules.verdict(peer("11.0.0.0")), Verdict::Accept);
}

}  // namespace
}  // namespace millrace::tcp
