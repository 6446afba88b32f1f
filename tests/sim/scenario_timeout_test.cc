// The timers that end a connection: keep-alive, the user timeout and R2 (RFC 9293 3.8.3, 3.8.4).
#include "sim/resetting_bed.h"

namespace millrace::sim {
namespace {

using wire::SeqNum;

TEST_F(Resetting, S47_keepalive_is_off_by_default) {
  start();
  establish();
  run(hours{24});
  EXPECT_TRUE(seen.empty());
  expect_alive();
  close_both();
}

TEST_F(Resetting, S47_keepalive_ends_a_connection_whose_peer_is_dead) {
  start();
  api::ConnectOptions options;
  options.keepalive = {true, seconds{10}, seconds{2}, 3};
  establish(options);
  run(seconds{1});
  EXPECT_EQ(client.send(text("x")), 1u);
  run(seconds{1});
  const Time last = seen.back().at + milliseconds{1};  // its ACK arrives
  ASSERT_EQ(seen.back().from, From::B);
  const SeqNum snd_nxt = seen.back().frame.tcp.ack;
  seen.clear();
  lose(From::B, is_any, 1, 1000);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }));
  EXPECT_TRUE(about(world->now() - last, seconds{16}));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::KeepaliveTimeout);
  const auto probes = seen_from(From::A, is_bare_ack);
  ASSERT_EQ(probes.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(about(probes[i].at - last, seconds{10 + 2 * i}));
    EXPECT_EQ(probes[i].frame.tcp.seq, snd_nxt - 1);
  }
  run(milliseconds{10});
  EXPECT_EQ(seen_from(From::A, is_rst).size(), 1u);
}

// Proves MUST-29.
TEST_F(Resetting, S47_one_lost_keepalive_probe_kills_nothing) {
  start();
  api::ConnectOptions options;
  options.keepalive = {true, seconds{10}, seconds{2}, 2};
  establish(options);
  lose(From::A, is_bare_ack, 1, 1);
  run(minutes{5});
  EXPECT_EQ(state(client), "ESTABLISHED");
  EXPECT_GT(count(From::A).keepalive_probes.get(), 20u);
  expect_alive();
  close_both();
}

TEST_F(Resetting, S49_user_timeout_ends_a_connection_whose_peer_stops_acknowledging) {
  start();
  api::ConnectOptions options;
  options.user_timeout = seconds{10};
  establish(options);
  lose(From::A, is_any, 1, 1000);
  const Duration rto = microseconds{client.info().rtt_us} + milliseconds{200};
  const Time began = world->now();
  EXPECT_EQ(client.send(text("x")), 1u);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }));
  EXPECT_TRUE(about(world->now() - began, seconds{10}));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::RetransmitTimeout);
  const auto tries = seen_from(From::A, has_text);
  ASSERT_EQ(tries.size(), 7u);  // the first, a probe, and retransmissions 1, 2, 4, 8 and 16 RTO after that
  for (int i = 1; i < 7; ++i) EXPECT_TRUE(about(tries[i].at - began, rto * (1 << (i - 1)), milliseconds{1})) << i;
  run(milliseconds{10});
  EXPECT_EQ(seen_from(From::A, is_rst).size(), 1u);
  server.abort();
}

// Proves SHLD-11.
TEST_F(Resetting, S49_too_many_retransmissions_end_at_the_default_r2) {
  start();
  establish();
  lose(From::A, is_any, 1, 1000);
  const Time began = world->now();
  EXPECT_EQ(client.send(text("x")), 1u);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }, hours{1}));
  EXPECT_TRUE(about(world->now() - began, seconds{924}));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::RetransmitTimeout);
  server.abort();
}

TEST_F(Resetting, S49_progress_before_the_user_timeout_counts_anew) {
  start();
  api::ConnectOptions options;
  options.user_timeout = seconds{5};
  establish(options);
  lose(From::A, has_text, 1, 4);  // 0, 0.2, 0.6, 1.4 s; the fifth at 3 s arrives
  EXPECT_EQ(client.send(text("x")), 1u);
  run(seconds{4});
  lose(From::A, has_text, 1, 4);
  EXPECT_EQ(client.send(text("y")), 1u);
  run(seconds{4});
  EXPECT_EQ(app_b.told(server).received, text("xy"));
  expect_alive();
  close_both();
}

}  // namespace
}  // namespace millrace::sim
