#include "ip/counters.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace millrace::ip {
namespace {

TEST(IpCounters, EveryReasonHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    const auto text = name(static_cast<DropReason>(i));
    EXPECT_FALSE(text.empty()) << i;
    EXPECT_TRUE(names.insert(text).second) << text;
  }
  EXPECT_EQ(name(DropReason::Truncated), "truncated");
  EXPECT_EQ(name(DropReason::Fragment), "fragment");
  EXPECT_EQ(name(DropReason::BadTcpChecksum), "bad TCP checksum");
  EXPECT_EQ(name(DropReason::EchoRateLimited), "echo rate limited");
  EXPECT_EQ(name(DropReason::NoRoute), "no route");
  EXPECT_EQ(name(DropReason::PoolEmpty), "pool empty");
}

TEST(IpCounters, SumsPartAtTheFirstTransmitReason) {
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    IpCounters c;
    const auto reason = static_cast<DropReason>(i);
    c.drop(reason);
    c.drop(reason);
    const bool receive = reason < DropReason::NoRoute;
    EXPECT_EQ(c.dropped(reason), 2u);
    EXPECT_EQ(c.dropped_on_receive(), receive ? 2u : 0u) << i;
    EXPECT_EQ(c.dropped_on_transmit(), receive ? 0u : 2u) << i;
  }
}

}  // namespace
}  // namespace millrace::ip
