// Resets: when we send one, when we believe one, and the timers that end a connection (RFC 9293 3.5.2, 3.6.1, 3.8.3,
// 3.8.4, 3.10.7; RFC 5961; RFC 2525 2.17).
#include "sim/scenario.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;
using wire::Ctl;
using wire::SeqNum;

class Resetting : public Scenario {
 protected:
  TcpFrame to_nobody() {
    TcpFrame frame;
    frame.source = world->a.address();
    frame.destination = world->b.address();
    frame.tcp.source_port = 1234;
    frame.tcp.destination_port = 4321;
    frame.tcp.seq = SeqNum{5000};
    return frame;
  }
  TcpFrame rst_of(From from, std::int32_t beyond_rcv_nxt) {
    TcpFrame frame = next_of(from);
    frame.tcp.seq += static_cast<std::uint32_t>(beyond_rcv_nxt);
    frame.tcp.ctl.bits = Ctl::kRst;
    return frame;
  }
  /// Data still flows both ways.
  void expect_alive() {
    const std::size_t at_b = app_b.told(server).received.size(), at_a = app_a.told(client).received.size();
    EXPECT_EQ(client.send(text("ping")), 4u);
    EXPECT_EQ(server.send(text("pong")), 4u);
    run(seconds{3});
    EXPECT_EQ(app_b.told(server).received.size(), at_b + 4);
    EXPECT_EQ(app_a.told(client).received.size(), at_a + 4);
  }
  void close_both() {
    client.close();
    run(milliseconds{10});
    server.close();
  }
};

TEST_F(Resetting, S40_segment_for_a_connection_that_does_not_exist) {
  start();
  TcpFrame with_ack = to_nobody();
  with_ack.tcp.ctl.bits = Ctl::kAck;
  with_ack.tcp.ack = SeqNum{99};
  inject(From::A, with_ack);
  run(milliseconds{10});
  TcpFrame without = to_nobody();
  without.tcp.ctl.bits = Ctl::kFin;
  without.text = text("0123456789");
  inject(From::A, without);
  run(milliseconds{10});
  ASSERT_EQ(shapes(), (Shapes{"A .", "B R", "A F 10", "B R."}));
  EXPECT_EQ(seen[1].frame.tcp.seq, SeqNum{99});
  EXPECT_EQ(seen[3].frame.tcp.seq, SeqNum{0});
  EXPECT_EQ(seen[3].frame.tcp.ack, SeqNum{5011});
  EXPECT_EQ(count(From::B).resets_sent.get(), 2u);
}

TEST_F(Resetting, S41_never_in_answer_to_rst) {
  start();
  for (const std::uint8_t bits : {Ctl::kRst, static_cast<std::uint8_t>(Ctl::kRst | Ctl::kAck),
                                  static_cast<std::uint8_t>(Ctl::kRst | Ctl::kSyn), std::uint8_t{0xff}}) {
    for (const std::uint16_t port : {80, 4321}) {
      TcpFrame rst = to_nobody();
      rst.tcp.ctl.bits = bits;
      rst.tcp.destination_port = port;
      inject(From::A, rst);
    }
  }
  run(seconds{10});
  EXPECT_EQ(seen_from(From::B, is_any).size(), 0u);
  EXPECT_EQ(outcomes(From::B, tcp::Outcome::DroppedRstToNobody), 8u);
}

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

TEST_F(Resetting, S50_exact_rst_ends_the_connection_at_once_without_answer) {
  start();
  api::ConnectOptions options;
  options.local_port = 40000;
  establish(options);
  lose(From::B, is_bare_ack, 1, 1000);
  EXPECT_EQ(client.send(text("unacknowledged")), 14u);
  run(milliseconds{10});
  seen.clear();
  inject(From::B, rst_of(From::B, 0));
  run(milliseconds{2});
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::ResetByPeer);
  EXPECT_EQ(seen_from(From::A, is_any).size(), 0u);
  EXPECT_EQ(world->a.leftovers(), "");
  EXPECT_EQ(count(From::A).resets_received.get(), 1u);
  server.abort();
  run(milliseconds{10});
  establish(options);  // the port is free again
  close_both();
}

TEST_F(Resetting, S51_rst_in_window_but_not_exact_gets_a_challenge_ack) {
  start();
  establish();
  expect_alive();
  seen.clear();
  lose(From::B, is_rst, 1, 0);
  inject(From::B, rst_of(From::B, 1));
  run(milliseconds{10});
  auto answers = seen_from(From::A, is_any);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].frame.shape(), ".");
  EXPECT_EQ(answers[0].frame.tcp.ack, next_of(From::B).tcp.seq);
  EXPECT_EQ(count(From::A).challenge_acks.get(), 1u);

  for (int i = 0; i < 10; ++i) inject(From::B, rst_of(From::B, 2 + i));  // within 500 ms
  run(milliseconds{100});
  EXPECT_EQ(count(From::A).challenge_acks.get(), 1u);
  EXPECT_EQ(count(From::A).challenge_acks_limited.get(), 10u);
  run(milliseconds{400});
  inject(From::B, rst_of(From::B, 1));
  run(milliseconds{10});
  EXPECT_EQ(count(From::A).challenge_acks.get(), 2u);
  EXPECT_EQ(count(From::A).resets_received.get(), 0u);
  expect_alive();
  close_both();
}

