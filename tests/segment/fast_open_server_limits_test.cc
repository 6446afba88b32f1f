// The limits of TCP Fast Open, passive (RFC 7413 5.1): where there is no room, the handshake is an ordinary one.
#include "fast_open_server_bed.h"

namespace millrace::tcp::test {
namespace {

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

}  // namespace
}  // namespace millrace::tcp::test
