// Two hosts with one IPv6 address: who was first keeps it, who comes second uses it never (RFC 4862 5.4), and of two
// that start together neither does.
#include <gtest/gtest.h>

#include "base/log.h"
#include "sim/world.h"

namespace millrace::sim {
namespace {

class DuplicateAddress : public testing::Test {
 protected:
  DuplicateAddress() {
    base::set_log_sink([](base::LogLevel, std::string_view) {});
  }
  ~DuplicateAddress() override { base::set_log_sink({}); }

  static HostOptions host(std::uint64_t seed) {
    HostOptions options;
    options.family = Family::V6;
    options.dad_transmits = 1;
    options.seed = seed;
    return options;
  }
  static HostOptions with_mac_of_its_own(HostOptions options) {
    options.mac = wire::MacAddress{{0x02, 0, 0, 0, 0, 0x77}};
    return options;
  }
  static ip::AddressState state(Host& host) { return (*host.shard().ip_config().states)[0]; }
  static std::uint64_t refused(Host& host) { return host.shard().ip_counters().addresses_refused.get(); }

  World world{host(1), with_mac_of_its_own(host(2)), {}, {}, 1};
};

TEST_F(DuplicateAddress, WhoWasFirstKeepsIt) {
  bool connected = false;  // A's cable comes when B has been up for a while
  world.b_to_a.set_tamper([&connected](const io::Frame&) { return !connected; });
  world.b.shard().announce(world.now());
  EXPECT_EQ(state(world.b), ip::AddressState::Tentative);
  world.run_for(milliseconds{999});
  EXPECT_EQ(state(world.b), ip::AddressState::Tentative);
  world.run_for(milliseconds{2});
  EXPECT_EQ(state(world.b), ip::AddressState::Usable);
  EXPECT_EQ(state(world.a), ip::AddressState::Tentative);
  connected = true;
  world.a.shard().announce(world.now());
  world.run_for(milliseconds{3});  // there and back
  EXPECT_EQ(state(world.a), ip::AddressState::Duplicate);
  EXPECT_EQ(state(world.b), ip::AddressState::Usable);
  EXPECT_EQ(refused(world.a), 1u);
  EXPECT_EQ(refused(world.b), 0u);
  EXPECT_EQ(world.a.api().connect({address_of(Family::V6, 0x0a000009), 80}).error(), api::Error::NoRoute)
      << "there is no address left to connect from";
  EXPECT_EQ(world.a.leftovers(), "");
  EXPECT_EQ(world.b.leftovers(), "");
}

TEST_F(DuplicateAddress, OfTwoThatStartTogetherNeitherDoes) {
  world.a.shard().announce(world.now());
  world.b.shard().announce(world.now());
  world.run_for(seconds{2});
  EXPECT_EQ(state(world.a), ip::AddressState::Duplicate);
  EXPECT_EQ(state(world.b), ip::AddressState::Duplicate);
}

TEST_F(DuplicateAddress, WhatNobodyElseHasIsUsed) {
  world.a.shard().announce(world.now());
  world.run_for(seconds{2});
  EXPECT_EQ(state(world.a), ip::AddressState::Usable);
  EXPECT_EQ(world.b.shard().ip_counters().address_conflicts.get(), 0u) << "ours is only tentative";
}

}  // namespace
}  // namespace millrace::sim
