// LISTEN (RFC 9293 3.10.7.2): what is answered, and the handshake that makes a connection.
#include "tcp/listen.h"
#include "fixture.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

using Listen = SegmentTest;

// Proves MUST-14, SHLD-5.
TEST_F(Listen, S01_SynIsAnswered) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().mss(1400).wscale(7).sack_ok().ts(5));
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460 ws=7 sackOK ts=0,5");
  EXPECT_EQ(listeners[0].half_open, 1u);
  EXPECT_EQ(table.half_opens.used(), 1u);
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(count.segments_sent.get(), 1u);
}

TEST_F(Listen, OnlyWhatThePeerOffers) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack());
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(Listen, S01_HandshakeCompletes) {
  given_listener({.dscp = 46, .hop_limit = 9});
  arrives(seg().seq(0).syn().no_ack().mss(1400).wscale(2).sack_ok().ts(5));
  drain();
  elapse(milliseconds{20});
  arrives(seg().seq(1).ack(1).ts(6, timestamp_clock(env.now) - 20 + timestamp_offset(key, config.isn_secret)).wnd(500));
  counted(Outcome::Processed);
  state(State::Established);
  events("Accepted");
  sends_nothing();
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  EXPECT_EQ(tcb().smss, 1400);
  EXPECT_EQ(tcb().snd_wscale, 2);
  EXPECT_EQ(tcb().rcv_wscale, 7);
  EXPECT_EQ(tcb().snd_wnd, 2000u);
  EXPECT_EQ(tcb().ts_recent, 6u);
  EXPECT_EQ(tcb().rtt.srtt_us, 20'000u);
  EXPECT_EQ(tcb().dscp, 46);
  EXPECT_EQ(tcb().hop_limit, 9);
  EXPECT_EQ(tcb().listener, 0);
  EXPECT_EQ(tcb().rcv_wnd(), 65535u);
  EXPECT_FALSE(tcb().has(kActiveOpen));
  EXPECT_EQ(count.passive_opens.get(), 1u);
  EXPECT_EQ(wheel.pending(), 0u);
}

TEST_F(Listen, S02_TextOnTheLastSegment) {
  given_half_open();
  arrives(seg().seq(1).ack(1).data(10).fin());
  counted(Outcome::Delivered);
  state(State::CloseWait);
  events("Accepted", "Readable 10", "PeerClosed");
  app_reads(10);
  sends("A seq=1 ack=12");
}

// Reordered by the network, or by queues of a port that move a flow from one to another.
TEST_F(Listen, TheFinMayOvertakeTheLastSegment) {
  given_half_open();
  arrives(seg().seq(1).ack(1).fin());
  state(State::CloseWait);
  events("Accepted", "PeerClosed");
  app_closes();
  sends("FA seq=1 ack=2");
  arrives(seg().seq(1).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=2 ack=2");
  arrives(seg().seq(2).ack(2));
  nothing_left();
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
}

TEST_F(Listen, TextOnTheSynIsNotKept) {
  given_listener();
  arrives(seg().seq(0).syn().no_ack().data(10));
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(Listen, RstIsIgnored) {
  given_listener();
  arrives(seg().rst());
  counted(Outcome::DroppedRstToNobody);
  arrives(seg().rst().syn().no_ack());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
}

TEST_F(Listen, AckIsAnsweredByReset) {
  given_listener();
  arrives(seg().seq(7).ack(1234));
  counted(Outcome::AnsweredReset);
  arrives(seg().seq(7).ack(1235).syn());
  counted(Outcome::AnsweredReset);
  sends("R seq=1234 win=0", "R seq=1235 win=0");
  EXPECT_EQ(table.half_opens.used(), 0u);
}

TEST_F(Listen, NeitherSynNorAckIsDropped) {
  given_listener();
  arrives(seg().no_ack().fin());
  counted(Outcome::DroppedNoAck);
  sends_nothing();
}

TEST_F(Listen, MalformedOptionsAreCounted) {
  given_listener();
  arrives(seg().syn().no_ack().malformed());
  EXPECT_EQ(count.malformed_options.get(), 1u);
  drain();
}

TEST_F(Listen, SmallBufferMeansSmallFirstWindow) {
  given_listener({.receive_buffer = 24320});  // ten buffers of 2432 bytes, each good for 1460
  arrives(seg().seq(0).syn().no_ack());
  sends("SA seq=0 ack=1 win=14600 mss=1460");
}

TEST_F(Listen, PeerGoneWithoutOutputRoom) {
  given_listener();
  empty_pool(control_pool());
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(count.replies_dropped.get(), 1u);
  give_back();
  sends_nothing();
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=1 mss=1460");
}

}  // namespace
}  // namespace millrace::tcp::test
