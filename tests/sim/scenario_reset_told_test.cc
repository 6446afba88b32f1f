// How the application hears of a reset, with text unread and without.
#include "sim/resetting_bed.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;

TEST_F(Resetting, S57_rst_leaves_acknowledged_data_readable_then_econnreset) {
  start();
  establish();
  app_a.reading = false;
  EXPECT_EQ(server.send(text("keep this")), 9u);
  run(milliseconds{100});
  ASSERT_EQ(shapes(), (Shapes{"B P. 9", "A ."}));
  server.abort();
  run(milliseconds{100});
  ASSERT_EQ(shapes(), (Shapes{"B P. 9", "A .", "B R."})) << "it is not answered";
  EXPECT_EQ(seen[2].frame.tcp.seq, seen[1].frame.tcp.ack) << "at RCV.NXT: it is believed";
  EXPECT_EQ(count(From::A).resets_received.get(), 1u);
  EXPECT_FALSE(app_a.told(client).closed);
  EXPECT_TRUE(client.valid());
  EXPECT_EQ(client.readable(), 9u);
  EXPECT_FALSE(client.at_end());
  EXPECT_EQ(client.send(text("no")), 0u);
  std::byte some[4];
  EXPECT_EQ(client.receive(some), 4u);
  run(milliseconds{1});
  EXPECT_FALSE(app_a.told(client).closed);
  app_a.read_all();
  run(milliseconds{1});
  EXPECT_EQ(app_a.told(client).received, text(" this"));
  EXPECT_TRUE(app_a.told(client).closed);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::ResetByPeer);
  EXPECT_FALSE(app_a.told(client).peer_closed) << "it did not end in order";
  EXPECT_FALSE(client.valid());
  EXPECT_EQ(world->a.leftovers(), "");
}

TEST_F(Resetting, S57_rst_with_unread_data_and_a_close_frees_everything) {
  start();
  establish();
  app_a.reading = false;
  EXPECT_EQ(server.send(text("never read")), 10u);
  run(milliseconds{100});
  server.abort();
  run(milliseconds{100});
  seen.clear();
  client.close();
  run(milliseconds{10});
  EXPECT_TRUE(seen.empty());  // never in answer to RST
  EXPECT_EQ(world->a.leftovers(), "");
}

/// Closed is told when all was read. Who reads only when it can write would never read, and never hear of it.
TEST_F(Resetting, RstIsToldToWhoWaitsForRoomAndHasTextUnread) {
  start();
  establish();
  app_a.reading = app_b.reading = false;
  EXPECT_EQ(server.send(text("unread")), 6u);
  app_a.stream(client, 4'000'000, 1);
  run(seconds{1});
  EXPECT_EQ(client.ended_by(), api::CloseRule::None);
  app_a.events.clear();
  server.abort();
  run(milliseconds{100});
  EXPECT_EQ(app_a.events, std::vector{api::EventKind::Ended});
  EXPECT_EQ(client.send(text("no")), 0u);
  EXPECT_EQ(client.ended_by(), api::CloseRule::ResetByPeer);
  app_a.read_all();
  run(milliseconds{1});
  EXPECT_EQ(app_a.events, (std::vector{api::EventKind::Ended, api::EventKind::Closed}));
  EXPECT_EQ(client.ended_by(), api::CloseRule::None) << "the handle is stale";
  EXPECT_EQ(world->a.leftovers(), "");
}

TEST_F(Resetting, RstWithNothingUnreadIsToldOnceByClosed) {
  start();
  establish();
  app_b.reading = false;
  app_a.stream(client, 4'000'000, 1);
  run(seconds{1});
  app_a.events.clear();
  server.abort();
  run(milliseconds{100});
  EXPECT_EQ(app_a.events, std::vector{api::EventKind::Closed});
  EXPECT_EQ(world->a.leftovers(), "");
}

}  // namespace
}  // namespace millrace::sim
