// Opening towards a listener that does not answer everybody.
#include "sim/opening_bed.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;
using wire::SeqNum;

TEST_F(Opening, S10_listener_rejects_as_if_nobody_listened) {
  ScenarioOptions options;
  options.listen.access = api::AccessRules{api::Verdict::Reject};
  start(options);
  client = open();
  run(milliseconds{20});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B R."}));
  EXPECT_EQ(seen[1].frame.tcp.seq, SeqNum{0});
  EXPECT_EQ(seen[1].frame.tcp.ack, seen[0].frame.tcp.seq + 1);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Refused);
  EXPECT_EQ(count(From::B).syn_rejected_by_policy.get(), 1u);
}

TEST_F(Opening, S10_listener_drops_and_the_opener_times_out) {
  ScenarioOptions options;
  options.listen.access = api::AccessRules{api::Verdict::Drop};
  start(options);
  api::ConnectOptions connect;
  connect.connect_timeout = seconds{10};
  const Time began = world->now();
  client = open(connect);
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::ConnectTimeout);
  EXPECT_TRUE(about(world->now() - began, seconds{10}));
  EXPECT_EQ(shapes(), (Shapes{"A S", "A S", "A S", "A S"}));  // 0, 1, 3, 7 s
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedByPolicy), 4u);
}

TEST_F(Opening, S10_the_network_of_the_peer_decides) {
  ScenarioOptions options;
  options.listen.access = api::AccessRules{api::Verdict::Drop};
  ASSERT_TRUE(options.listen.access.add(
      {address_of(family, options.a.address), static_cast<std::uint8_t>(family == Family::V4 ? 32 : 128)},
      api::Verdict::Accept));
  start(options);
  establish();
  TcpFrame other = next_of(From::A);
  other.source = address_of(family, options.a.address + 8);
  other.tcp.ctl.bits = wire::Ctl::kSyn;
  inject(From::A, other);
  run(milliseconds{10});
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedByPolicy), 1u);
  EXPECT_TRUE(seen_from(From::B, is_any).empty());
  close_both();
}

}  // namespace
}  // namespace millrace::sim
