// Opening: the handshake in all its fates, on an exact clock (RFC 9293 3.5, 3.10.7.1 to 3.10.7.4).
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;
using wire::SeqNum;

class Opening : public Scenario {
 protected:
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
};

TEST_F(Opening, S01_three_way_handshake_both_roles) {
  start();
  const Time began = world->now();
  client = open();
  EXPECT_EQ(state(client), "SYN-SENT");
  run(milliseconds{3});  // address resolution there and back, then the SYN
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 1u);
  EXPECT_EQ(world->b.api().connections(), 0u);
  run(milliseconds{3});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B S.", "A ."}));
  server = app_b.accepted.at(0);
  EXPECT_EQ(state(client), "ESTABLISHED");
  EXPECT_EQ(state(server), "ESTABLISHED");
  const wire::TcpHeader &syn = seen[0].frame.tcp, &syn_ack = seen[1].frame.tcp, &ack = seen[2].frame.tcp;
  EXPECT_EQ(syn_ack.ack, syn.seq + 1);
  EXPECT_EQ(ack.seq, syn.seq + 1);
  EXPECT_EQ(ack.ack, syn_ack.seq + 1);
  EXPECT_TRUE(about(seen[0].at - began, milliseconds{2}));
  EXPECT_TRUE(about(seen[1].at - began, milliseconds{3}));
  EXPECT_TRUE(about(seen[2].at - began, milliseconds{4}));
  for (const wire::TcpHeader* header : {&syn, &syn_ack}) {
    EXPECT_EQ(header->options.mss, mss());
    EXPECT_TRUE(header->options.sack_permitted);
    EXPECT_TRUE(header->options.has_timestamps);
    EXPECT_TRUE(header->options.has_window_scale);
    EXPECT_EQ(header->options.window_scale,
              7);  // 6 MiB, to which a buffer may grow, do not fit into 16 bits shifted by 6
  }
  EXPECT_EQ(syn_ack.options.ts_ecr, syn.options.ts_val);
  EXPECT_EQ(app_a.events, std::vector{api::EventKind::Connected});
  EXPECT_EQ(app_b.events, std::vector{api::EventKind::Accepted});
  close_both();
}

TEST_F(Opening, S02_third_segment_may_carry_data) {
  start();
  client = open();
  EXPECT_EQ(client.send(text("hello")), 5u);  // before anything was sent: waits for ESTABLISHED
  run(milliseconds{20});
  ASSERT_GE(seen.size(), 3u);
  EXPECT_EQ((Shapes{shapes()[0], shapes()[1], shapes()[2]}), (Shapes{"A S", "B S.", "A P. 5"}));
  server = app_b.accepted.at(0);
  EXPECT_EQ(app_b.told(server).received, text("hello"));
  EXPECT_EQ(app_b.events, (std::vector{api::EventKind::Accepted, api::EventKind::Readable}));
  run(seconds{2});
  EXPECT_EQ(app_b.told(server).received, text("hello"));
  close_both();
}

TEST_F(Opening, S03_initial_sequence_numbers) {
  // One 4-tuple: the clock of 4 us moves its numbers on. Others, and other secrets, lie elsewhere.
  start();
  api::ConnectOptions options;
  options.local_port = 40000;
  const auto iss_of_next = [&] {
    client = open(options);
    run(milliseconds{20});
    const Seen syn = seen_from(From::A, is_syn).back();
    client.abort();
    run(milliseconds{20});
    return std::pair{syn.frame.tcp.seq, syn.at};
  };
  const auto [first, first_at] = iss_of_next();
  run(seconds{10});
  const auto [second, second_at] = iss_of_next();
  EXPECT_NEAR(second - first, to_us(second_at - first_at) / 4, 4000);  // drawn at the call, seen when ARP was answered
  options.local_port = 40001;
  const auto [other, other_at] = iss_of_next();
  EXPECT_GT(std::abs(static_cast<std::int32_t>(other - second)), 1'000'000);

  ScenarioOptions restarted;
  restarted.a.seed = 12345;
  start(restarted);
  options.local_port = 40000;
  const auto [after_restart, at] = iss_of_next();
  EXPECT_GT(std::abs(static_cast<std::int32_t>(after_restart - first)), 1'000'000);
}

