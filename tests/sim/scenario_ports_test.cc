// Ephemeral ports, and TIME-WAIT as their holder (RFC 6056; RFC 6191; RFC 9293 3.6.1).
#include <set>

#include "base/log.h"
#include "sim/direct_net.h"
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

class Ports : public Scenario {
 protected:
  /// A's ports; all else is as usual.
  static ScenarioOptions with_ports(std::uint16_t first, std::uint16_t last) {
    ScenarioOptions options;
    options.a.ports = {first, last};
    return options;
  }
  /// A closes first and keeps a TIME-WAIT entry.
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
    run(milliseconds{10});
  }
  std::optional<api::Error> refused(const api::ConnectOptions& options = {}) {
    auto opened = world->a.api().connect({world->b.address(), 80}, options);
    if (!opened) return opened.error();
    opened.value().abort();
    return std::nullopt;
  }
  std::uint32_t ports_left() {
    flow::PortLedger& ports = world->a.shard().ports();
    const flow::FlowKey key{world->b.address().bytes, 0, 0, 80, 0};
    flow::PortDestination* destination = ports.find(key);
    return destination == nullptr ? ports.range().size() : world->a.shard().ports_left(*destination);
  }
};

TEST_F(Ports, S38_an_exhausted_range_says_so_and_recovers_after_time_wait) {
  start(with_ports(40000, 40003));
  std::vector<std::pair<api::Connection, api::Connection>> pairs;
  std::set<std::uint16_t> used;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ports_left(), 4u - i);
    establish();
    used.insert(client.info().local.port);
    pairs.emplace_back(client, server);
  }
  EXPECT_EQ(used, (std::set<std::uint16_t>{40000, 40001, 40002, 40003}));
  EXPECT_EQ(ports_left(), 0u);
  EXPECT_EQ(refused(), api::Error::NoPortsLeft);
  EXPECT_EQ(count(From::A).no_ports_left.get(), 1u);
  for (auto& [a, b] : pairs) {
    client = a;
    server = b;
    close_both();
  }
  EXPECT_EQ(world->a.api().time_waits(), 4u);
  EXPECT_EQ(ports_left(), 0u) << "TIME-WAIT holds its port";
  EXPECT_EQ(refused(), api::Error::NoPortsLeft) << "none is a second old";
  run(seconds{60});
  EXPECT_EQ(ports_left(), 4u);
  establish();
  EXPECT_EQ(count(From::A).time_waits_reused.get(), 0u);
  close_both();
}

TEST_F(Ports, S38_another_destination_has_its_own_ports) {
  start(with_ports(40000, 40000));
  ASSERT_TRUE(world->b.api().listen({world->b.address(), 81}));
  establish();
  EXPECT_EQ(refused(), api::Error::NoPortsLeft);
  auto other = world->a.api().connect({world->b.address(), 81});
  ASSERT_TRUE(other);
  EXPECT_EQ(other.value().info().local.port, 40000);
  run(milliseconds{10});
  other.value().abort();
  close_both();
}

TEST_F(Ports, S38_a_port_is_free_at_once_when_the_peer_waits) {
  start(with_ports(40000, 40000));
  establish();
  server.close();
  run(milliseconds{10});
  client.close();
  run(milliseconds{10});
  EXPECT_EQ(world->b.api().time_waits(), 1u);
  EXPECT_EQ(ports_left(), 1u);
  establish();  // newer by its timestamp: B's entry gives way (S35)
  EXPECT_EQ(client.info().local.port, 40000);
  close_both();
}

TEST_F(Ports, S38_a_reset_gives_the_port_back_at_once) {
  start(with_ports(40000, 40000));
  establish();
  client.abort();
  EXPECT_EQ(ports_left(), 1u);
  run(milliseconds{10});
  establish();
  close_both();
}

TEST_F(Ports, S38_exhausted_ports_of_one_address_go_on_with_the_next) {
  ScenarioOptions options = with_ports(40000, 40001);
  options.a.more_addresses = {0x0a000003, 0x0a000004};
  start(options);
  const std::array sources = {address_of(family, 0x0a000003), address_of(family, 0x0a000004)};
  api::ConnectOptions from;
  from.local_addresses = sources;
  std::set<std::pair<std::string, std::uint16_t>> used;
  std::vector<std::pair<api::Connection, api::Connection>> pairs;
  for (int i = 0; i < 4; ++i) {
    establish(from);
    used.emplace(client.info().local.address.to_string(), client.info().local.port);
    pairs.emplace_back(client, server);
  }
  const std::string first = sources[0].to_string(), second = sources[1].to_string();
  EXPECT_EQ(used, (std::set<std::pair<std::string, std::uint16_t>>{
                      {first, 40000}, {first, 40001}, {second, 40000}, {second, 40001}}));
  EXPECT_EQ(refused(from), api::Error::NoPortsLeft);
  EXPECT_EQ(count(From::A).no_ports_left.get(), 1u) << "once per connect, not per address";
  EXPECT_EQ(refused(), std::nullopt) << "the route's address has its own";
  for (auto& [a, b] : pairs) {
    client = a;
    server = b;
    close_both();
  }
  // A free port on any address comes before a TIME-WAIT entry on another.
  run(seconds{58});
  establish(from);
  close_both();
  run(seconds{2});
  const std::uint64_t reused = count(From::A).time_waits_reused.get();
  EXPECT_EQ(reused, 1u) << "all four were in TIME-WAIT";
  establish(from);
  EXPECT_EQ(count(From::A).time_waits_reused.get(), reused);
  close_both();
}

