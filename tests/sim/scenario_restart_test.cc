// Half-open connections: one host has restarted and knows nothing, the other learns of it by RST (RFC 9293 3.5.1).
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;
using wire::SeqNum;

class Restarted : public Scenario {
 protected:
  static api::ConnectOptions fixed_port() {
    api::ConnectOptions options;
    options.local_port = 40000;
    return options;
  }
  /// A connection that has carried bytes both ways.
  void establish_and_talk(const api::ConnectOptions& options) {
    establish(options);
    EXPECT_EQ(client.send(text("before")), 6u);
    EXPECT_EQ(server.send(text("before")), 6u);
    run(milliseconds{100});
    EXPECT_EQ(app_b.told(server).received, text("before"));
  }
  void expect_nothing_is_known(From side) {
    EXPECT_EQ(host(side).leftovers(), "");
    EXPECT_EQ(count(side).segments_sent.get(), 0u);
  }
  /// Further than the clock of initial sequence numbers gets in these tests.
  static bool is_far(SeqNum a, SeqNum b) { return std::abs(static_cast<std::int32_t>(a - b)) > 10'000'000; }
};

TEST_F(Restarted, S45_we_restarted_and_the_peer_did_not) {
  start();
  establish_and_talk(fixed_port());
  restart(From::A);
  expect_nothing_is_known(From::A);
  EXPECT_EQ(state(server), "ESTABLISHED");
  EXPECT_EQ(server.send(text("still there?")), 12u);
  run(milliseconds{10});
  ASSERT_EQ(shapes(), (Shapes{"B P. 12", "A R"}));
  EXPECT_EQ(seen[1].frame.tcp.seq, seen[0].frame.tcp.ack);
  EXPECT_EQ(outcomes(From::A, tcp::Outcome::AnsweredReset), 1u);
  EXPECT_EQ(app_b.told(server).reason, api::CloseReason::ResetByPeer);
  EXPECT_FALSE(server.valid());
  EXPECT_EQ(server.send(text("no")), 0u);
  EXPECT_EQ(world->b.leftovers(), "");
  EXPECT_TRUE(app_a.events.empty());
}

// RFC 9293 3.5.1, figure 9: the peer takes the new SYN for one on the old connection and says where it is; the answer
// to that ends the old one.
TEST_F(Restarted, S45_we_restarted_and_open_the_same_connection_again) {
  start();
  client = open(fixed_port());
  run(milliseconds{20});
  const SeqNum old_iss = seen_from(From::A, is_syn).at(0).frame.tcp.seq;
  server = app_b.accepted.at(0);
  const api::Connection old_server = server;
  EXPECT_EQ(client.send(text("before")), 6u);
  run(milliseconds{100});
  const TcpFrame next = next_of(From::A);
  restart(From::A);
  client = open(fixed_port());
  run(milliseconds{10});
  EXPECT_EQ(state(client), "SYN-SENT");
  ASSERT_EQ(shapes(), (Shapes{"A S", "B .", "A R"}));
  EXPECT_TRUE(is_far(seen[0].frame.tcp.seq, old_iss)) << "the secret is new";
  EXPECT_EQ(seen[1].frame.tcp.ack, next.tcp.seq);
  EXPECT_EQ(seen[2].frame.tcp.seq, next.tcp.seq);
  EXPECT_EQ(app_b.told(old_server).reason, api::CloseReason::ResetByPeer);
  run(seconds{1});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B .", "A R", "A S", "B S.", "A ."}));
  EXPECT_EQ(seen[3].frame.tcp.seq, seen[0].frame.tcp.seq);
  EXPECT_TRUE(about(seen[3].at - seen[0].at, seconds{1}, milliseconds{3})) << "the first waited for its neighbor";
  EXPECT_TRUE(app_a.told(client).open);
  ASSERT_EQ(app_b.accepted.size(), 2u);
  server = app_b.accepted[1];
  EXPECT_EQ(client.send(text("after")), 5u);
  run(milliseconds{100});
  EXPECT_EQ(app_b.told(server).received, text("after"));
  EXPECT_EQ(app_b.told(old_server).received, text("before"));
  client.close();
  run(milliseconds{10});
  server.close();
}

TEST_F(Restarted, S46_the_peer_restarted_and_our_data_finds_it_out) {
  start();
  client = open(fixed_port());
  run(milliseconds{20});
  const SeqNum old_iss = seen_from(From::B, is_syn_ack).at(0).frame.tcp.seq;
  restart(From::B);
  expect_nothing_is_known(From::B);
  EXPECT_EQ(state(client), "ESTABLISHED");
  EXPECT_EQ(client.send(text("still there?")), 12u);
  run(milliseconds{10});
  ASSERT_EQ(shapes(), (Shapes{"A P. 12", "B R"}));
  EXPECT_EQ(seen[1].frame.tcp.seq, seen[0].frame.tcp.ack);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::ResetByPeer);
  EXPECT_FALSE(client.valid());
  EXPECT_EQ(world->a.leftovers(), "");
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::AnsweredReset), 1u);
  EXPECT_TRUE(app_b.events.empty());

  client = open(fixed_port());  // the new host serves like any other
  run(milliseconds{20});
  EXPECT_TRUE(is_far(seen_from(From::B, is_syn_ack).at(0).frame.tcp.seq, old_iss)) << "the secret is new";
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted[0];
  client.close();
  run(milliseconds{10});
  server.close();
}

TEST_F(Restarted, S46_the_peer_restarted_and_a_keepalive_finds_it_out) {
  start();
  api::ConnectOptions options = fixed_port();
  options.keepalive = {true, seconds{10}, seconds{2}, 3};
  establish(options);
  const Time began = world->now();
  restart(From::B);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }));
  EXPECT_TRUE(about(world->now() - began, seconds{10} + milliseconds{2}, milliseconds{5}))
      << "the first probe's answer";
  ASSERT_EQ(shapes(), (Shapes{"A .", "B R"}));
  EXPECT_EQ(seen[1].frame.tcp.seq, seen[0].frame.tcp.ack);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::ResetByPeer);
  EXPECT_EQ(world->a.leftovers(), "");
}

}  // namespace
}  // namespace millrace::sim
