// TIME-WAIT (RFC 9293 3.6.1, 3.10.7.4; RFC 1337; RFC 6191): how long, what it answers, and what makes it give way.
#include "sim/closing_bed.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;

// Proves MUST-13.
TEST_F(Closing, S30_only_the_active_closer_waits_for_two_msl) {
  ScenarioOptions options;
  options.a.tcp.msl = seconds{5};
  start(options);
  establish();
  client.close();
  run(milliseconds{10});
  server.close();
  ASSERT_TRUE(run_until([&] { return time_waits(From::A) == 1; }));
  const Time began = world->now();
  EXPECT_EQ(time_waits(From::B), 0u);
  EXPECT_EQ(connections(From::A), 0u);
  EXPECT_EQ(count(From::A).time_waits.get(), 1u);
  run(milliseconds{10});
  EXPECT_EQ(world->a.shard().timers_pending(), 1u) << "the entry's, and nothing else is left";
  EXPECT_EQ(world->b.shard().timers_pending(), 0u);
  ASSERT_TRUE(run_until([&] { return time_waits(From::A) == 0; }));
  EXPECT_TRUE(about(world->now() - began, seconds{10}));
  EXPECT_EQ(world->a.shard().timers_pending(), 0u);
}

TEST_F(Closing, S30_default_is_sixty_seconds) {
  start();
  establish();
  client.close();
  run(milliseconds{10});
  server.close();
  ASSERT_TRUE(run_until([&] { return time_waits(From::A) == 1; }));
  const Time began = world->now();
  ASSERT_TRUE(run_until([&] { return time_waits(From::A) == 0; }));
  EXPECT_TRUE(about(world->now() - began, seconds{60}));
}

TEST_F(Closing, S31_last_ack_lost_fin_comes_again_and_two_msl_restart) {
  start();
  establish();
  client.close();
  run(milliseconds{10});
  lose(From::A, is_bare_ack);
  server.close();
  run(seconds{1});
  EXPECT_EQ(shapes(), (Shapes{"A F.", "B .", "B F.", "A .", "B F.", "A ."}));
  EXPECT_TRUE(seen[3].lost);
  EXPECT_EQ(seen[5].frame.tcp.ack, seen[4].frame.tcp.seq + 1);
  EXPECT_EQ(seen[5].frame.tcp.seq, seen[3].frame.tcp.seq);
  EXPECT_TRUE(about(seen[4].at - seen[2].at, milliseconds{202}));
  EXPECT_EQ(connections(From::B), 0u);
  const Time answered = seen[5].at;
  ASSERT_TRUE(run_until([&] { return time_waits(From::A) == 0; }));
  EXPECT_TRUE(about(world->now() - answered, seconds{60}));
}

TEST_F(Closing, S32_delayed_segment_of_the_old_incarnation_never_reaches_the_new_one) {
  start();
  establish(fixed_port());
  EXPECT_EQ(client.send(text("old")), 3u);
  run(milliseconds{100});
  const TcpFrame old = seen_from(From::A, has_text).at(0).frame;
  server.close();  // B will hold the TIME-WAIT entry
  run(milliseconds{10});
  client.close();
  run(milliseconds{10});
  ASSERT_EQ(time_waits(From::B), 1u);
  inject(From::A, old);
  run(milliseconds{10});
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::AnsweredTimeWait), 1u);
  EXPECT_EQ(time_waits(From::B), 1u);
  ASSERT_TRUE(run_until([&] { return time_waits(From::B) == 0; }));
  establish(fixed_port());
  EXPECT_EQ(client.info().local.port, 40000);
  inject(From::A, old);
  run(milliseconds{10});
  EXPECT_EQ(client.send(text("new")), 3u);
  run(milliseconds{100});
  EXPECT_EQ(app_b.told(server).received, text("new"));
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedPaws), 1u);
  client.close();
  run(milliseconds{10});
  server.close();
}

TEST_F(Closing, S33_without_time_wait_the_peers_second_fin_is_answered_with_rst) {
  ScenarioOptions options;
  options.a.tcp.msl = Duration{0};
  start(options);
  establish();
  client.close();
  run(milliseconds{10});
  lose(From::A, is_bare_ack);
  server.shutdown();
  run(seconds{1});
  EXPECT_EQ(shapes(), (Shapes{"A F.", "B .", "B F.", "A .", "B F.", "A R"}));
  EXPECT_EQ(time_waits(From::A), 0u);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);  // although everything had arrived
}

TEST_F(Closing, S35_new_syn_hits_time_wait_on_the_acceptor) {
  start();
  establish(fixed_port());
  EXPECT_EQ(client.send(text("x")), 1u);
  run(milliseconds{100});
  server.close();
  run(milliseconds{10});
  client.close();
  run(milliseconds{10});
  ASSERT_EQ(time_waits(From::B), 1u);
  const TcpFrame last_of_a = seen_from(From::A, is_any).back().frame;
  const TcpFrame last_of_b = seen_from(From::B, is_any).back().frame;

  seen.clear();
  client = open(fixed_port());  // newer by its timestamp
  ASSERT_TRUE(run_until([&] { return seen.size() == 2; }));
  EXPECT_EQ(time_waits(From::B), 0u) << "the entry gave way to the SYN, not to the end of the handshake";
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 1u);
  run(milliseconds{10});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B S.", "A ."}));
  const wire::TcpHeader &syn = seen[0].frame.tcp, &syn_ack = seen[1].frame.tcp, &ack = seen[2].frame.tcp;
  EXPECT_GT(static_cast<std::int32_t>(syn.options.ts_val - last_of_a.tcp.options.ts_val), 0);
  EXPECT_EQ(syn_ack.ack, syn.seq + 1);
  EXPECT_GT(syn_ack.seq, last_of_b.tcp.seq) << "larger than any of the old connection (RFC 9293 MAY-2)";
  EXPECT_EQ(ack.ack, syn_ack.seq + 1);
  ASSERT_EQ(app_b.accepted.size(), 2u);
  server = app_b.accepted[1];
  EXPECT_EQ(state(client), "ESTABLISHED");
  EXPECT_EQ(state(server), "ESTABLISHED");
  EXPECT_EQ(client.send(text("again")), 5u);
  run(milliseconds{100});
  EXPECT_EQ(app_b.told(server).received, text("again"));
  client.close();
  run(milliseconds{10});
  server.close();
}

