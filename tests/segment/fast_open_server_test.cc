// TCP Fast Open, passive: each rule of RFC 7413 4.1.2, 4.2.2 and 5.1.
#include "fixture.h"
#include "tcp/fast_open_cookie.h"
#include "tcp/isn.h"

namespace millrace::tcp::test {
namespace {

class FastOpenServer : public SegmentTest {
 protected:
  void listens(std::uint32_t fast_open = 2, const UserOptions& user = {}) {
    ListenOptions options;
    static_cast<UserOptions&>(options) = user;
    options.fast_open = fast_open;
    options.half_open_limit = 8;
    given_listener_with(options);
  }
  [[nodiscard]] wire::FastOpenCookie good_cookie() const {
    return make_fast_open_cookie(key.remote_address, env.now, config.cookie_secret);
  }
  [[nodiscard]] static Seg syn() { return seg().seq(0).syn().no_ack().mss(1460); }
  /// Another client port: its connections are the test's from now on.
  void next_client() {
    ++key.remote_port;
    set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  }
  [[nodiscard]] std::uint32_t pending() { return listeners[0].fast_opens.pending(); }
};

TEST_F(FastOpenServer, ARequestIsAnsweredByACookie) {
  listens();
  arrives(syn().asks_cookie());
  counted(Outcome::AnsweredSyn);
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.options.fast_open, good_cookie());
  EXPECT_EQ(sent[0].header.ack, rcv(1));
  EXPECT_EQ(table.half_opens.used(), 1u);
  EXPECT_EQ(count.fast_open_cookies_sent.get(), 1u);
  no_events();
}

TEST_F(FastOpenServer, OnlyTheFirstSynAckBringsIt) {
  listens();
  arrives(syn().asks_cookie());
  sends("SA seq=0 ack=1 mss=1460 cookie=8");
  elapse(milliseconds{1001});
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(FastOpenServer, OffUnlessTheListenerSaysSo) {
  listens(0);
  arrives(syn().cookie(good_cookie()).data(100));
  sends("SA seq=0 ack=1 mss=1460");
  EXPECT_EQ(table.tcbs.used(), 0u);
  no_events();
}

// RFC 7413 4.2.2: data is delivered, and the SYN,ACK acknowledges it, before the handshake is complete.
TEST_F(FastOpenServer, TextIsDeliveredWithTheSyn) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  counted(Outcome::Delivered);
  state(State::SynReceived);
  events("Accepted", "Readable 100");
  app_reads(100);
  sends("SA seq=0 ack=101 mss=1460");
  EXPECT_EQ(pending(), 1u);
  EXPECT_EQ(count.fast_open_passive.get(), 1u);
  EXPECT_EQ(count.passive_opens.get(), 1u);
  deadline(&Tcb::rexmit_at, seconds{1});
  deadline(&Tcb::user_at, seconds{75});

  arrives(seg().ack(1));
  state(State::Established);
  no_events();  // Accepted comes once
  sends_nothing();
  EXPECT_EQ(pending(), 0u);
  no_deadline(&Tcb::rexmit_at);
  no_deadline(&Tcb::user_at);
  EXPECT_EQ(count.established.get(), 1u);
}

TEST_F(FastOpenServer, WithoutTextTooAServerMaySpeakFirst) {
  listens();
  arrives(syn().cookie(good_cookie()));
  counted(Outcome::AnsweredSyn);
  events("Accepted");
  app_sends(10);
  sends("SA seq=0 ack=1 mss=1460", "PA seq=1 ack=1 len=10");
}

// RFC 7413 4.2.2: the server may answer before the handshake's ACK.
TEST_F(FastOpenServer, TheAnswerFollowsTheSynAckAtOnce) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  events("Accepted", "Readable 100");
  app_reads(100);
  app_sends(2000);
  sends("SA seq=0 ack=101 mss=1460", "A seq=1 ack=101 len=1460");
  arrives(seg().ack(1461));
  state(State::Established);
  sends("PA seq=1461 ack=101 len=540");
  deadline(&Tcb::rexmit_at, milliseconds{200});
  arrives(seg().ack(2001));
  sends_nothing();
  EXPECT_TRUE(tcb().snd_queue.empty());
  no_deadline(&Tcb::rexmit_at);
}

