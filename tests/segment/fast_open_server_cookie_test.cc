// The cookies of TCP Fast Open, passive (RFC 7413 4.1.2, 4.2.2): given, refused, and outliving a change of the secret.
#include "fast_open_server_bed.h"

namespace millrace::tcp::test {
namespace {

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

}  // namespace
}  // namespace millrace::tcp::test