TEST_F(Closing, S35_without_timestamps_the_sequence_number_decides) {
  start();
  establish(fixed_port());
  run(milliseconds{100});
  server.close();
  run(milliseconds{10});
  client.close();
  run(milliseconds{10});
  ASSERT_EQ(time_waits(From::B), 1u);
  const TcpFrame last = seen_from(From::B, is_any).back().frame;
  TcpFrame syn = next_of(From::A);
  ASSERT_EQ(syn.tcp.seq, last.tcp.ack);
  syn.tcp.options.has_timestamps = false;
  syn.tcp.ctl.bits = wire::Ctl::kSyn;
  lose(From::A, is_rst, 1, 1000);  // A knows nothing of what is forged in its name
  for (const std::int32_t offset : {-1, 0}) {
    seen.clear();
    syn.tcp.seq = last.tcp.ack + static_cast<std::uint32_t>(offset);
    inject(From::A, syn);
    run(milliseconds{10});
    ASSERT_GE(seen.size(), 2u);
    EXPECT_EQ(seen[1].frame.shape(), ".") << offset;
    EXPECT_EQ(seen[1].frame.tcp.seq, last.tcp.seq + last.seg_len());
    EXPECT_EQ(seen[1].frame.tcp.ack, last.tcp.ack);
    EXPECT_EQ(time_waits(From::B), 1u);
  }
  seen.clear();
  syn.tcp.seq = last.tcp.ack + 1;
  inject(From::A, syn);
  run(milliseconds{10});
  ASSERT_GE(seen.size(), 2u);
  EXPECT_EQ(seen[1].frame.shape(), "S.");
  EXPECT_EQ(seen[1].frame.tcp.ack, syn.tcp.seq + 1);
  EXPECT_EQ(time_waits(From::B), 0u);
}

TEST_F(Closing, S35_old_syn_hits_time_wait_and_is_answered_by_ack) {
  start();
  client = open(fixed_port());
  run(milliseconds{20});
  server = app_b.accepted.at(0);
  const TcpFrame old_syn = seen_from(From::A, is_syn).at(0).frame;
  run(seconds{1});
  EXPECT_EQ(client.send(text("x")), 1u);
  run(milliseconds{100});
  server.close();
  run(milliseconds{10});
  client.close();
  run(milliseconds{10});
  ASSERT_EQ(time_waits(From::B), 1u);
  const TcpFrame last = seen_from(From::B, is_any).back().frame;
  seen.clear();
  inject(From::A, old_syn);
  run(milliseconds{10});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B .", "A R"}));  // A knows nothing of it any more
  EXPECT_EQ(seen[1].frame.tcp.seq, last.tcp.seq + last.seg_len());
  EXPECT_EQ(seen[1].frame.tcp.ack, last.tcp.ack);
  EXPECT_EQ(time_waits(From::B), 1u);  // and its RST is not believed (RFC 1337)
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedTimeWait), 1u);
}

TEST_F(Closing, S36_rst_hits_time_wait_and_is_ignored) {
  start();
  establish();
  client.close();
  run(milliseconds{10});
  server.close();
  run(milliseconds{10});
  ASSERT_EQ(time_waits(From::A), 1u);
  seen.clear();
  TcpFrame rst = next_of(From::B);
  rst.tcp.ctl.bits = wire::Ctl::kRst;
  inject(From::B, rst);
  rst.tcp.ctl.bits = wire::Ctl::kRst | wire::Ctl::kAck;
  inject(From::B, rst);
  run(seconds{30});
  EXPECT_EQ(time_waits(From::A), 1u);
  EXPECT_EQ(seen_from(From::A, is_any).size(), 0u);
  EXPECT_EQ(outcomes(From::A, tcp::Outcome::DroppedTimeWait), 2u);
}

TEST_F(Closing, S37_oldest_time_wait_entries_make_room) {
  ScenarioOptions options;
  options.a.limits.time_waits = 3;
  start(options);
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 5; ++i) {
    establish();
    ports.push_back(client.info().local.port);
    client.close();
    run(milliseconds{10});
    server.close();
    run(milliseconds{10});
  }
  EXPECT_EQ(time_waits(From::A), 3u);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    api::ConnectOptions again;
    again.local_port = ports[i];
    auto opened = world->a.api().connect({world->b.address(), 80}, again);
    EXPECT_EQ(static_cast<bool>(opened), i < 2) << "the two oldest are forgotten: " << i;
    if (opened) opened.value().abort();
  }
  EXPECT_EQ(count(From::A).time_waits.get(), 5u);
  EXPECT_EQ(count(From::A).time_waits_evicted.get(), 2u);
}

}  // namespace
}  // namespace millrace::sim