TEST_F(FastOpenServer, WithinTheWindowOfTheSynWhichIsNotScaled) {
  listens();
  arrives(syn().cookie(good_cookie()).data(1).wscale(7).wnd(500));
  events("Accepted", "Readable 1");
  app_sends(1000);
  sends("SA seq=0 ack=2 mss=1460 ws=7", "A seq=1 ack=2 win=603 len=499");
}

TEST_F(FastOpenServer, AFinWaitsForTheHandshake) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100));
  events("Accepted", "Readable 100");
  app_reads(100);
  app_sends(10);
  app_closes();
  sends("SA seq=0 ack=101 mss=1460", "PA seq=1 ack=101 len=10");
  arrives(seg().ack(11));
  state(State::FinWait1);
  sends("FA seq=11 ack=101");
  arrives(seg().ack(12));
  state(State::FinWait2);
}

TEST_F(FastOpenServer, AFinOnTheSynIsNotTakenButItsText) {
  listens();
  arrives(syn().cookie(good_cookie()).data(100).fin());
  events("Accepted", "Readable 100");
  sends("SA seq=0 ack=101 mss=1460");
  arrives(seg().seq(101).ack(1).fin());
  events("PeerClosed");
  state(State::CloseWait);
  sends("A seq=1 ack=102");
}

// RFC 7413 4.2.2: an invalid cookie; the text is dropped, and a good one given.
TEST_F(FastOpenServer, AWrongCookieGetsAGoodOneAndAnOrdinaryHandshake) {
  listens();
  wire::FastOpenCookie wrong = good_cookie();
  wrong.bytes[3] ^= 1;
  arrives(syn().cookie(wrong).data(100));
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460 cookie=8");
  EXPECT_EQ(count.fast_open_cookies_rejected.get(), 1u);
  no_events();
  arrives(seg().seq(1).ack(1).data(100));
  events("Accepted", "Readable 100");
  EXPECT_EQ(pending(), 0u);
  drain();
}

TEST_F(FastOpenServer, ACookieIsOfOneAddress) {
  listens();
  const wire::FastOpenCookie others = good_cookie();
  key.remote_address[15] = 2;
  set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  arrives(syn().cookie(others).data(100));
  sends("SA seq=0 ack=1 mss=1460 cookie=8");
  EXPECT_EQ(table.tcbs.used(), 0u);
}

// RFC 7413 4.1.2: after a change of the secret, the last one is good still, and a fresh cookie is given.
TEST_F(FastOpenServer, TheSecretChangesAndTheLastIsGoodStill) {
  listens();
  const wire::FastOpenCookie old = good_cookie();
  elapse(kFastOpenPeriod);
  next_client();
  arrives(syn().cookie(old).data(100));
  events("Accepted", "Readable 100");
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.options.fast_open, good_cookie());
  EXPECT_NE(sent[0].header.options.fast_open, old);
  EXPECT_EQ(sent[0].header.ack, rcv(101));
  arrives(seg().ack(1));
  elapse(kFastOpenPeriod);
  next_client();
  arrives(syn().cookie(old).data(100));
  sends("SA seq=0 ack=1 mss=1460 cookie=8");
  EXPECT_EQ(count.fast_open_cookies_rejected.get(), 1u);
}

// RFC 7413 5.1: PendingFastOpenRequests.
TEST_F(FastOpenServer, AboveTheLimitTheHandshakeIsOrdinary) {
  listens(1);
  arrives(syn().cookie(good_cookie()).data(100));
  drain();
  next_client();
  arrives(syn().cookie(good_cookie()).data(100));
  sends("SA seq=0 ack=1 mss=1460");
  EXPECT_EQ(count.fast_open_no_room.get(), 1u);
  EXPECT_EQ(pending(), 1u);
  --key.remote_port;
  set_iss(tcb().iss);
  arrives(seg().ack(1));
  EXPECT_EQ(pending(), 0u);
  key.remote_port += 2;
  set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  arrives(syn().cookie(good_cookie()).data(100));
  counted(Outcome::Delivered);
  drain();
}

