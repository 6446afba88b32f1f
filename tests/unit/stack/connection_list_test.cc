// Pages of connections: bounded slices, a cursor that goes on, every connection once. And neighbor news on its way
// between two shards.
#include "stack/connection_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "stack/list_text.h"
#include "stack/neighbor_exchange.h"
#include "stack/shard.h"
#include "tcp/timers.h"
#include "tcp/user_calls.h"

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
  EXPECT_EQ(fill_page(*shard_, {}, 10, page), TaskState::Done);
  EXPECT_TRUE(page.end);
  EXPECT_TRUE(page.rows.empty());
}

TEST_F(ConnectionListTest, S61_ARowTellsWhoAndHow) {
  const tcp::Tcb* tcb = connect(80);
  ASSERT_NE(tcb, nullptr);
  shard_->begin(Time{seconds{1} + milliseconds{250}});
  ConnectionPage page;
  EXPECT_EQ(fill_page(*shard_, {}, 10, page), TaskState::Done);
  ASSERT_EQ(page.rows.size(), 1u);
  const ConnectionRow& row = page.rows[0];
  EXPECT_EQ(row.state, tcp::State::SynSent);
  EXPECT_TRUE(row.active);
  EXPECT_EQ(row.age, milliseconds{250});
  EXPECT_EQ(row.mss, 536);
  const std::string port = std::to_string(tcb->key.local_port);
  const std::string text = to_text(row, 3);
  EXPECT_EQ(text.rfind("3 SYN-SENT us 10.1.0.1:" + port + " 10.1.0.2:80 250000 0 0 give-up:1797", 0), 0u) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), ' '),
            std::count(kConnectionColumns.begin(), kConnectionColumns.end(), ' '));
}

TEST_F(ConnectionListTest, PagesFollowEachOtherWithoutGapOrRepetition) {
  for (std::uint16_t port = 1; port <= 5; ++port) ASSERT_NE(connect(port), nullptr);
  ConnectionPage first;
  EXPECT_EQ(fill_page(*shard_, {}, 3, first), TaskState::Done);
  EXPECT_EQ(first.rows.size(), 3u);
  EXPECT_EQ(first.cursor, 3u);
  EXPECT_FALSE(first.end);
  ConnectionPage second;
  second.cursor = first.cursor;
  EXPECT_EQ(fill_page(*shard_, {}, 3, second), TaskState::Done);
  ASSERT_EQ(second.rows.size(), 2u);
  EXPECT_TRUE(second.end);
  EXPECT_EQ(second.rows[0].ends.remote_port, 4);
  EXPECT_EQ(second.rows[0].place, 3u);
  ConnectionPage beyond;
  beyond.cursor = tcp::make_ref(tcp::kKindHalfOpen, 77);
  EXPECT_EQ(fill_page(*shard_, {}, 3, beyond), TaskState::Done);
  EXPECT_TRUE(beyond.end);
  EXPECT_TRUE(beyond.rows.empty());
  ConnectionPage nonsense;
  nonsense.cursor = 0xffff'ffff;
  EXPECT_EQ(fill_page(*shard_, {}, 3, nonsense), TaskState::Done);
  EXPECT_TRUE(nonsense.end);
}

TEST_F(ConnectionListTest, LooksAtOneSlicePerCall) {
  for (std::uint16_t port = 1; port <= kListSlice + 1; ++port) ASSERT_NE(connect(port), nullptr);
  ConnectionPage page;
  EXPECT_EQ(fill_page(*shard_, {}, 1000, page), TaskState::Again);
  EXPECT_EQ(page.rows.size(), kListSlice);
  EXPECT_FALSE(page.end);
  EXPECT_EQ(fill_page(*shard_, {}, 1000, page), TaskState::Done);
  EXPECT_EQ(page.rows.size(), kListSlice + 1);
  EXPECT_TRUE(page.end);
}

TEST_F(ConnectionListTest, AFilterThatMatchesLittleStillGoesSliceBySlice) {
  for (std::uint16_t port = 1; port <= kListSlice + 1; ++port) ASSERT_NE(connect(port), nullptr);
  ListFilter filter;
  filter.ports = {kListSlice + 1};
  ConnectionPage page;
  EXPECT_EQ(fill_page(*shard_, filter, 10, page), TaskState::Again);
  EXPECT_TRUE(page.rows.empty());
  EXPECT_EQ(fill_page(*shard_, filter, 10, page), TaskState::Done);
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].ends.remote_port, kListSlice + 1);
}

TEST_F(ConnectionListTest, TimeWaitAndHalfOpenEntriesAreListedBehindConnections) {
  ASSERT_NE(connect(80), nullptr);
  tcp::Env& env = shard_->env();
  const flow::FlowKey key{wire::IpAddress::v4(0x0a010002).bytes, 0, 0, 1234, 443};
  const auto add = [&](auto& slab) {
    const std::uint32_t gap = slab.take();  // a place that is not in use any more must not show
    const std::uint32_t index = slab.take();
    slab[index].key = key;
    slab.give_back(gap);
    return index;
  };
  env.table.time_waits[add(env.table.time_waits)].ends_at = tcp::to_tick(env.now + seconds{30});
  env.timers.arm(timer::TimerId::make(tcp::kKindHalfOpen, add(env.table.half_opens)), env.now + seconds{2});
  ConnectionPage page;
  EXPECT_EQ(fill_page(*shard_, {}, 10, page), TaskState::Done);
  ASSERT_EQ(page.rows.size(), 3u);
  EXPECT_EQ(page.rows[1].state, tcp::State::TimeWait);
  EXPECT_EQ(page.rows[2].state, tcp::State::SynReceived);
  const std::string line = to_text(page.rows[1], 0);
  EXPECT_EQ(line.rfind("0 TIME-WAIT - 10.1.0.1:443 10.1.0.2:1234 - 0 0 time-wait:3000", 0), 0u) << line;
  const std::string half = to_text(page.rows[2], 0);
  EXPECT_EQ(half.rfind("0 SYN-RECEIVED peer 10.1.0.1:443 10.1.0.2:1234 - 0 0 retransmit:200", 0), 0u) << half;
}

