// Opening: the handshake where nothing is lost, from old SYNs to crossing ones, on an exact clock (RFC 9293 3.5).
#include "sim/opening_bed.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;
using wire::SeqNum;

TEST_F(Opening, S01_three_way_handshake_both_roles) {
  start();
  const Time began = world->now();
  client = open();
  EXPECT_EQ(state(client), "SYN-SENT");
  run(milliseconds{3});  // address resolution there and back, then the SYN
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 1u);
  EXPECT_EQ(world->b.api().connections(), 0u);
  run(milliseconds{3});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B S.", "A ."}));
  server = app_b.accepted.at(0);
  EXPECT_EQ(state(client), "ESTABLISHED");
  EXPECT_EQ(state(server), "ESTABLISHED");
  const wire::TcpHeader &syn = seen[0].frame.tcp, &syn_ack = seen[1].frame.tcp, &ack = seen[2].frame.tcp;
  EXPECT_EQ(syn_ack.ack, syn.seq + 1);
  EXPECT_EQ(ack.seq, syn.seq + 1);
  EXPECT_EQ(ack.ack, syn_ack.seq + 1);
  EXPECT_TRUE(about(seen[0].at - began, milliseconds{2}));
  EXPECT_TRUE(about(seen[1].at - began, milliseconds{3}));
  EXPECT_TRUE(about(seen[2].at - began, milliseconds{4}));
  for (const wire::TcpHeader* header : {&syn, &syn_ack}) {
    EXPECT_EQ(header->options.mss, mss());
    EXPECT_TRUE(header->options.sack_permitted);
    EXPECT_TRUE(header->options.has_timestamps);
    EXPECT_TRUE(header->options.has_window_scale);
    EXPECT_EQ(header->options.window_scale,
              7);  // 6 MiB, to which a buffer may grow, do not fit into 16 bits shifted by 6
  }
  EXPECT_EQ(syn_ack.options.ts_ecr, syn.options.ts_val);
  EXPECT_EQ(app_a.events, std::vector{api::EventKind::Connected});
  EXPECT_EQ(app_b.events, std::vector{api::EventKind::Accepted});
  close_both();
}

TEST_F(Opening, S02_third_segment_may_carry_data) {
  start();
  client = open();
  EXPECT_EQ(client.send(text("hello")), 5u);  // before anything was sent: waits for ESTABLISHED
  run(milliseconds{20});
  ASSERT_GE(seen.size(), 3u);
  EXPECT_EQ((Shapes{shapes()[0], shapes()[1], shapes()[2]}), (Shapes{"A S", "B S.", "A P. 5"}));
  server = app_b.accepted.at(0);
  EXPECT_EQ(app_b.told(server).received, text("hello"));
  EXPECT_EQ(app_b.events, (std::vector{api::EventKind::Accepted, api::EventKind::Readable}));
  run(seconds{2});
  EXPECT_EQ(app_b.told(server).received, text("hello"));
  close_both();
}

TEST_F(Opening, S03_initial_sequence_numbers) {
  // One 4-tuple: the clock of 4 us moves its numbers on. Others, and other secrets, lie elsewhere.
  start();
  api::ConnectOptions options;
  options.local_port = 40000;
  const auto iss_of_next = [&] {
    client = open(options);
    run(milliseconds{20});
    const Seen syn = seen_from(From::A, is_syn).back();
    client.abort();
    run(milliseconds{20});
    return std::pair{syn.frame.tcp.seq, syn.at};
  };
  const auto [first, first_at] = iss_of_next();
  run(seconds{10});
  const auto [second, second_at] = iss_of_next();
  EXPECT_NEAR(second - first, to_us(second_at - first_at) / 4, 4000);  // drawn at the call, seen when ARP was answered
  options.local_port = 40001;
  const auto [other, other_at] = iss_of_next();
  EXPECT_GT(std::abs(static_cast<std::int32_t>(other - second)), 1'000'000);

  ScenarioOptions restarted;
  restarted.a.seed = 12345;
  start(restarted);
  options.local_port = 40000;
  const auto [after_restart, at] = iss_of_next();
  EXPECT_GT(std::abs(static_cast<std::int32_t>(after_restart - first)), 1'000'000);
}

class OldSyn : public Opening, public testing::WithParamInterface<api::SynCookies> {};

