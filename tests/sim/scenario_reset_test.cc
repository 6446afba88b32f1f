// Resets that we send to nobody's segments, and which of those that come we believe (RFC 9293 3.5.2, 3.10.7; RFC 5961).
#include "sim/resetting_bed.h"

namespace millrace::sim {
namespace {

using Shapes = std::vector<std::string>;
using wire::Ctl;
using wire::SeqNum;

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

}  // namespace
}  // namespace millrace::sim
