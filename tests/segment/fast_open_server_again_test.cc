// TCP Fast Open, passive (RFC 7413 2.1, 4.2.1): SYNs that come twice, and SYN,ACKs that are lost or never answered.
#include "fast_open_server_bed.h"

namespace millrace::tcp::test {
namespace {

TEST_F(FastOpenServer, ARepeatedSynGetsTheSynAckAgain) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  drain();
  // RFC 7413 4.2.1: the client's second SYN carries neither cookie nor text.
  arrives(syn());
  counted(Outcome::AnsweredSyn);
  no_events();
  sends("SA seq=0 ack=101 mss=1460");
  // A duplicate of the first.
  arrives(syn().cookie(good_cookie()).data(100));
  no_events();
  sends("SA seq=0 ack=101 mss=1460");
  // Another one is no duplicate.
  arrives(syn().seq(5));
  sends("A seq=1 ack=101");
  EXPECT_EQ(tcb().bytes_in, 100u);
}

TEST_F(FastOpenServer, ADuplicateAfterTheHandshakeIsNotDeliveredAgain) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  drain();
  arrives(seg().ack(1));
  app_reads(100);
  arrives(syn().cookie(good_cookie()).data(100));
  no_events();
  sends("A seq=1 ack=101");
}

// RFC 7413 2.1: the price. A copy of the SYN that comes when the connection is over makes another one.
TEST_F(FastOpenServer, ADuplicateAfterTheEndIsDeliveredAgain) {
  listens();
  const wire::FastOpenCookie cookie = good_cookie();
  arrives(syn().cookie(cookie).data(100));
  app_reads(100);
  drain();
  arrives(seg().ack(1).fin());
  drain();
  app_closes();
  drain();
  arrives(seg().ack(2));
  EXPECT_EQ(table.flows.size(), 0u);
  set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  arrives(syn().cookie(cookie).data(100));
  events("Accepted", "Readable 100");
  EXPECT_EQ(count.fast_open_passive.get(), 2u);
  drain();
}

TEST_F(FastOpenServer, ALostSynAckGoesAgainAndWhatFollowedItToo) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  events("Accepted", "Readable 100");
  app_reads(100);
  app_sends(700);
  sends("SA seq=0 ack=101 mss=1460", "PA seq=1 ack=101 len=700");
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=101 mss=1460");
  deadline(&Tcb::rexmit_at, seconds{2});
  // The text came while the client was in SYN-SENT, which dropped it.
  arrives(seg().ack(1));
  state(State::Established);
  sends("PA seq=1 ack=101 len=700");
  EXPECT_EQ(window_of(tcb(), table), 14600u);  // RFC 6928 2: one SYN,ACK may be lost
  arrives(seg().ack(701));
  EXPECT_TRUE(tcb().snd_queue.empty());
  no_deadline(&Tcb::rexmit_at);
}

TEST_F(FastOpenServer, WhatFollowedTheSynAckHasATimerAfterTheHandshake) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  app_reads(100);
  app_sends(700);
  drain();
  arrives(seg().ack(1));
  state(State::Established);
  deadline(&Tcb::rexmit_at, seconds{1});
  EXPECT_EQ(tcb().flight_size(), 700u);
  elapse(milliseconds{1001});
  sends("PA seq=1 ack=101 len=700");
}

TEST_F(FastOpenServer, NobodyAnswersTheSynAck) {
  config.syn_ack_retries = 2;
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  app_reads(100);
  events("Accepted", "Readable");
  drain();
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=101 mss=1460");
  elapse(milliseconds{2001});
  sends("SA seq=0 ack=101 mss=1460");
  elapse(milliseconds{4001});
  sends("RA seq=1 ack=101 win=0");
  events("Closed: peer stopped acknowledging");
  EXPECT_EQ(count.closed[static_cast<std::size_t>(CloseRule::FastOpenExpired)].get(), 1u);
  EXPECT_EQ(pending(), 0u);
  nothing_left();
}

TEST_F(FastOpenServer, NobodyAnswersTheSynAckThoughAReaderWaits) {
  config.syn_ack_retries = 1;
  UserOptions user;
  user.receive_timeout = seconds{100};
  listens(2, user);
  arrives(syn().cookie(good_cookie()).data(100));
  app_reads(100);
  drain();
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=101 mss=1460");
  elapse(milliseconds{2001});
  sends("RA seq=1 ack=101 win=0");
  EXPECT_FALSE(wheel.next_deadline()) << "what has ended waits for nothing";
  drain();
  nothing_left();
}

}  // namespace
}  // namespace millrace::tcp::test
