// Opening where a table or a listener is full.
#include "sim/opening_bed.h"

namespace millrace::sim {
namespace {

TEST_F(Opening, S09_half_open_table_full_drops_and_counts_and_honest_clients_still_connect) {
  ScenarioOptions options;
  options.listen.half_open_limit = 4;
  options.listen.syn_cookies = api::SynCookies::Cache;
  start(options);
  lose(From::B, is_syn_ack, 1, 24);  // the flood never sees an answer: 4 entries, each sent 1 + 5 times
  for (std::uint16_t i = 0; i < 10; ++i) {
    TcpFrame syn;
    syn.source = world->a.address();
    syn.destination = world->b.address();
    syn.tcp.source_port = static_cast<std::uint16_t>(1000 + i);
    syn.tcp.destination_port = 80;
    syn.tcp.ctl.bits = wire::Ctl::kSyn;
    inject(From::A, syn);
  }
  run(milliseconds{100});
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 4u);
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedTableFull), 6u);
  client = open();
  ASSERT_TRUE(run_until([&] { return app_a.told(client).open && app_b.accepted.size() == 1; }));
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedTableFull), 6u);
  EXPECT_EQ(count(From::B).half_open_expired.get(), 4u);
  server = app_b.accepted[0];
  close_both();
}

TEST_F(Opening, S09_connections_above_the_listeners_limit_wait_or_are_refused) {
  for (const api::Verdict when_full : {api::Verdict::Drop, api::Verdict::Reject}) {
    ScenarioOptions options;
    options.listen.max_connections = 1;
    options.listen.when_full = when_full;
    start(options);
    api::Connection first = establish();
    client = open();
    run(milliseconds{500});
    EXPECT_EQ(count(From::B).listener_full.get(), 1u);
    EXPECT_EQ(world->b.api().connections(), 1u);
    if (when_full == api::Verdict::Reject) {
      EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Refused);
      first.abort();
      run(milliseconds{10});
      continue;
    }
    first.abort();
    ASSERT_TRUE(run_until([&] { return app_a.told(client).open; }));  // its SYN comes again
    client.abort();
    run(milliseconds{10});
  }
}

TEST_F(Opening, S09_half_open_table_of_the_shard_full) {
  ScenarioOptions options;
  options.b.limits.half_open = 2;
  options.listen.syn_cookies = api::SynCookies::Cache;
  start(options);
  lose(From::A, is_bare_ack, 1, 2);
  api::Connection first = open(), second = open();
  run(milliseconds{100});
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 2u);
  client = open();
  run(milliseconds{100});
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedTableFull), 1u);
  EXPECT_FALSE(app_a.told(client).open);
  ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == 3; }));  // SYN,ACKs sent again complete the first two
  for (api::Connection c : {first, second, client}) {
    EXPECT_TRUE(app_a.told(c).open);
    c.abort();
  }
}

TEST_F(Opening, S09_connection_table_full_refuses_none_that_exists_and_takes_one_when_there_is_room) {
  ScenarioOptions options;
  options.b.limits.connections = 2;
  start(options);
  const api::Connection first = establish();
  const api::Connection first_server = server;
  const api::Connection second = establish();
  api::Connection second_server = server;
  client = open();
  run(seconds{2});
  EXPECT_EQ(app_b.accepted.size(), 2u);
  EXPECT_EQ(world->b.api().connections(), 2u);
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedTableFull), 0u);
  api::Connection c = first;
  EXPECT_EQ(c.send(text("alive")), 5u);
  run(milliseconds{20});
  EXPECT_EQ(app_b.told(first_server).received, text("alive"));
  second_server.abort();
  ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == 3; }));  // the half-open one's SYN,ACK is sent again
  EXPECT_EQ(app_a.told(second).reason, api::CloseReason::ResetByPeer);
  c.abort();
  client.abort();
}

TEST_F(Opening, ConnectionTableOfTheOpenerFull) {
  ScenarioOptions options;
  options.a.limits.connections = 1;
  start(options);
  establish();
  const auto refused = world->a.api().connect({world->b.address(), 80});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), api::Error::TableFull);
  close_both();
}

}  // namespace
}  // namespace millrace::sim