class OldSyn : public Opening, public testing::WithParamInterface<api::SynCookies> {};

TEST_P(OldSyn, S04_old_duplicate_syn_arrives_before_the_new_one) {
  ScenarioOptions with_cookies;
  with_cookies.listen.syn_cookies = GetParam();
  start(with_cookies);
  api::ConnectOptions options;
  options.local_port = 40000;
  lose(From::A, is_syn);
  client = open(options);
  run(milliseconds{10});
  ASSERT_EQ(shapes(), Shapes{"A S"});
  TcpFrame old = seen[0].frame;
  old.tcp.seq -= 1'000'000;
  inject(From::A, old);
  run(milliseconds{10});
  // The forged frame passes the same link.
  ASSERT_EQ(shapes(), (Shapes{"A S", "A S", "B S.", "A R"}));
  EXPECT_EQ(seen[2].frame.tcp.ack, old.tcp.seq + 1);
  EXPECT_EQ(seen[3].frame.tcp.seq, old.tcp.seq + 1);
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 0u);  // back to LISTEN
  EXPECT_TRUE(app_b.accepted.empty());
  run(seconds{2});
  EXPECT_TRUE(app_a.told(client).open);
  ASSERT_EQ(app_b.accepted.size(), 1u);
  server = app_b.accepted[0];
  close_both();
}

INSTANTIATE_TEST_SUITE_P(Modes, OldSyn, testing::Values(api::SynCookies::Cache, api::SynCookies::Always));

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

// Proves MUST-10.
TEST_F(Opening, S06_simultaneous_open_gives_one_connection) {
  start();
  api::ConnectOptions from_a, from_b;
  from_a.local_port = 5000;
  from_b.local_port = 6000;
  auto a = world->a.api().connect({world->b.address(), 6000}, from_a);
  auto b = world->b.api().connect({world->a.address(), 5000}, from_b);
  ASSERT_TRUE(a && b);
  client = a.value();
  server = b.value();
  EXPECT_EQ(state(client), "SYN-SENT");
  EXPECT_EQ(state(server), "SYN-SENT");
  ASSERT_TRUE(run_until([&] { return seen.size() == 4; }));
  EXPECT_EQ(state(client), "SYN-RECEIVED");
  EXPECT_EQ(state(server), "SYN-RECEIVED");
  EXPECT_TRUE(app_a.events.empty() && app_b.events.empty());
  ASSERT_TRUE(run_until([&] { return seen.size() == 6; }));
  EXPECT_EQ(state(client), "ESTABLISHED") << "by the SYN,ACK, not by the answer to its own";
  EXPECT_EQ(state(server), "ESTABLISHED");
  run(milliseconds{50});
  // RFC 9293 3.5, figure 7: the SYNs cross, and so do the answers to them.
  ASSERT_EQ(shapes(), (Shapes{"A S", "B S", "A S.", "B S.", "A .", "B ."}));
  const SeqNum iss_a = seen[0].frame.tcp.seq, iss_b = seen[1].frame.tcp.seq;
  EXPECT_TRUE(about(seen[1].at - seen[0].at, Duration{0}));
  EXPECT_EQ(seen[2].frame.tcp.seq, iss_a);
  EXPECT_EQ(seen[2].frame.tcp.ack, iss_b + 1);
  EXPECT_EQ(seen[3].frame.tcp.seq, iss_b);
  EXPECT_EQ(seen[3].frame.tcp.ack, iss_a + 1);
  EXPECT_EQ(seen[4].frame.tcp.seq, iss_a + 1);
  EXPECT_EQ(seen[4].frame.tcp.ack, iss_b + 1);
  EXPECT_EQ(seen[5].frame.tcp.seq, iss_b + 1);
  EXPECT_EQ(seen[5].frame.tcp.ack, iss_a + 1);
  EXPECT_EQ(app_a.events, std::vector{api::EventKind::Connected});
  EXPECT_EQ(app_b.events, std::vector{api::EventKind::Connected});
  EXPECT_EQ(world->a.api().connections(), 1u);
  EXPECT_EQ(world->b.api().connections(), 1u);
  EXPECT_EQ(count(From::A).resets_sent.get() + count(From::B).resets_sent.get(), 0u);
  EXPECT_EQ(client.send(text("to b")), 4u);
  EXPECT_EQ(server.send(text("to a")), 4u);
  run(milliseconds{50});
  EXPECT_EQ(app_b.told(server).received, text("to b"));
  EXPECT_EQ(app_a.told(client).received, text("to a"));
  close_both();
}