TEST_F(Ports, S34_the_opener_takes_a_time_wait_of_more_than_a_second) {
  start(with_ports(40000, 40000));
  establish();
  EXPECT_EQ(client.send(text("old")), 3u);
  run(milliseconds{100});
  const TcpFrame old_text = seen_from(From::A, has_text).at(0).frame;
  close_both();
  const TcpFrame last = seen_from(From::A, is_any).back().frame;
  ASSERT_EQ(world->a.api().time_waits(), 1u);
  EXPECT_EQ(refused(), api::Error::NoPortsLeft);
  run(milliseconds{900});
  EXPECT_EQ(refused(), api::Error::NoPortsLeft) << "not yet a second";
  run(milliseconds{100});
  seen.clear();
  client = open();
  ASSERT_TRUE(run_until([&] { return app_a.told(client).open && app_b.accepted.size() == 2; }));
  server = app_b.accepted.back();
  EXPECT_EQ(world->a.api().time_waits(), 0u);
  EXPECT_EQ(count(From::A).time_waits_reused.get(), 1u);
  const TcpFrame syn = seen_from(From::A, is_syn).at(0).frame;
  EXPECT_EQ(syn.tcp.source_port, 40000);
  EXPECT_GT(syn.tcp.seq, last.tcp.seq);
  EXPECT_GT(syn.tcp.options.ts_val, last.tcp.options.ts_val);
  inject(From::A, old_text);  // S32: it has an old timestamp
  run(milliseconds{10});
  EXPECT_EQ(client.send(text("new")), 3u);
  run(milliseconds{100});
  EXPECT_EQ(app_b.told(server).received, text("new"));
  close_both();
}

TEST_F(Ports, S34_a_free_port_comes_first_and_then_the_oldest_entry) {
  start(with_ports(40000, 40002));
  std::vector<std::uint16_t> order;
  for (int i = 0; i < 2; ++i) {
    establish();
    order.push_back(client.info().local.port);
    close_both();
    run(seconds{3});
  }
  EXPECT_NE(order[0], order[1]);
  establish();  // the third port is free, though two entries are old enough
  EXPECT_EQ(count(From::A).time_waits_reused.get(), 0u);
  EXPECT_EQ(world->a.api().time_waits(), 2u);
  close_both();
  for (int i = 0; i < 2; ++i) {
    establish();
    EXPECT_EQ(client.info().local.port, order[static_cast<std::size_t>(i)]);
    EXPECT_EQ(count(From::A).time_waits_reused.get(), 1u + i);
    client.abort();
    run(milliseconds{10});
    ASSERT_TRUE(world->a.api().listen({world->a.address(), order[static_cast<std::size_t>(i)]})) << "out of the way";
  }
  EXPECT_EQ(refused(), api::Error::NoPortsLeft) << "the third is young";
}

TEST_F(Ports, S34_a_fixed_port_in_time_wait) {
  start();
  api::ConnectOptions fixed;
  fixed.local_port = 40000;
  establish(fixed);
  EXPECT_EQ(refused(fixed), api::Error::NoPortsLeft) << "in use";
  close_both();
  EXPECT_EQ(refused(fixed), api::Error::NoPortsLeft) << "TIME-WAIT";
  run(seconds{2});
  establish(fixed);
  EXPECT_EQ(client.info().local.port, 40000);
  EXPECT_EQ(count(From::A).time_waits_reused.get(), 1u);
  close_both();
}

TEST_F(Ports, S35_an_acceptors_entry_is_not_for_the_opener) {
  // B accepted, closed first and waits; it may not connect from that port to A's.
  start();
  api::ConnectOptions fixed;
  fixed.local_port = 40000;
  establish(fixed);
  server.close();
  run(milliseconds{10});
  client.close();
  run(seconds{2});
  ASSERT_EQ(world->b.api().time_waits(), 1u);
  api::ConnectOptions back;
  back.local_port = 80;
  const auto opened = world->b.api().connect({world->a.address(), 40000}, back);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), api::Error::NoPortsLeft);
}