TEST_F(ConnectionListTest, WhatHasEndedIsListedOldestFirst) {
  std::vector<std::uint16_t> local_ports;
  for (std::uint16_t port = 1; port <= 3; ++port) {
    tcp::Tcb* tcb = connect(port);
    ASSERT_NE(tcb, nullptr);
    local_ports.push_back(tcb->key.local_port);
    shard_->begin(Time{seconds{1} + milliseconds{port}});
    tcp::abort(*tcb, shard_->env(), tcp::CloseRule::AppConnectTimeout);
  }
  const tcp::ClosedLog& log = shard_->table().closed;
  ClosedPage page;
  EXPECT_EQ(fill_page(*shard_, log, {}, 2, page), TaskState::Done);
  ASSERT_EQ(page.rows.size(), 2u);
  EXPECT_FALSE(page.end);
  EXPECT_EQ(page.cursor, 2u);
  ClosedPage rest;
  rest.cursor = page.cursor;
  EXPECT_EQ(fill_page(*shard_, log, {}, 2, rest), TaskState::Done);
  ASSERT_EQ(rest.rows.size(), 1u);
  EXPECT_TRUE(rest.end);
  EXPECT_EQ(to_text(rest.rows[0], 1, seconds{100}), "1 2 101003000 1000 us 10.1.0.1:" + std::to_string(local_ports[2]) +
                                                        " 10.1.0.2:3 SYN-SENT app_connect_timeout 0 0 0 0 0");
  EXPECT_EQ(std::count(kClosedColumns.begin(), kClosedColumns.end(), ' '), 13);
  ListFilter filter;
  filter.ports = {2};
  ClosedPage some;
  EXPECT_EQ(fill_page(*shard_, log, filter, 9, some), TaskState::Done);
  ASSERT_EQ(some.rows.size(), 1u);
  EXPECT_EQ(some.rows[0].number, 1u);
}

TEST_F(ConnectionListTest, WhatEndsWhileTheLogIsListedIsLeftOut) {
  const auto end_one = [this] {
    tcp::Tcb* tcb = connect(80);
    ASSERT_NE(tcb, nullptr);
    tcp::abort(*tcb, shard_->env(), tcp::CloseRule::AppConnectTimeout);
  };
  for (int i = 0; i < 3; ++i) end_one();
  const tcp::ClosedLog& log = shard_->table().closed;
  ClosedPage first;
  EXPECT_EQ(fill_page(*shard_, log, {}, 2, first), TaskState::Done);
  EXPECT_EQ(first.log_end, 3u);
  EXPECT_FALSE(first.end);
  end_one();
  ClosedPage rest;
  rest.cursor = first.cursor;
  rest.log_end = first.log_end;
  EXPECT_EQ(fill_page(*shard_, log, {}, 2, rest), TaskState::Done);
  ASSERT_EQ(rest.rows.size(), 1u);
  EXPECT_EQ(rest.rows[0].number, 2u);
  EXPECT_TRUE(rest.end);
  ClosedPage beyond;
  beyond.log_end = 99;  // of an older process with the same name
  EXPECT_EQ(fill_page(*shard_, log, {}, 9, beyond), TaskState::Done);
  EXPECT_EQ(beyond.rows.size(), 4u);
  EXPECT_TRUE(beyond.end);
}

TEST(ListFilter, MatchesHostPortAndState) {
  const Endpoints ends{wire::IpAddress::v4(1), wire::IpAddress::v4(2), 80, 4711};
  const auto matches = [&ends](const char* text, tcp::State state = tcp::State::Established) {
    const auto filter = parse_filter(text);
    return filter && filter->matches(ends, state);
  };
  EXPECT_TRUE(matches(""));
  EXPECT_TRUE(matches("host=0.0.0.1"));
  EXPECT_TRUE(matches("host=0.0.0.2,port=80"));
  EXPECT_TRUE(matches("port=4711"));
  EXPECT_FALSE(matches("port=81"));
  EXPECT_FALSE(matches("host=0.0.0.3"));
  EXPECT_TRUE(matches("port=80,port=8080")) << "ports are alternatives";
  EXPECT_TRUE(matches("port=8080,port=80"));
  EXPECT_TRUE(matches("host=0.0.0.1,host=0.0.0.3"));
  EXPECT_FALSE(matches("host=0.0.0.3,host=0.0.0.4"));
  EXPECT_FALSE(matches("host=0.0.0.1,host=0.0.0.2,port=81")) << "one of each kind";
  EXPECT_TRUE(matches("state=TIME-WAIT,state=ESTABLISHED"));
  EXPECT_FALSE(matches("state=TIME-WAIT"));
  EXPECT_TRUE(matches("state=TIME-WAIT", tcp::State::TimeWait));
  for (const char* wrong : {"host", "host=x", "port=0", "port=65536", "port=8x", "state=OPEN", "=", "color=red"})
    EXPECT_FALSE(parse_filter(wrong).has_value()) << wrong;
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