// RFC 7413 5.1: the victim of a forged address resets what it never asked for; that must not make room at once.
TEST_F(FastOpenServer, AResetKeepsThePlaceForAWhile) {
  listens(1);
  arrives(syn().cookie(good_cookie()).data(100));
  app_reads(100);
  drain();
  arrives(seg().seq(101).rst().no_ack());
  events("Closed: reset by peer");
  EXPECT_EQ(pending(), 0u);
  next_client();
  arrives(syn().cookie(good_cookie()).data(100));
  sends("SA seq=0 ack=1 mss=1460");
  elapse(seconds{121});
  drain();
  next_client();
  arrives(syn().cookie(good_cookie()).data(100));
  counted(Outcome::Delivered);
  drain();
}

TEST_F(FastOpenServer, WhileSynCookiesAreSentNothingIsAccepted) {
  ListenOptions options;
  options.fast_open = 2;
  options.syn_cookies = SynCookies::Always;
  given_listener_with(options);
  arrives(syn().cookie(good_cookie()).data(100));
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(table.tcbs.used(), 0u);
  const auto sent = take_sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.ack, rcv(1));
  EXPECT_FALSE(sent[0].header.options.has_fast_open);
}

TEST_F(FastOpenServer, ShortOfPacketsOrTablesTheHandshakeIsOrdinary) {
  listens(16);
  env.pressure = Pressure::Windows;
  arrives(syn().cookie(good_cookie()).data(100));
  sends("SA seq=0 ack=1 mss=1460");
  env.pressure = Pressure::None;
  for (std::uint32_t i = 0; i < limits.connections; ++i) {
    next_client();
    arrives(syn().cookie(good_cookie()).data(1));
    counted(Outcome::Delivered);
  }
  drain();
  next_client();
  arrives(syn().cookie(good_cookie()).data(1));
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460");
  EXPECT_EQ(count.fast_open_no_room.get(), 2u);
}

TEST_F(FastOpenServer, AListenerThatIsFullRefuses) {
  ListenOptions options;
  options.fast_open = 2;
  options.max_connections = 1;
  given_listener_with(options);
  arrives(syn().cookie(good_cookie()).data(1));
  drain();
  next_client();
  arrives(syn().cookie(good_cookie()).data(1));
  counted(Outcome::DroppedListenerFull);
  sends_nothing();
}

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

TEST_F(FastOpenServer, TheTextIsBoundedByTheFirstWindow) {
  UserOptions user;
  user.receive_buffer = 4096;
  listens(2, user);
  arrives(syn().cookie(good_cookie()).data(1400));
  const std::uint32_t window = tcb().rcv_adv - rcv(1);
  EXPECT_EQ(tcb().bytes_in, 1400u);
  EXPECT_GE(window, 1400u);
  drain();
  next_client();
  user.receive_buffer = 1024;
  set_iss(initial_sequence_number(key, env.now, config.isn_secret));
  listeners[0].options.receive_buffer = 1024;
  arrives(syn().cookie(good_cookie()).data(1400));
  EXPECT_LT(tcb().bytes_in, 1400u);
  EXPECT_EQ(tcb().rcv_nxt, rcv(1) + static_cast<std::uint32_t>(tcb().bytes_in));
  drain();
}

TEST_F(FastOpenServer, GivenUpBeforeTheHandshakeItsPlaceIsFree) {
  listens(1);
  arrives(syn().cookie(good_cookie()).data(1));
  drain();
  abort(tcb(), env);
  sends("RA seq=1 ack=2 win=0");
  EXPECT_EQ(pending(), 0u);
  EXPECT_EQ(listeners[0].connections, 0u);
  nothing_left();
}

TEST_F(FastOpenServer, ANewerSynInTimeWaitMayBringText) {
  given(State::TimeWait, {.ts = 100});
  ListenOptions options;
  options.fast_open = 1;
  Listener listener;
  listener.port = key.local_port;
  listener.options = options;
  ASSERT_EQ(listeners.add(listener), 0);
  arrives(syn().seq(1000).ts(200).cookie(good_cookie()));
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(table.time_waits.used(), 0u);
  state(State::SynReceived);
  drain();
}

}  // namespace
}  // namespace millrace::tcp::test