TEST_P(OldSyn, S04_old_duplicate_syn_arrives_before_the_new_one) {
  ScenarioOptions with_cookies;
  with_cookies.listen.syn_cookies = GetParam();
  start(with_cookies);
  api::ConnectOptions options;
  options.local_port = 40000;
  lose(From::A, is_syn);
  client = open(options);
  run(milliseconds{10});
  ASSERT_EQ(shapes(), Shapes{"A S"});
  TcpFrame old = seen[0].frame;
  old.tcp.seq -= 1'000'000;
  inject(From::A, old);
  run(milliseconds{10});
  // The forged frame passes the same link.
  ASSERT_EQ(shapes(), (Shapes{"A S", "A S", "B S.", "A R"}));
  EXPECT_EQ(seen[2].frame.tcp.ack, old.tcp.seq + 1);
  EXPECT_EQ(seen[3].frame.tcp.seq, old.tcp.seq + 1);
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 0u);  // back to LISTEN
  EXPECT_TRUE(app_b.accepted.empty());
  run(seconds{2});
  EXPECT_TRUE(app_a.told(client).open);
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted[0];
  close_both();
}

INSTANTIATE_TEST_SUITE_P(Modes, OldSyn, testing::Values(api::SynCookies::Cache, api::SynCookies::Always));

// Proves MUST-10.
TEST_F(Opening, S06_simultaneous_open_gives_one_connection) {
  start();
  api::ConnectOptions from_a, from_b;
  from_a.local_port = 5000;
  from_b.local_port = 6000;
  auto a = world->a.api().connect({world->b.address(), 6000}, from_a);
  auto b = world->b.api().connect({world->a.address(), 5000}, from_b);
  ASSERT_TRUE(a && b);
  client = a.value();
  server = b.value();
  EXPECT_EQ(state(client), "SYN-SENT");
  EXPECT_EQ(state(server), "SYN-SENT");
  ASSERT_TRUE(run_until([&] { return seen.size() == 4; }));
  EXPECT_EQ(state(client), "SYN-RECEIVED");
  EXPECT_EQ(state(server), "SYN-RECEIVED");
  EXPECT_TRUE(app_a.events.empty() && app_b.events.empty());
  ASSERT_TRUE(run_until([&] { return seen.size() == 6; }));
  EXPECT_EQ(state(client), "ESTABLISHED") << "by the SYN,ACK, not by the answer to its own";
  EXPECT_EQ(state(server), "ESTABLISHED");
  run(milliseconds{50});
  // RFC 9293 3.5, figure 7: the SYNs cross, and so do the answers to them.
  ASSERT_EQ(shapes(), (Shapes{"A S", "B S", "A S.", "B S.", "A .", "B ."}));
  const SeqNum iss_a = seen[0].frame.tcp.seq, iss_b = seen[1].frame.tcp.seq;
  EXPECT_TRUE(about(seen[1].at - seen[0].at, Duration{0}));
  EXPECT_EQ(seen[2].frame.tcp.seq, iss_a);
  EXPECT_EQ(seen[2].frame.tcp.ack, iss_b + 1);
  EXPECT_EQ(seen[3].frame.tcp.seq, iss_b);
  EXPECT_EQ(seen[3].frame.tcp.ack, iss_a + 1);
  EXPECT_EQ(seen[4].frame.tcp.seq, iss_a + 1);
  EXPECT_EQ(seen[4].frame.tcp.ack, iss_b + 1);
  EXPECT_EQ(seen[5].frame.tcp.seq, iss_b + 1);
  EXPECT_EQ(seen[5].frame.tcp.ack, iss_a + 1);
  EXPECT_EQ(app_a.events, std::vector{api::EventKind::Connected});
  EXPECT_EQ(app_b.events, std::vector{api::EventKind::Connected});
  EXPECT_EQ(world->a.api().connections(), 1u);
  EXPECT_EQ(world->b.api().connections(), 1u);
  EXPECT_EQ(count(From::A).resets_sent.get() + count(From::B).resets_sent.get(), 0u);
  EXPECT_EQ(client.send(text("to b")), 4u);
  EXPECT_EQ(server.send(text("to a")), 4u);
  run(milliseconds{50});
  EXPECT_EQ(app_b.told(server).received, text("to b"));
  EXPECT_EQ(app_a.told(client).received, text("to a"));
  close_both();
}

TEST_F(Opening, S07_connect_to_a_port_nobody_listens_on) {
  start();
  auto opened = world->a.api().connect({world->b.address(), 81});
  ASSERT_TRUE(opened);
  client = opened.value();
  run(milliseconds{20});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B R."}));
  EXPECT_EQ(seen[1].frame.tcp.seq, SeqNum{0});
  EXPECT_EQ(seen[1].frame.tcp.ack, seen[0].frame.tcp.seq + 1);
  EXPECT_TRUE(app_a.told(client).closed);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Refused);
  EXPECT_FALSE(app_a.told(client).open);
  EXPECT_FALSE(client.valid());
}

}  // namespace
}  // namespace millrace::sim
