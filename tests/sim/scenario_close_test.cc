// Closing and TIME-WAIT (RFC 9293 3.6, 3.10.4, 3.10.7.4; RFC 1337; RFC 6191).
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;

class Closing : public Scenario {
 protected:
  std::uint32_t time_waits(From from) { return (from == From::A ? world->a : world->b).api().time_waits(); }
  std::uint32_t connections(From from) { return (from == From::A ? world->a : world->b).api().connections(); }
  api::ConnectOptions fixed_port() {
    api::ConnectOptions options;
    options.local_port = 40000;
    return options;
  }
};

TEST_F(Closing, S20_active_close_four_segments) {
  start();
  establish();
  client.shutdown();
  EXPECT_EQ(state(client), "FIN-WAIT-1");
  run(milliseconds{3});
  EXPECT_EQ(state(client), "FIN-WAIT-2");
  EXPECT_EQ(state(server), "CLOSE-WAIT");
  EXPECT_TRUE(app_b.told(server).peer_closed);
  EXPECT_TRUE(server.at_end());
  server.shutdown();
  EXPECT_EQ(state(server), "LAST-ACK");
  run(milliseconds{3});
  EXPECT_EQ(shapes(), (Shapes{"A F.", "B .", "B F.", "A ."}));
  EXPECT_EQ(seen[1].frame.tcp.ack, seen[0].frame.tcp.seq + 1);
  EXPECT_EQ(seen[3].frame.tcp.ack, seen[2].frame.tcp.seq + 1);
  EXPECT_EQ(seen[3].frame.tcp.seq, seen[0].frame.tcp.seq + 1);
  for (const From side : {From::A, From::B}) EXPECT_EQ(connections(side), 0u);
  EXPECT_EQ(time_waits(From::A), 1u);
  EXPECT_EQ(time_waits(From::B), 0u);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S21_passive_side_has_nothing_left_three_segments) {
  start();
  establish();
  std::vector<std::string> states_of_b;
  app_b.then = [&](api::Connection connection, const api::Event& event) {
    if (event.kind != api::EventKind::PeerClosed) return;
    states_of_b.push_back(state(connection));
    connection.shutdown();
    states_of_b.push_back(state(connection));
  };
  client.shutdown();
  EXPECT_EQ(state(client), "FIN-WAIT-1");
  ASSERT_TRUE(run_until([&] { return seen.size() == 2; }));
  EXPECT_EQ(state(client), "FIN-WAIT-1") << "the answer is on its way";
  EXPECT_EQ(states_of_b, (std::vector<std::string>{"CLOSE-WAIT", "LAST-ACK"}));
  EXPECT_EQ(state(server), "LAST-ACK");
  run(milliseconds{10});
  ASSERT_EQ(shapes(), (Shapes{"A F.", "B F.", "A ."}));
  EXPECT_EQ(seen[1].frame.tcp.ack, seen[0].frame.tcp.seq + 1);
  EXPECT_EQ(seen[2].frame.tcp.seq, seen[0].frame.tcp.seq + 1);
  EXPECT_EQ(seen[2].frame.tcp.ack, seen[1].frame.tcp.seq + 1);
  for (const From side : {From::A, From::B}) EXPECT_EQ(connections(side), 0u);
  EXPECT_EQ(time_waits(From::A), 1u);
  EXPECT_EQ(time_waits(From::B), 0u);
  EXPECT_EQ(app_a.told(client).rule, api::CloseRule::ClosedByUs) << "not by both: B's FIN acknowledged ours";
  EXPECT_EQ(app_b.told(server).rule, api::CloseRule::ClosedByPeer);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S22_after_our_fin_we_still_receive_any_amount_for_any_time) {
  start();
  establish();
  client.shutdown();
  EXPECT_EQ(client.send(text("too late")), 0u);
  run(hours{2});
  EXPECT_EQ(state(client), "FIN-WAIT-2");
  app_b.stream(server, 3'000'000, 7, Then::Shutdown);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_TRUE(app_a.told(client).received == stream_bytes(7, 3'000'000));
  EXPECT_TRUE(app_b.told(server).received.empty());
}

