// Pages of connections: bounded slices, a cursor that goes on, every connection once. And neighbor news on its way
// between two shards.
#include "stack/connection_list.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "stack/neighbor_exchange.h"
#include "stack/shard.h"

namespace millrace::stack {
namespace {

ip::IpConfig one_port() {
  ip::LocalAddresses addresses{{{wire::IpAddress::v4(0x0a010001), 24, 0}}};
  ip::RouteTable routes{addresses};
  return {{{.mac = {{2, 0, 0, 0, 0, 1}}}}, addresses, routes};
}

class ConnectionListTest : public testing::Test {
 protected:
  std::unique_ptr<Shard> make_shard(std::uint16_t worker) {
    ShardConfig config;
    config.worker = worker;
    return std::make_unique<Shard>(config, ShardResources{ip_, worker == 0 ? one_ : two_, data_, control_},
                                   Time{seconds{1}});
  }
  tcp::Tcb* connect(std::uint16_t remote_port) {
    return shard_->connect(wire::IpAddress::v4(0x0a010002), remote_port, {}, 0, {}).tcb;
  }

  ip::IpConfig ip_ = one_port();
  flow::OwnerMap one_{1};
  flow::OwnerMap two_{2};
  pkt::PacketPool data_{{.name = "data", .packets = 512, .data_size = 2048, .cache = 0}};
  pkt::PacketPool control_{{.name = "control", .packets = 512, .data_size = 256, .cache = 0}};
  std::unique_ptr<Shard> shard_ = make_shard(0);
};

TEST_F(ConnectionListTest, AnEmptyTableIsOneEmptyPage) {
  ConnectionPage page;
  EXPECT_EQ(fill_page(*shard_, 10, page), TaskState::Done);
  EXPECT_TRUE(page.end);
  EXPECT_TRUE(page.lines.empty());
}

TEST_F(ConnectionListTest, ALineTellsWhoAndHow) {
  const tcp::Tcb* tcb = connect(80);
  ASSERT_NE(tcb, nullptr);
  ConnectionPage page;
  EXPECT_EQ(fill_page(*shard_, 10, page), TaskState::Done);
  ASSERT_EQ(page.lines.size(), 1u);
  EXPECT_EQ(page.lines[0].rfind(
                "SYN-SENT 10.1.0.1:" + std::to_string(tcb->key.local_port) + " 10.1.0.2:80 recv-q 0 send-q 0 cwnd ", 0),
            0u)
      << page.lines[0];
}

TEST_F(ConnectionListTest, PagesFollowEachOtherWithoutGapOrRepetition) {
  for (std::uint16_t port = 1; port <= 5; ++port) ASSERT_NE(connect(port), nullptr);
  ConnectionPage first;
  EXPECT_EQ(fill_page(*shard_, 3, first), TaskState::Done);
  EXPECT_EQ(first.lines.size(), 3u);
  EXPECT_EQ(first.cursor, 3u);
  EXPECT_FALSE(first.end);
  ConnectionPage second;
  second.cursor = first.cursor;
  EXPECT_EQ(fill_page(*shard_, 3, second), TaskState::Done);
  EXPECT_EQ(second.lines.size(), 2u);
  EXPECT_TRUE(second.end);
  EXPECT_NE(second.lines[0].find("10.1.0.2:4 "), std::string::npos);
  ConnectionPage exact;
  exact.cursor = 2;
  EXPECT_EQ(fill_page(*shard_, 3, exact), TaskState::Done);
  EXPECT_EQ(exact.lines.size(), 3u);
  EXPECT_TRUE(exact.end);
  ConnectionPage beyond;
  beyond.cursor = 77;
  EXPECT_EQ(fill_page(*shard_, 3, beyond), TaskState::Done);
  EXPECT_TRUE(beyond.end);
  EXPECT_EQ(beyond.cursor, 77u);
}

TEST_F(ConnectionListTest, LooksAtOneSlicePerCall) {
  for (std::uint16_t port = 1; port <= kConnectionSlice + 1; ++port) ASSERT_NE(connect(port), nullptr);
  ConnectionPage page;
  EXPECT_EQ(fill_page(*shard_, 1000, page), TaskState::Again);
  EXPECT_EQ(page.lines.size(), kConnectionSlice);
  EXPECT_FALSE(page.end);
  EXPECT_EQ(fill_page(*shard_, 1000, page), TaskState::Done);
  EXPECT_EQ(page.lines.size(), kConnectionSlice + 1);
  EXPECT_TRUE(page.end);
}

TEST_F(ConnectionListTest, NeighborNewsTravelsBetweenShards) {
  auto other = make_shard(1);
  NeighborExchange exchange{2, 8};
  std::vector<Doorbell> bells(2);
  NeighborLink authority{0, exchange, bells};
  NeighborLink link{1, exchange, bells};

  bells[0].fall_asleep();
  link.request({.port = 0, .ip = wire::IpAddress::v4(0x0a010002)});
  EXPECT_TRUE(bells[0].wait({}, Duration{0}));
  shard_->begin(Time{seconds{1}});
  authority.deliver(*shard_);
  EXPECT_EQ(shard_->collect_output().size(), 1u);  // the ARP request
  EXPECT_EQ(shard_->ip_counters().arp_requests_sent.get(), 1u);

  bells[0].fall_asleep();
  bells[1].fall_asleep();
  authority.publish({.port = 0,
                     .ip = wire::IpAddress::v4(0x0a010002),
                     .mac = {{2, 0, 0, 0, 0, 2}},
                     .state = ip::NeighborState::Reachable});
  EXPECT_TRUE(bells[1].wait({}, Duration{0}));
  EXPECT_FALSE(bells[0].wait({}, Duration{0}));
  other->begin(Time{seconds{1}});
  EXPECT_NE(other->connect(wire::IpAddress::v4(0x0a010002), 80, {}, 0, {}).tcb, nullptr);
  EXPECT_TRUE(other->collect_output().empty());  // the SYN waits for its neighbor
  link.deliver(*other);
  EXPECT_EQ(other->collect_output().size(), 1u);
}

}  // namespace
}  // namespace millrace::stack