TEST_F(Resetting, S52_rst_out_of_window_is_ignored_in_silence) {
  start();
  establish();
  expect_alive();
  seen.clear();
  inject(From::B, rst_of(From::B, -1));
  inject(From::B, rst_of(From::B, 10'000'000));
  inject(From::B, rst_of(From::B, 0x7fff'ffff));
  run(seconds{1});
  EXPECT_EQ(seen_from(From::A, is_any).size(), 0u);
  EXPECT_EQ(outcomes(From::A, tcp::Outcome::DroppedNotAcceptable), 3u);
  expect_alive();
  close_both();
}

TEST_F(Resetting, S53_rst_in_syn_sent_is_believed_only_when_it_acknowledges_our_syn) {
  start();
  lose(From::A, is_syn, 1, 3);
  client = open();
  run(milliseconds{10});
  const TcpFrame syn = seen.at(0).frame;
  TcpFrame rst;
  rst.source = syn.destination;
  rst.destination = syn.source;
  rst.tcp.source_port = 80;
  rst.tcp.destination_port = syn.tcp.source_port;
  rst.tcp.ctl.bits = Ctl::kRst;  // no ACK
  inject(From::B, rst);
  rst.tcp.ctl.bits = Ctl::kRst | Ctl::kAck;
  rst.tcp.ack = syn.tcp.seq;
  inject(From::B, rst);
  rst.tcp.ack = syn.tcp.seq + 2;
  inject(From::B, rst);
  run(milliseconds{10});
  EXPECT_EQ(state(client), "SYN-SENT");
  EXPECT_EQ(outcomes(From::A, tcp::Outcome::DroppedReset), 3u);
  rst.tcp.ack = syn.tcp.seq + 1;
  inject(From::B, rst);
  run(milliseconds{10});
  EXPECT_EQ(app_a.told(client).reason, api::CloseReason::Refused);
  EXPECT_EQ(seen_from(From::A, is_any).size(), 1u);
}

TEST_F(Resetting, S54_syn_on_a_synchronized_connection_gets_a_challenge_ack) {
  start();
  establish();
  expect_alive();
  int expected = 0;
  for (const std::int32_t offset : {0, 1, 1000}) {
    seen.clear();
    TcpFrame syn = next_of(From::B);
    syn.tcp.seq += static_cast<std::uint32_t>(offset);
    syn.tcp.ctl.bits = Ctl::kSyn;
    inject(From::B, syn);
    run(seconds{1});
    const auto answers = seen_from(From::A, is_any);
    ASSERT_EQ(answers.size(), 1u) << offset;
    EXPECT_EQ(answers[0].frame.shape(), ".");
    EXPECT_EQ(count(From::A).challenge_acks.get(), static_cast<std::uint64_t>(++expected));
  }
  TcpFrame old = next_of(From::B);  // left of the window: an ACK as well (RFC 5961 4.2: irrespective of the number)
  old.tcp.seq -= 100'000;
  old.tcp.ctl.bits = Ctl::kSyn;
  seen.clear();
  inject(From::B, old);
  run(seconds{1});
  EXPECT_EQ(seen_from(From::A, is_any).size(), 1u);
  TcpFrame without = next_of(From::B);  // of a peer that has restarted and speaks no timestamps now
  without.tcp.ctl.bits = Ctl::kSyn;
  without.tcp.options.has_timestamps = false;
  seen.clear();
  inject(From::B, without);
  run(seconds{1});
  EXPECT_EQ(seen_from(From::A, is_any).size(), 1u);
  EXPECT_EQ(state(client), "ESTABLISHED");
  expect_alive();
  close_both();
}

TEST_F(Resetting, S55_ack_far_outside_is_challenged_and_its_text_dropped) {
  start();
  establish();
  expect_alive();
  for (const std::uint32_t offset : {1u, 1'000'000'000u, 0xffff'ffffu - 10'000'000u}) {
    seen.clear();
    TcpFrame data = next_of(From::B);
    data.tcp.ack += offset;
    data.tcp.ctl.bits = Ctl::kAck | Ctl::kPsh;
    data.text = text("forged");
    inject(From::B, data);
    run(seconds{1});
    ASSERT_EQ(seen_from(From::A, is_any).size(), 1u) << offset;
  }
  EXPECT_EQ(count(From::A).challenge_acks.get(), 3u);
  EXPECT_EQ(outcomes(From::A, tcp::Outcome::DroppedAckOutside), 3u);
  EXPECT_EQ(app_a.told(client).received, text("pong"));
  expect_alive();
  close_both();
}

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
