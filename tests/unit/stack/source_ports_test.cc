// What is said about source ports: lines of a shard's ledger by pages, what a listener takes away, and who owns a flow.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "stack/flow_owner.h"
#include "stack/shard.h"
#include "stack/source_port_list.h"

namespace millrace::stack {
namespace {

using wire::IpAddress;

ip::IpConfig two_addresses() {
  ip::LocalAddresses addresses{{{IpAddress::v4(0x0a010001), 24, 0}, {IpAddress::v4(0x0a010003), 24, 0}}};
  ip::RouteTable routes{addresses};
  return {{{.mac = {{2, 0, 0, 0, 0, 1}}}}, addresses, routes};
}

class SourcePortsTest : public testing::Test {
 protected:
  std::unique_ptr<Shard> make_shard(const flow::OwnerMap& owners) {
    ShardConfig config;
    config.ephemeral_ports = {40000, 40099};
    return std::make_unique<Shard>(config, ShardResources{ip_, owners, data_, control_}, Time{seconds{1}});
  }
  static bool connect(Shard& shard, std::uint16_t remote_port, std::vector<IpAddress> locals = {}) {
    return shard.connect(kRemote, remote_port, locals, 0, {}).tcb != nullptr;
  }
  static SourcePortPage page_of(Shard& shard, std::size_t most, std::uint32_t cursor = 0) {
    SourcePortPage page;
    page.cursor = cursor;
    for (int turns = 0; fill_page(shard, most, page) == TaskState::Again; ++turns) EXPECT_LT(turns, 1000);
    return page;
  }