TEST_F(Ports, S33_without_time_wait_an_old_fin_and_its_port_meet_the_next_connection) {
  ScenarioOptions options = with_ports(40000, 40000);
  options.a.tcp.msl = Duration{0};
  start(options);
  establish();
  client.close();
  run(milliseconds{10});
  lose(From::A, is_bare_ack);  // of B's FIN
  server.close();
  run(milliseconds{10});
  EXPECT_EQ(world->a.api().time_waits(), 0u);
  EXPECT_EQ(ports_left(), 1u);
  // The port is given out while B is still in LAST-ACK of the old connection: the new SYN meets that.
  seen.clear();
  client = open();
  run(milliseconds{10});
  const auto first_answer = seen_from(From::B, is_any);
  ASSERT_FALSE(first_answer.empty());
  EXPECT_FALSE(is_syn_ack(first_answer[0].frame)) << "it is answered by the old connection";
  EXPECT_FALSE(app_a.told(client).open);
  client.abort();
}

TEST_F(Ports, S37_eviction_is_logged_once_per_interval) {
  std::vector<std::string> lines;
  base::set_log_sink([&](base::LogLevel, std::string_view line) { lines.emplace_back(line); });
  ScenarioOptions options;
  options.a.limits.time_waits = 2;
  start(options);
  for (int i = 0; i < 6; ++i) {
    establish();
    close_both();
    run(milliseconds{500});
  }
  run(seconds{30});
  base::set_log_sink({});
  EXPECT_EQ(count(From::A).time_waits_evicted.get(), 4u);
  EXPECT_EQ(world->a.api().time_waits(), 2u);
  ASSERT_GE(lines.size(), 1u);
  EXPECT_LE(lines.size(), 2u);
  EXPECT_NE(lines[0].find("TIME-WAIT entries were ended before 2 MSL"), std::string::npos) << lines[0];
}

TEST(OwnedPorts, S38_a_fixed_port_opens_on_the_worker_that_owns_its_flow) {
  DirectOptions options;
  options.workers = 2;
  DirectNet net{options};
  std::array<std::uint32_t, 2> connected{};
  net.on_event[0] = [&](api::Shard shard, const api::Event& event) {
    if (event.kind == api::EventKind::Connected) ++connected[shard.worker()];
  };
  net.on_event[1] = [](api::Shard shard, const api::Event& event) {
    if (event.kind == api::EventKind::PeerClosed) shard.connection(event.connection).close();
  };
  ASSERT_TRUE(net.api(1).listen({net.server(), 80}));
  std::array<std::uint32_t, 2> opened{};
  for (std::uint16_t port = 50000; port < 50020; ++port) {
    api::ConnectOptions fixed;
    fixed.local_port = port;
    const auto owner = net.api(0, 0).owner_of({net.server(), 80}, fixed);
    ASSERT_TRUE(owner);
    const std::uint16_t other = 1 - owner.value();
    const auto wrong = net.api(0, other).connect({net.server(), 80}, fixed);
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error(), api::Error::NotThisWorker);
    auto right = net.api(0, owner.value()).connect({net.server(), 80}, fixed);
    ASSERT_TRUE(right) << api::to_string(right.error());
    ++opened[owner.value()];
    net.run(milliseconds{20});
    EXPECT_EQ(right.value().info().state, "ESTABLISHED");
    EXPECT_EQ(right.value().info().local.port, port);
    right.value().close();
  }
  EXPECT_GT(opened[0], 0u);
  EXPECT_GT(opened[1], 0u);
  EXPECT_EQ(connected, opened);
  net.run(seconds{61});
  EXPECT_EQ(net.leftovers(), "");
}

TEST(OwnedPorts, S38_each_worker_exhausts_its_own_share_of_the_ports) {
  DirectOptions options;
  options.workers = 2;
  options.ports = {50000, 50099};
  DirectNet net{options};
  net.on_event[1] = [](api::Shard shard, const api::Event& event) {
    if (event.kind == api::EventKind::PeerClosed) shard.connection(event.connection).close();
  };
  ASSERT_TRUE(net.api(1).listen({net.server(), 80}));
  std::set<std::uint16_t> ports;
  std::vector<api::Connection> all;
  for (const std::uint16_t worker : {0, 1}) {
    for (;;) {
      auto opened = net.api(0, worker).connect({net.server(), 80});
      if (!opened) {
        EXPECT_EQ(opened.error(), api::Error::NoPortsLeft);
        break;
      }
      EXPECT_TRUE(ports.insert(opened.value().info().local.port).second);
      all.push_back(opened.value());
    }
    EXPECT_EQ(net.shard(0, worker).ports_left(*net.shard(0, worker).ports().at(0)), 0u);
  }
  EXPECT_EQ(ports.size(), 100u);
  net.run(seconds{5});  // most of the first SYNs found no room while the neighbor was unknown
  for (api::Connection& connection : all) {
    EXPECT_EQ(connection.info().state, "ESTABLISHED");
    connection.close();
  }
  net.run(seconds{62});
  EXPECT_EQ(net.leftovers(), "");
}

}  // namespace
}  // namespace millrace::sim