TEST_F(Opening, S07_connect_to_a_port_nobody_listens_on) {
  start();
  auto opened = world->a.api().connect({world->b.address(), 81});
  ASSERT_TRUE(opened);
  client = opened.value();
  run(milliseconds{20});
  ASSERT_EQ(shapes(), (Shapes{"A S", "B R."}));
  EXPECT_EQ(seen[1].frame.tcp.seq, SeqNum{0});
  EXPECT_EQ(seen[1].frame.tcp.ack, seen[0].frame.tcp.seq + 1);
  EXPECT_TRUE(app_a.told(client).closed);
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Refused);
  EXPECT_FALSE(app_a.told(client).open);
  EXPECT_FALSE(client.valid());
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

TEST_F(Opening, S09_half_open_table_full_drops_and_counts_and_honest_clients_still_connect) {
  ScenarioOptions options;
  options.listen.half_open_limit = 4;
  options.listen.syn_cookies = api::SynCookies::Cache;
  start(options);
  lose(From::B, is_syn_ack, 1, 24);  // the flood never sees an answer: 4 entries, each sent 1 + 5 times
  for (std::uint16_t i = 0; i < 10; ++i) {
    TcpFrame syn;
    syn.source = world->a.address();
    syn.destination = world->b.address();
    syn.tcp.source_port = static_cast<std::uint16_t>(1000 + i);
    syn.tcp.destination_port = 80;
    syn.tcp.ctl.bits = wire::Ctl::kSyn;
    inject(From::A, syn);
  }
  run(milliseconds{100});
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 4u);
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedTableFull), 6u);
  client = open();
  ASSERT_TRUE(run_until([&] { return app_a.told(client).open && app_b.accepted.size() == 1; }));
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedTableFull), 6u);
  EXPECT_EQ(count(From::B).half_open_expired.get(), 4u);
  server = app_b.accepted[0];
  close_both();
}

TEST_F(Opening, S09_connections_above_the_listeners_limit_wait_or_are_refused) {
  for (const api::Verdict when_full : {api::Verdict::Drop, api::Verdict::Reject}) {
    ScenarioOptions options;
    options.listen.max_connections = 1;
    options.listen.when_full = when_full;
    start(options);
    api::Connection first = establish();
    client = open();
    run(milliseconds{500});
    EXPECT_EQ(count(From::B).listener_full.get(), 1u);
    EXPECT_EQ(world->b.api().connections(), 1u);
    if (when_full == api::Verdict::Reject) {
      EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Refused);
      first.abort();
      run(milliseconds{10});
      continue;
    }
    first.abort();
    ASSERT_TRUE(run_until([&] { return app_a.told(client).open; }));  // its SYN comes again
    client.abort();
    run(milliseconds{10});
  }
}

TEST_F(Opening, S09_half_open_table_of_the_shard_full) {
  ScenarioOptions options;
  options.b.limits.half_open = 2;
  options.listen.syn_cookies = api::SynCookies::Cache;
  start(options);
  lose(From::A, is_bare_ack, 1, 2);
  api::Connection first = open(), second = open();
  run(milliseconds{100});
  EXPECT_EQ(world->b.shard().table().half_opens.used(), 2u);
  client = open();
  run(milliseconds{100});
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedTableFull), 1u);
  EXPECT_FALSE(app_a.told(client).open);
  ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == 3; }));  // SYN,ACKs sent again complete the first two
  for (api::Connection c : {first, second, client}) {
    EXPECT_TRUE(app_a.told(c).open);
    c.abort();
  }
}

