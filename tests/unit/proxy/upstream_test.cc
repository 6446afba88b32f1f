#include "proxy/upstream.h"

#include <gtest/gtest.h>

#include "bed.h"

namespace millrace::proxy {
namespace {

UpstreamGroup group_of(std::size_t servers) {
  UpstreamSettings settings;
  settings.name = "g";
  for (std::size_t i = 0; i < servers; ++i) settings.servers.push_back(endpoint(static_cast<std::uint8_t>(i), 80));
  return UpstreamGroup(settings);
}

TEST(UpstreamGroup, ServersStartHealthyWithTheirAddresses) {
  const UpstreamGroup group = group_of(3);
  ASSERT_EQ(group.servers().size(), 3u);
  for (std::uint8_t i = 0; i < 3; ++i) {
    EXPECT_EQ(group.servers()[i].address, endpoint(i, 80));
    EXPECT_EQ(group.servers()[i].healthy.get(), 1u);
    EXPECT_EQ(group.servers()[i].connections.get(), 0u);
  }
  EXPECT_EQ(group.settings().name, "g");
}

TEST(UpstreamGroup, GoesRound) {
  UpstreamGroup group = group_of(3);
  for (const std::uint16_t want : {0, 1, 2, 0, 1, 2, 0}) EXPECT_EQ(group.choose(0), want);
}

TEST(UpstreamGroup, OneServerIsAlwaysNext) {
  UpstreamGroup group = group_of(1);
  EXPECT_EQ(group.choose(0), 0);
  EXPECT_EQ(group.choose(0), 0);
  EXPECT_EQ(group.choose(1), std::nullopt);
}

TEST(UpstreamGroup, SkipsUnhealthyServers) {
  UpstreamGroup group = group_of(3);
  group.servers()[1].healthy.set(0);
  for (const std::uint16_t want : {0, 2, 0, 2}) EXPECT_EQ(group.choose(0), want);
}

TEST(UpstreamGroup, UsesAllWhenNoneIsHealthy) {
  UpstreamGroup group = group_of(2);
  for (Server& server : group.servers()) server.healthy.set(0);
  for (const std::uint16_t want : {0, 1, 0}) EXPECT_EQ(group.choose(0), want);
}

TEST(UpstreamGroup, TriesEachServerOnce) {
  UpstreamGroup group = group_of(3);
  ASSERT_EQ(group.choose(0), 0);
  EXPECT_EQ(group.choose(0b001), 1);
  EXPECT_EQ(group.choose(0b011), 2);
  EXPECT_EQ(group.choose(0b111), std::nullopt);
  EXPECT_EQ(group.choose(0b101), 1);
}

TEST(UpstreamGroup, AnUnhealthyServerIsNoLastResort) {
  UpstreamGroup group = group_of(2);
  group.servers()[1].healthy.set(0);
  EXPECT_EQ(group.choose(0b01), std::nullopt);
}

TEST(UpstreamGroup, HoldsTheMostServersThereMayBe) {
  UpstreamGroup group = group_of(kMaxServers);
  EXPECT_EQ(group.choose(~std::uint64_t{0} >> 1), 63);
  EXPECT_EQ(group.choose(~std::uint64_t{0}), std::nullopt);
}

TEST(UpstreamGroupDeathTest, RefusesNoneAndTooMany) {
  EXPECT_DEATH(group_of(0), "");
  EXPECT_DEATH(group_of(kMaxServers + 1), "");
}

TEST(UserTag, KeepsItsParts) {
  for (const Owner owner : {Owner::Nobody, Owner::Pair, Owner::Probe})
    for (const Leg leg : {Leg::Client, Leg::Upstream})
      for (const std::uint32_t index : {0u, 1u, 0x3fff'ffffu, 0xffff'ffffu}) {
        const UserTag tag{owner, leg, index};
        EXPECT_EQ(UserTag::decode(tag.encode()), tag);
      }
  EXPECT_EQ(UserTag{}.encode(), 0u);
  EXPECT_EQ(UserTag::decode(0).owner, Owner::Nobody);
  EXPECT_EQ(other(Leg::Client), Leg::Upstream);
  EXPECT_EQ(other(Leg::Upstream), Leg::Client);
}

TEST(ProxyCounters, AreAllVisitedUnderTheirNames) {
  ProxyCounters counters;
  counters.accepted.set(1);
  counters.refused.set(2);
  counters.active.set(3);
  counters.connected.set(4);
  counters.connect_failures.set(5);
  counters.connect_timeouts.set(6);
  counters.connect_no_ports.set(7);
  counters.bytes_to_upstream.set(8);
  counters.bytes_to_client.set(9);
  counters.stale_events.set(10);
  for (std::size_t i = 0; i < kPairEnds; ++i) counters.end(static_cast<PairEnd>(i)).set(11 + i);
  std::vector<std::pair<std::string, std::uint64_t>> seen;
  counters.for_each([&](std::string_view name, std::uint64_t value) { seen.emplace_back(name, value); });
  const std::vector<std::pair<std::string, std::uint64_t>> want = {
      {"accepted", 1},         {"refused", 2},          {"active", 3},           {"connected", 4},
      {"connect_failures", 5}, {"connect_timeouts", 6}, {"connect_no_ports", 7}, {"bytes_to_upstream", 8},
      {"bytes_to_client", 9},  {"stale_events", 10},    {"finished", 11},        {"no_upstream", 12},
      {"client_gone", 13},     {"client_reset", 14},    {"upstream_reset", 15},  {"client_lost", 16},
      {"upstream_lost", 17},   {"truncated", 18},       {"idle_timeout", 19},    {"drained", 20}};
  EXPECT_EQ(seen, want);
  EXPECT_EQ(to_string(static_cast<PairEnd>(99)), "unknown");
}

}  // namespace
}  // namespace millrace::proxy