TEST_F(Closing, S22_after_the_peers_fin_we_still_send_any_amount_for_any_time) {
  start();
  establish();
  server.shutdown();
  run(hours{2});
  EXPECT_EQ(state(client), "CLOSE-WAIT");
  app_a.stream(client, 3'000'000, 9, Then::Shutdown);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).closed && app_a.told(client).closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(9, 3'000'000));
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S23_simultaneous_close) {
  start();
  establish();
  client.shutdown();
  server.shutdown();
  run(microseconds{1500});
  EXPECT_EQ(state(client), "CLOSING");
  EXPECT_EQ(state(server), "CLOSING");
  run(milliseconds{2});
  ASSERT_EQ(shapes(), (Shapes{"A F.", "B F.", "A .", "B ."}));
  for (const From side : {From::A, From::B}) {
    EXPECT_EQ(connections(side), 0u);
    EXPECT_EQ(time_waits(side), 1u);
  }
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S24_fin_lost_is_sent_again) {
  start();
  establish();
  lose(From::A, is_fin, 1, 2);
  client.shutdown();
  run(seconds{1});
  const auto fins = seen_from(From::A, is_fin);
  ASSERT_EQ(fins.size(), 3u);
  const Duration rto = microseconds{client.info().rtt_us} + milliseconds{200};
  EXPECT_TRUE(about(fins[1].at - fins[0].at, rto));
  EXPECT_TRUE(about(fins[2].at - fins[1].at, rto)) << "the first was a probe";
  for (const Seen& fin : fins) EXPECT_EQ(fin.frame.tcp.seq, fins[0].frame.tcp.seq);
  EXPECT_EQ(state(client), "FIN-WAIT-2");
  server.shutdown();
  run(milliseconds{10});
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S24_ack_of_fin_lost_both_ways) {
  start();
  establish();
  EXPECT_EQ(client.send(text("last words")), 10u);
  run(milliseconds{100});
  lose(From::B, is_bare_ack);
  client.shutdown();
  run(seconds{1});
  EXPECT_EQ(seen_from(From::A, is_fin).size(), 2u);
  EXPECT_EQ(state(client), "FIN-WAIT-2");
  lose(From::A, is_bare_ack);
  server.shutdown();
  run(seconds{1});
  EXPECT_EQ(seen_from(From::B, is_fin).size(), 2u);
  for (const From side : {From::A, From::B}) EXPECT_EQ(connections(side), 0u);
  EXPECT_EQ(app_b.told(server).received, text("last words"));
  EXPECT_EQ(std::count(app_b.events.begin(), app_b.events.end(), api::EventKind::PeerClosed), 1);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S24_second_fin_lost_leaves_the_other_side_in_no_doubt) {
  start();
  establish();
  client.shutdown();
  run(milliseconds{10});
  lose(From::B, is_fin, 1, 2);
  server.shutdown();
  run(seconds{1});
  EXPECT_EQ(seen_from(From::B, is_fin).size(), 3u);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S25_fin_follows_all_data_under_loss) {
  start();
  establish();
  std::size_t received_at_fin = 0;
  app_b.then = [&](api::Connection connection, const api::Event& event) {
    if (event.kind == api::EventKind::PeerClosed) received_at_fin = app_b.told(connection).received.size();
  };
  lose(From::A, has_text, 3, 2);
  lose(From::A, has_text, 40, 5);
  lose(From::A, is_fin);
  app_a.stream(client, 200'000, 3, Then::Shutdown);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_EQ(received_at_fin, 200'000u);
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(3, 200'000));
  server.close();
  run(seconds{1});
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
}

TEST_F(Closing, S25_fin_follows_all_data_under_zero_window) {
  ScenarioOptions options;
  options.listen.receive_buffer = 16'000;
  start(options);
  establish();
  app_b.reading = false;
  app_a.stream(client, 60'000, 3, Then::Shutdown);
  run(minutes{30});
  EXPECT_FALSE(app_b.told(server).peer_closed);
  EXPECT_EQ(seen_from(From::A, is_fin).size(), 0u);
  EXPECT_EQ(seen.back().frame.tcp.window, 0);
  app_b.reading = true;
  app_b.read_all();
  ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(3, 60'000));
  server.close();
}

TEST_F(Closing, S25_what_was_closed_waits_a_minute_for_a_shut_window) {
  ScenarioOptions options;
  options.listen.receive_buffer = 16'000;
  for (const Duration pause : {seconds{50}, seconds{90}}) {
    start(options);
    establish();
    app_b.reading = false;
    app_a.stream(client, 60'000, 3, Then::Close);
    run(pause);
    app_b.reading = true;
    app_b.read_all();
    if (pause < minutes{1}) {
      ASSERT_TRUE(run_until([&] { return app_b.told(server).peer_closed; }));
      EXPECT_TRUE(app_b.told(server).received == stream_bytes(3, 60'000));
      server.close();
    } else {
      ASSERT_TRUE(run_until([&] { return app_b.told(server).closed; }));
      EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
      EXPECT_EQ(count(From::A).closed[static_cast<std::size_t>(tcp::CloseRule::OrphanWindow)].get(), 1u);
    }
    EXPECT_TRUE(run_until([&] { return connections(From::A) == 0 && connections(From::B) == 0; }));
  }
}

TEST_F(Closing, S26_orphan_in_fin_wait_2_is_given_up_when_the_peer_is_silent) {
  start();
  establish();
  const Time began = world->now();
  client.close();
  ASSERT_TRUE(run_until([&] { return connections(From::A) == 0; }));
  EXPECT_TRUE(about(world->now() - began, seconds{60} + milliseconds{2}));
  EXPECT_EQ(shapes(), (Shapes{"A F.", "B ."}));  // in silence, and without TIME-WAIT
  EXPECT_EQ(time_waits(From::A), 0u);
  server.shutdown();
  run(milliseconds{10});
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
}

TEST_F(Closing, S26_half_closed_connection_that_is_still_read_has_no_limit) {
  start();
  establish();
  client.shutdown();
  run(hours{30});
  EXPECT_EQ(state(client), "FIN-WAIT-2");
  EXPECT_EQ(server.send(text("still there")), 11u);
  server.close();
  run(milliseconds{10});
  EXPECT_EQ(app_a.told(client).received, text("still there"));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Normal);
}

TEST_F(Closing, CloseInSynSentSendsNothingMore) {
  start();
  lose(From::A, is_syn);
  client = open();
  run(milliseconds{10});
  client.close();
  run(minutes{5});
  EXPECT_EQ(shapes(), Shapes{"A S"});
  EXPECT_EQ(connections(From::A), 0u);
}

TEST_F(Closing, CloseBeforeConnectedBySendingEverythingFirst) {
  start();
  client = open();
  EXPECT_EQ(client.send(text("hello")), 5u);
  client.shutdown();
  run(seconds{1});
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted[0];
  EXPECT_EQ(app_b.told(server).received, text("hello"));
  EXPECT_TRUE(app_b.told(server).peer_closed);
  server.close();
}

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
