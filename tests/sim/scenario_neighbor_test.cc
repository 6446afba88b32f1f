// The peer's MAC changes in the middle of a connection: it moved, or somebody says so who has no right to (ARP; RFC
// 4861 7.2.5; ip/neighbor_cache). Connections live on, no byte is lost.
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

constexpr wire::MacAddress kElsewhere{{0x02, 0, 0, 0, 0, 0x77}};  ///< B's, after its move
constexpr wire::MacAddress kThief{{0x02, 0, 0, 0, 0, 0x66}};      ///< a third host's

class MovingPeer : public Scenario {
 protected:
  static constexpr std::uint64_t kBytes = 400'000;

  /// Long connected, so that the peer may move (NeighborCache::kMinChangeInterval).
  void connect() {
    start();
    establish();
    run(seconds{2});
    seen.clear();
  }
  void move_b() {
    world->b.move_to(kElsewhere);
    world->b.shard().announce(world->now());
  }
  /// The third host claims B's address; A hears it.
  void claim() { world->b_to_a.send(build_claim(world->b.address(), kThief), world->now()); }
  void stream_both() {
    app_a.stream(client, kBytes, 1);
    app_b.stream(server, kBytes, 2);
  }
  bool all_arrived() {
    return app_b.told(server).received.size() == kBytes && app_a.told(client).received.size() == kBytes;
  }
  void expect_bytes_intact() {
    EXPECT_TRUE(app_b.told(server).received == stream_bytes(1, kBytes));
    EXPECT_TRUE(app_a.told(client).received == stream_bytes(2, kBytes));
    EXPECT_EQ(state(client), "ESTABLISHED");
    EXPECT_EQ(state(server), "ESTABLISHED");
    EXPECT_EQ(count(From::A).resets_sent.get() + count(From::B).resets_sent.get(), 0u);
  }
  [[nodiscard]] std::size_t sent_by_a_to(const wire::MacAddress& mac, Time since = {}) const {
    std::size_t frames = 0;
    for (const Seen& s : seen) frames += s.from == From::A && s.to == mac && s.at >= since ? 1 : 0;
    return frames;
  }
  std::uint64_t changes() { return world->a.shard().ip_counters().neighbor_changes.get(); }
  std::uint64_t refused() { return world->a.shard().ip_counters().neighbor_changes_refused.get(); }
  std::uint64_t not_for_b() { return world->b.shard().ip_counters().dropped(ip::DropReason::NotOurMac); }
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
};

TEST_F(MovingPeer, AnnouncesItselfAndIsFollowedAtOnce) {
  connect();
  stream_both();
  run(milliseconds{4});
  ASSERT_FALSE(all_arrived());
  move_b();
  const Time moved = world->now();
  ASSERT_TRUE(run_until([&] { return all_arrived(); }));
  expect_bytes_intact();
  EXPECT_GT(not_for_b(), 0u) << "what was on its way to the old MAC";
  EXPECT_EQ(sent_by_a_to(kElsewhere, moved), sent_by_a_to(kElsewhere));
  EXPECT_EQ(sent_by_a_to(mac_of(world->b.address()), moved + milliseconds{1} + microseconds{100}), 0u);
  EXPECT_GT(sent_by_a_to(kElsewhere), 100u);
  EXPECT_EQ(changes(), 1u);
  EXPECT_EQ(refused(), 0u);
  close_both();
}

TEST_F(MovingPeer, SaysNothingAndIsFoundByProbes) {
  connect();
  world->b.move_to(kElsewhere);
  const Time moved = world->now();
  app_a.stream(client, kBytes, 1);
  ASSERT_TRUE(run_until([&] { return sent_by_a_to(kElsewhere) > 0; }));
  // R1 after RTOs of 1 + 2 + 4 puts the neighbor in doubt (MUST-20). Three probes 1 s apart go to where it was, the
  // next question to all, and the segment again when its time has come: RTOs of 8 + 16 after R1. A tail loss probe
  // before that moves all of it by two round trips.
  const Duration rtt = microseconds{client.info().rtt_us}, rto = rtt + milliseconds{200};
  EXPECT_TRUE(about(world->now() - moved, 31 * rto + 2 * rtt));
  EXPECT_EQ(changes(), 1u);
  EXPECT_GE(not_for_b(), 3u + 4u) << "probes, and segments sent again";
  ASSERT_TRUE(run_until([&] { return app_b.told(server).received.size() == kBytes; }));
  app_b.stream(server, kBytes, 2);
  ASSERT_TRUE(run_until([&] { return all_arrived(); }));
  expect_bytes_intact();
  close_both();
}

TEST_F(MovingPeer, IsNotRobbedByAClaimWithinASecondOfItsMove) {
  connect();
  move_b();
  run(milliseconds{10});
  ASSERT_EQ(changes(), 1u);
  const Time moved = world->now();
  stream_both();
  for (int i = 1; i <= 4; ++i) {
    claim();
    run(milliseconds{2});
    EXPECT_EQ(refused(), static_cast<std::uint64_t>(i));
  }
  ASSERT_TRUE(run_until([&] { return all_arrived(); }));
  claim();
  run(milliseconds{10});
  ASSERT_LT(world->now() - moved, milliseconds{900});
  EXPECT_EQ(client.send(text("still to B")), 10u);
  run(milliseconds{100});
  EXPECT_EQ(app_b.told(server).received.size(), kBytes + 10);
  app_b.told(server).received.resize(kBytes);
  expect_bytes_intact();
  EXPECT_EQ(refused(), 5u);
  EXPECT_EQ(changes(), 1u);
  EXPECT_EQ(sent_by_a_to(kThief), 0u);
  EXPECT_EQ(count(From::A).retransmits.get(), 0u) << "nothing was lost";
  close_both();
}

// Nobody can tell a later claim from a move. It is doubted at once: the third host does not answer probes.
TEST_F(MovingPeer, IsFoundAgainAfterALaterClaim) {
  connect();
  stream_both();
  run(milliseconds{4});
  ASSERT_FALSE(all_arrived());
  claim();
  const Time robbed = world->now();
  ASSERT_TRUE(run_until([&] {
    return sent_by_a_to(kThief) > 0 && sent_by_a_to(mac_of(world->b.address()), robbed + milliseconds{100}) > 0;
  }));
  EXPECT_LT(world->now() - robbed, seconds{4});
  EXPECT_EQ(changes(), 2u) << "there and back";
  ASSERT_TRUE(run_until([&] { return all_arrived(); }));
  expect_bytes_intact();
  close_both();
}

}  // namespace
}  // namespace millrace::sim
