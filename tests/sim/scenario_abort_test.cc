// What the application ends by a reset: aborts, at once or behind the data, and closes that lose text (RFC 9293 3.10.5,
// RFC 2525 2.17).
#include "sim/resetting_bed.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;

TEST_F(Resetting, S42_abort_drops_everything_and_frees_it_at_once) {
  start();
  establish();
  lose(From::B, is_bare_ack, 1, 1000);
  app_a.stream(client, 100'000, 1);
  run(milliseconds{1});
  seen.clear();
  client.abort();
  EXPECT_FALSE(client.valid());
  run(microseconds{10});
  ASSERT_EQ(shapes(), Shapes{"A R."});
  EXPECT_EQ(world->a.leftovers(), "");
  EXPECT_EQ(world->a.api().time_waits(), 0u);
  run(milliseconds{10});
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
}

TEST_F(Resetting, S42_abort_in_every_state_that_has_a_peer) {
  const auto reset_by = [&](const std::function<void()>& prepare) {
    app_a = ManualApp{};
    app_b = ManualApp{};
    start();
    establish();
    prepare();
    seen.clear();
    client.abort();
    run(milliseconds{10});
    EXPECT_EQ(shapes(), Shapes{"A R."});
    EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
    EXPECT_EQ(world->a.api().connections() + world->b.api().connections(), 0u);
    EXPECT_EQ(world->a.api().time_waits() + world->b.api().time_waits(), 0u);
    EXPECT_EQ(world->a.leftovers() + world->b.leftovers(), "");
  };
  reset_by([] {});  // ESTABLISHED
  reset_by([&] {
    client.shutdown();
    run(milliseconds{10});
  });  // FIN-WAIT-2
  reset_by([&] {
    server.shutdown();
    run(milliseconds{10});
  });  // CLOSE-WAIT
}

TEST_F(Resetting, AbortAfterDataSendsTheRstBehindTheAcknowledgedData) {
  start();
  establish();
  app_a.stream(client, 700'000, 5, Then::AbortAfterData);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).closed; }));
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(5, 700'000));
  EXPECT_FALSE(app_b.told(server).peer_closed);
  EXPECT_EQ(world->a.api().connections(), 0u);
}

TEST_F(Resetting, AbortAfterDataUnderLossLosesNoByte) {
  start();
  establish();
  lose(From::A, has_text, 2, 3);
  lose(From::B, is_bare_ack, 5, 4);
  app_a.stream(client, 100'000, 5, Then::AbortAfterData);
  ASSERT_TRUE(run_until([&] { return app_b.told(server).closed; }));
  EXPECT_TRUE(app_b.told(server).received == stream_bytes(5, 100'000));
}

TEST_F(Resetting, AbortAfterDataWithNothingQueuedResetsAtOnce) {
  start();
  establish();
  client.abort_after_data();
  run(milliseconds{10});
  EXPECT_EQ(shapes(), Shapes{"A R."});
}

TEST_F(Resetting, AbortAfterDataEndsAtTheUserTimeoutWhenThePeerIsGone) {
  start();
  api::ConnectOptions options;
  options.user_timeout = seconds{30};
  establish(options);
  lose(From::B, is_any, 1, 1000);
  app_a.stream(client, 5000, 5, Then::AbortAfterData);
  run(seconds{31});
  EXPECT_EQ(world->a.api().connections(), 0u);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
}

TEST_F(Resetting, S43_close_with_unread_data_resets) {
  start();
  establish();
  app_a.reading = false;
  EXPECT_EQ(server.send(text("never read")), 10u);
  run(milliseconds{100});
  seen.clear();
  client.close();
  run(milliseconds{10});
  EXPECT_EQ(shapes(), Shapes{"A R."});
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
  EXPECT_EQ(world->a.api().time_waits(), 0u);
}

TEST_F(Resetting, S44_data_after_we_closed_both_ways_resets) {
  start();
  establish();
  client.close();
  run(milliseconds{10});
  EXPECT_EQ(server.send(text("for nobody")), 10u);
  run(milliseconds{10});
  EXPECT_EQ(shapes(), (Shapes{"A F.", "B .", "B P. 10", "A R."}));
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
  EXPECT_EQ(server.send(text("EPIPE")), 0u);
  EXPECT_EQ(server.readable(), 0u);
  EXPECT_FALSE(server.valid());
}

}  // namespace
}  // namespace millrace::sim
