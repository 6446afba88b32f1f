// TCP Fast Open, passive (RFC 7413 4.2.2): text that comes with the SYN, answered before the handshake is complete.
#include "fast_open_server_bed.h"

namespace millrace::tcp::test {
namespace {

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
