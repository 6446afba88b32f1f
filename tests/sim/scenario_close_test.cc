// Closing (RFC 9293 3.6, 3.10.4): who sends which FIN when, half-closed connections, and what a close before the
// connection is there does.
#include "sim/closing_bed.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;

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

}  // namespace
}  // namespace millrace::sim