TEST_F(Opening, S09_connection_table_full_refuses_none_that_exists_and_takes_one_when_there_is_room) {
  ScenarioOptions options;
  options.b.limits.connections = 2;
  start(options);
  const api::Connection first = establish();
  const api::Connection first_server = server;
  const api::Connection second = establish();
  api::Connection second_server = server;
  client = open();
  run(seconds{2});
  EXPECT_EQ(app_b.accepted.size(), 2u);
  EXPECT_EQ(world->b.api().connections(), 2u);
  EXPECT_GT(outcomes(From::B, tcp::Outcome::DroppedTableFull), 0u);
  api::Connection c = first;
  EXPECT_EQ(c.send(text("alive")), 5u);
  run(milliseconds{20});
  EXPECT_EQ(app_b.told(first_server).received, text("alive"));
  second_server.abort();
  ASSERT_TRUE(run_until([&] { return app_b.accepted.size() == 3; }));  // the half-open one's SYN,ACK is sent again
  EXPECT_EQ(app_a.told(second).reason, api::CloseReason::ResetByPeer);
  c.abort();
  client.abort();
}

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

class Mss : public Opening {
 protected:
  /// The longest text that each side sends when both have more than enough.
  std::pair<std::size_t, std::size_t> longest_texts() {
    establish();
    app_a.stream(client, 20'000, 1);
    app_b.stream(server, 20'000, 2);
    EXPECT_TRUE(run_until(
        [&] { return app_b.told(server).received.size() == 20'000 && app_a.told(client).received.size() == 20'000; }));
    std::size_t longest[2] = {0, 0};
    for (const Seen& s : seen) {
      std::size_t& most = longest[s.from == From::A ? 0 : 1];
      most = std::max(most, s.frame.text.size());
    }
    close_both();
    run(milliseconds{10});
    return {longest[0], longest[1]};
  }
};

TEST_F(Mss, S11_both_send_the_smaller_of_both_less_options) {
  ScenarioOptions options;
  options.b.mtu = 1300;
  start(options);
  const std::size_t longest = 1300u - header_size(family) - 12;
  EXPECT_EQ(longest_texts(), std::pair(longest, longest));
}

TEST_F(Mss, S11_a_peer_that_announces_none_gets_the_default) {
  start();
  lose(From::A, is_rst, 1, 1000);  // A knows nothing of what is forged in its name
  TcpFrame syn;
  syn.source = world->a.address();
  syn.destination = world->b.address();
  syn.tcp.source_port = 1234;
  syn.tcp.destination_port = 80;
  syn.tcp.seq = SeqNum{5000};
  syn.tcp.ctl.bits = wire::Ctl::kSyn;
  syn.tcp.window = 60'000;
  inject(From::A, syn);
  run(milliseconds{10});
  ASSERT_EQ(seen_from(From::B, is_syn_ack).size(), 1u);
  TcpFrame ack = syn;
  ack.tcp.seq += 1;
  ack.tcp.ack = seen_from(From::B, is_syn_ack)[0].frame.tcp.seq + 1;
  ack.tcp.ctl.bits = wire::Ctl::kAck;
  inject(From::A, ack);
  run(milliseconds{10});
  ASSERT_EQ(app_b.accepted.size(), 1u);
  app_b.stream(app_b.accepted[0], 4000, 1);
  run(milliseconds{10});
  const auto texts = seen_from(From::B, has_text);
  ASSERT_GE(texts.size(), 3u);
  EXPECT_EQ(texts[0].frame.text.size(), family == Family::V4 ? 536u : 1220u);
  EXPECT_EQ(texts[1].frame.text.size(), texts[0].frame.text.size());
  app_b.accepted[0].abort();
}

TEST_F(Mss, S11_the_listeners_clamp_holds_for_both_directions) {
  ScenarioOptions options;
  options.listen.mss_clamp = 1200;
  start(options);
  EXPECT_EQ(longest_texts(), std::pair(1200ul - 12, 1200ul - 12));
}

TEST_F(Mss, S11_the_cookie_keeps_it_rounded_down) {
  ScenarioOptions options;
  options.a.mtu = family == Family::V4 ? 1450 : 1470;  // announces 1410
  options.listen.syn_cookies = api::SynCookies::Always;
  start(options);
  EXPECT_EQ(longest_texts(), std::pair(1410ul - 12, 1400ul - 12));
}

TEST_F(Opening, ConnectionTableOfTheOpenerFull) {
  ScenarioOptions options;
  options.a.limits.connections = 1;
  start(options);
  establish();
  const auto refused = world->a.api().connect({world->b.address(), 80});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), api::Error::TableFull);
  close_both();
}

}  // namespace
}  // namespace millrace::sim
