// Closing where FINs, their ACKs and text are lost or the window is shut: the FIN follows all of the text.
#include "sim/closing_bed.h"

namespace millrace::sim {
namespace {

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

}  // namespace
}  // namespace millrace::sim