  static inline const IpAddress kRemote = IpAddress::v4(0x0a010002);
  ip::IpConfig ip_ = two_addresses();
  flow::OwnerMap one_{1};
  flow::OwnerMap two_{2};
  pkt::PacketPool data_{{.name = "sp-data", .packets = 512, .data_size = 2048, .cache = 0}};
  pkt::PacketPool control_{{.name = "sp-control", .packets = 512, .data_size = 256, .cache = 0}};
};

TEST_F(SourcePortsTest, ALineTellsTakenAndLeft) {
  const auto shard = make_shard(one_);
  EXPECT_TRUE(page_of(*shard, 10).end);
  ASSERT_TRUE(connect(*shard, 80));
  ASSERT_TRUE(connect(*shard, 80));
  ASSERT_TRUE(connect(*shard, 80, {IpAddress::v4(0x0a010003)}));
  const SourcePortPage page = page_of(*shard, 10);
  EXPECT_TRUE(page.end);
  EXPECT_EQ(page.lines, (std::vector<std::string>{"worker 0 10.1.0.1 -> 10.1.0.2:80 taken 2 left 98",
                                                  "worker 0 10.1.0.3 -> 10.1.0.2:80 taken 1 left 99"}));
}

TEST_F(SourcePortsTest, PagesFollowEachOther) {
  for (const flow::OwnerMap* owners : {&one_, &two_}) {
    const auto shard = make_shard(*owners);
    for (std::uint16_t port = 1; port <= 5; ++port) ASSERT_TRUE(connect(*shard, port));
    const SourcePortPage first = page_of(*shard, 3);
    EXPECT_EQ(first.lines.size(), 3u);
    EXPECT_FALSE(first.end);
    const SourcePortPage second = page_of(*shard, 3, first.cursor);
    ASSERT_EQ(second.lines.size(), 2u);
    EXPECT_TRUE(second.end);
    EXPECT_NE(second.lines[0].find("10.1.0.2:4 taken 1 left "), std::string::npos) << second.lines[0];
    EXPECT_TRUE(page_of(*shard, 3, 77).end);
  }
}

TEST_F(SourcePortsTest, CountingOwnersTakesATurnEach) {
  const auto shard = make_shard(two_);
  for (std::uint16_t port = 1; port <= 3; ++port) ASSERT_TRUE(connect(*shard, port));
  SourcePortPage page;
  EXPECT_EQ(fill_page(*shard, 10, page), TaskState::Again);
  EXPECT_EQ(page.lines.size(), 1u);
  (void)page_of(*shard, 10);
  SourcePortPage again;
  EXPECT_EQ(fill_page(*shard, 10, again), TaskState::Done) << "all are counted now";
  EXPECT_EQ(again.lines.size(), 3u);
}

TEST_F(SourcePortsTest, WhatListenersHoldIsNotLeft) {
  const auto shard = make_shard(one_);
  ASSERT_TRUE(connect(*shard, 80));
  flow::PortDestination& destination = *shard->ports().at(0);
  const auto left = [&] { return shard->ports_left(destination); };
  EXPECT_EQ(left(), 99u);
  const std::uint16_t taken = shard->table().tcbs[0].key.local_port;
  const auto free = static_cast<std::uint16_t>(taken == 40050 ? 40051 : 40050);
  const auto everywhere = shard->listen({}, free, {});
  ASSERT_TRUE(everywhere);
  EXPECT_EQ(left(), 98u);
  ASSERT_TRUE(shard->listen(IpAddress::v4(0x0a010001), free, {}));
  EXPECT_EQ(left(), 98u) << "the same port twice";
  ASSERT_TRUE(shard->listen(IpAddress::v4(0x0a010003), static_cast<std::uint16_t>(free + 10), {}));
  EXPECT_EQ(left(), 98u) << "another address";
  ASSERT_TRUE(shard->listen({}, 80, {}));
  ASSERT_TRUE(shard->listen({}, taken, {}));
  EXPECT_EQ(left(), 98u) << "outside the range, or taken";
  for (int i = 0; i < 98; ++i) ASSERT_TRUE(connect(*shard, 80)) << i;
  EXPECT_EQ(left(), 0u);
  EXPECT_FALSE(connect(*shard, 80)) << "the listener's port is not used";
  EXPECT_EQ(shard->tcp_counters().no_ports_left.get(), 1u);
}

TEST_F(SourcePortsTest, AFullTableTakesNoPort) {
  ShardConfig config;
  config.limits.connections = 2;
  Shard shard{config, ShardResources{ip_, one_, data_, control_}, Time{seconds{1}}};
  ASSERT_TRUE(connect(shard, 80));
  ASSERT_TRUE(connect(shard, 81));
  const auto refused = shard.connect(kRemote, 80, {}, 0, {});
  EXPECT_EQ(refused.tcb, nullptr);
  EXPECT_EQ(refused.error, Shard::ConnectError::TableFull);
  EXPECT_EQ(shard.port_counters().taken.get(), 2u);
  EXPECT_EQ(shard.tcp_counters().no_ports_left.get(), 0u);
}

TEST_F(SourcePortsTest, SourcesOfTheOtherVersionOrNotOursAreNotUsed) {
  const auto shard = make_shard(one_);
  const IpAddress v6 = *IpAddress::parse("2001:db8::1");
  const IpAddress foreign = IpAddress::v4(0x0a010009);
  const auto refused = [&](std::vector<IpAddress> locals) {
    const auto result = shard->connect(kRemote, 80, locals, 0, {});
    return result.tcb == nullptr && result.error == Shard::ConnectError::InvalidAddress;
  };
  EXPECT_TRUE(refused({v6}));
  EXPECT_TRUE(refused({foreign}));
  EXPECT_TRUE(refused({foreign, v6}));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(connect(*shard, 80, {v6, IpAddress::v4(0x0a010003), foreign}));
  EXPECT_EQ(page_of(*shard, 10).lines, (std::vector<std::string>{"worker 0 10.1.0.3 -> 10.1.0.2:80 taken 20 left 80"}));
}

TEST_F(SourcePortsTest, OwnerOfAFlow) {
  const IpAddress first = IpAddress::v4(0x0a010001), second = IpAddress::v4(0x0a010003);
  int differ = 0;
  for (std::uint16_t port = 40000; port < 40100; ++port) {
    EXPECT_EQ(owner_of_flow(ip_, two_, {}, port, kRemote, 80), two_.owner(first, port, kRemote, 80));
    EXPECT_EQ(owner_of_flow(ip_, two_, second, port, kRemote, 80), two_.owner(second, port, kRemote, 80));
    differ += two_.owner(first, port, kRemote, 80) != two_.owner(second, port, kRemote, 80) ? 1 : 0;
  }
  EXPECT_GT(differ, 0);
  EXPECT_EQ(owner_of_flow(ip_, two_, IpAddress::v4(0x0a010009), 40000, kRemote, 80), std::nullopt) << "not ours";
  EXPECT_EQ(owner_of_flow(ip_, two_, {}, 40000, IpAddress::v4(0x0b000001), 80), std::nullopt) << "no route";
}

}  // namespace
}  // namespace millrace::stack
