// Ranges of addresses: read, written, and found again in packets.
#include "sources.h"

#include <gtest/gtest.h>

#include "index_ring.h"
#include "local_ends.h"

namespace millrace::load {
namespace {

std::uint32_t place(const Sources& sources, const char* text) {
  const wire::IpAddress a = wire::IpAddress::parse(text).value();
  const auto* bytes = reinterpret_cast<const std::byte*>(a.bytes.data());
  return a.is_v4() ? sources.place_v4(bytes + 12) : sources.place_v6(bytes);
}

TEST(SourcesTest, OneAddressOrARange) {
  const auto one = Sources::parse("10.1.0.2/24");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->count(), 1u);
  EXPECT_EQ(one->to_string(), "10.1.0.2");
  EXPECT_TRUE(one->network().contains(wire::IpAddress::v4(0x0a0100ff)));

  const auto range = Sources::parse("10.1.0.250-10.1.1.3/16");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->count(), 10u);
  EXPECT_EQ(range->to_string(), "10.1.0.250-10.1.1.3");
  EXPECT_EQ(range->address(6).to_string(), "10.1.1.0");
  EXPECT_EQ(place(*range, "10.1.0.250"), 0u);
  EXPECT_EQ(place(*range, "10.1.1.3"), 9u);
  EXPECT_GE(place(*range, "10.1.1.4"), range->count());
  EXPECT_GE(place(*range, "10.1.0.249"), range->count());
}

TEST(SourcesTest, Ipv6) {
  const auto range = Sources::parse("2001:db8::2-2001:db8::11/64");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->count(), 16u);
  EXPECT_EQ(place(*range, "2001:db8::10"), 14u);
  EXPECT_GE(place(*range, "2001:db8::1"), range->count());
  EXPECT_GE(place(*range, "2001:db8:1::3"), range->count());
  EXPECT_TRUE(range->contains(wire::IpAddress::parse("2001:db8::2").value()));
}

TEST(SourcesTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "10.1.0.2", "10.1.0.2/33", "10.1.0.9-10.1.0.2/24", "10.1.0.2-2001:db8::1/64", "x-10.1.0.2/24",
        "10.1.0.2/24-10.1.0.3", "10.0.0.0-10.1.0.0/8", "2001:db8::1-2001:db9::1/64"})
    EXPECT_FALSE(Sources::parse(text)) << text;
}

TEST(LocalEndsTest, NeighborsHaveDifferentAddresses) {
  const auto sources = Sources::parse("10.1.0.2-10.1.0.4/24");
  IndexRing ring{7};
  fill_local_ends(*sources, {.first = 100, .last = 200}, 7, ring);
  const std::uint32_t wanted[] = {100, 1 << 16 | 100, 2 << 16 | 100, 101, 1 << 16 | 101, 2 << 16 | 101, 102};
  for (const std::uint32_t local : wanted) EXPECT_EQ(ring.pop(), local);
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(count_local_ends(*sources, {.first = 100, .last = 200}), 303u);
}

}  // namespace
}  // namespace millrace::load
