// Opening where segments of the handshake are lost: they come again, or the opening is given up (RFC 9293 3.8.3).
#include "sim/opening_bed.h"

namespace millrace::sim {
namespace {

using wire::SeqNum;

TEST_F(Opening, S05_syn_lost_is_sent_again_with_backoff) {
  start();
  lose(From::A, is_syn, 1, 3);
  client = open();
  run(seconds{10});
  const auto syns = seen_from(From::A, is_syn);
  ASSERT_EQ(syns.size(), 4u);
  EXPECT_TRUE(about(syns[1].at - syns[0].at, seconds{1}, milliseconds{3}));  // the first waited for ARP
  EXPECT_TRUE(about(syns[2].at - syns[1].at, seconds{2}));
  EXPECT_TRUE(about(syns[3].at - syns[2].at, seconds{4}));
  for (const Seen& syn : syns) EXPECT_EQ(syn.frame.tcp.seq, syns[0].frame.tcp.seq);
  EXPECT_TRUE(app_a.told(client).open);
  server = app_b.accepted.at(0);
  close_both();
}

TEST_F(Opening, S05_syn_ack_lost_is_sent_again) {
  start();
  lose(From::B, is_syn_ack);
  client = open();
  run(seconds{3});
  const auto answers = seen_from(From::B, is_syn_ack);
  ASSERT_GE(answers.size(), 2u);
  EXPECT_EQ(answers[1].frame.tcp.seq, answers[0].frame.tcp.seq);
  EXPECT_TRUE(about(answers[1].at - answers[0].at, seconds{1}, milliseconds{3}));
  EXPECT_TRUE(app_a.told(client).open);
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted[0];
  close_both();
}

class LostAck : public Opening, public testing::WithParamInterface<api::SynCookies> {};

TEST_P(LostAck, S05_data_makes_up_for_the_lost_last_ack) {
  ScenarioOptions options;
  options.listen.syn_cookies = GetParam();
  start(options);
  lose(From::A, is_bare_ack);
  client = open();
  run(milliseconds{20});
  EXPECT_TRUE(app_a.told(client).open);
  EXPECT_TRUE(app_b.accepted.empty());
  EXPECT_EQ(client.send(text("data")), 4u);
  run(milliseconds{20});
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted[0];
  EXPECT_EQ(app_b.told(server).received, text("data"));
  EXPECT_EQ(seen_from(From::B, is_syn_ack).size(), 1u);
  close_both();
}

INSTANTIATE_TEST_SUITE_P(Modes, LostAck, testing::Values(api::SynCookies::Cache, api::SynCookies::Always));

TEST_F(Opening, S05_limits_of_a_half_open_connection_are_configurable) {
  struct Limits {
    std::uint8_t retries;
    Duration timeout;
    std::size_t answers;
    Duration ends;
  };
  for (const Limits& limits : {Limits{2, seconds{75}, 3, seconds{7}}, Limits{5, seconds{10}, 4, seconds{10}}}) {
    ScenarioOptions options;
    options.b.tcp.syn_ack_retries = limits.retries;
    options.b.tcp.half_open_timeout = limits.timeout;
    start(options);
    lose(From::A, is_bare_ack, 1, 1000);
    client = open();
    const Time began = world->now();
    ASSERT_TRUE(run_until([&] { return count(From::B).half_open_expired.get() == 1; }));
    EXPECT_TRUE(about(world->now() - began, limits.ends, milliseconds{5}));
    EXPECT_EQ(seen_from(From::B, is_syn_ack).size(), limits.answers);
    client.abort();
    run(milliseconds{10});
  }
}

TEST_F(Opening, S05_half_open_connection_is_given_up_after_its_retries) {
  start();
  lose(From::A, is_bare_ack, 1, 1000);
  client = open();
  const auto expired = [&] { return count(From::B).half_open_expired.get() == 1; };
  const Time began = world->now();
  ASSERT_TRUE(run_until(expired));
  EXPECT_TRUE(about(world->now() - began, seconds{63}, milliseconds{5}));  // 1 + 2 + 4 + 8 + 16 + 32
  EXPECT_EQ(seen_from(From::B, is_syn_ack).size(), 6u);
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 0u);
  client.abort();
}

TEST_F(Opening, S05_last_ack_without_the_agreed_timestamp_makes_no_connection) {
  start();
  lose(From::A, is_bare_ack);
  client = open();
  run(milliseconds{10});
  TcpFrame ack = next_of(From::A);
  ack.tcp.options.has_timestamps = false;
  inject(From::A, ack);
  ack.tcp.options.has_timestamps = true;
  ack.tcp.options.ts_val -= 1000;
  inject(From::A, ack);
  run(milliseconds{10});
  EXPECT_EQ(world->b.api().connections(), 0u);
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 1u);
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedNoTimestamp), 1u);
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedPaws), 1u);
  run(seconds{2});  // the SYN,ACK is sent again, and the opener answers as it should
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted[0];
  close_both();
}

TEST_F(Opening, S08_connect_that_nobody_answers_times_out_and_a_late_answer_gets_rst) {
  start();
  lose(From::A, is_any, 1, 1000);
  const Time began = world->now();
  client = open();
  ASSERT_TRUE(run_until([&] { return app_a.told(client).closed; }));
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::ConnectTimeout);
  EXPECT_TRUE(about(world->now() - began, seconds{180}));
  const auto syns = seen_from(From::A, is_syn);
  ASSERT_EQ(syns.size(), 8u);  // 0, 1, 3, 7, 15, 31, 63, 127 s
  for (std::size_t i = 1; i < syns.size(); ++i)
    EXPECT_TRUE(about(syns[i].at - began, seconds{(1 << i) - 1}, milliseconds{1})) << i;
  EXPECT_EQ(seen.size(), 8u);  // no RST: there is nothing to reset

  TcpFrame late;
  late.source = world->b.address();
  late.destination = world->a.address();
  late.tcp.source_port = 80;
  late.tcp.destination_port = syns[0].frame.tcp.source_port;
  late.tcp.seq = SeqNum{777};
  late.tcp.ack = syns[0].frame.tcp.seq + 1;
  late.tcp.ctl.bits = wire::Ctl::kSyn | wire::Ctl::kAck;
  inject(From::B, late);
  run(milliseconds{10});
  EXPECT_EQ(seen.back().frame.shape(), "R");
  EXPECT_EQ(seen.back().frame.tcp.seq, late.tcp.ack);
}

}  // namespace
}  // namespace millrace::sim
