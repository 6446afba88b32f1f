// LISTEN with SYN cookies (RFC 4987 3.6): no entry, no timer, no memory until the ACK comes back.
#include <fmt/format.h>

#include "syn_cookie_bed.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Cookies, S09_TheAnswerHoldsAllStateAndWeHoldNone) {
  given_cookies();
  expect_cookie(linux_syn());
  arrives(linux_syn());
  counted(Outcome::AnsweredSyn);
  sends(fmt::format("SA seq=0 ack=1 mss=1460 ws=7 sackOK ts={},5", ts_early));
  EXPECT_EQ(count.syn_cookies_sent.get(), 1u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  nothing_left();
}

TEST_F(Cookies, WithoutTimestampsNeitherScaleNorSackIsAgreed) {
  given_cookies();
  expect_cookie(plain_syn());
  arrives(plain_syn());
  sends("SA seq=0 ack=1 mss=1460");
}

TEST_F(Cookies, S01_TheAckMakesTheConnection) {
  given_cookies();
  given_cookie(linux_syn());
  elapse(milliseconds{20});
  arrives(seg().seq(1).ack(1).ts(6, ts_val).wnd(500));
  counted(Outcome::Processed);
  state(State::Established);
  events("Accepted");
  sends_nothing();
  EXPECT_EQ(tcb().smss, 1440) << "1452, rounded down to the table";
  EXPECT_EQ(tcb().snd_wscale, 7);
  EXPECT_EQ(tcb().rcv_wscale, 7);
  EXPECT_EQ(tcb().snd_wnd, 64'000u);
  EXPECT_TRUE(tcb().has(kSackPermitted));
  EXPECT_TRUE(tcb().has(kTimestamps));
  EXPECT_EQ(tcb().ts_recent, 6u);
  EXPECT_EQ(tcb().rtt.srtt_us, 0u) << "the echo's low bits are options";
  EXPECT_EQ(tcb().listener, 0);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 1u);
  EXPECT_EQ(count.passive_opens.get(), 1u);
  EXPECT_EQ(listeners[0].connections, 1u);
  EXPECT_EQ(wheel.pending(), 0u);
}

TEST_F(Cookies, S02_TextOnTheAckIsDeliveredOnce) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).data(10));
  counted(Outcome::Delivered);
  events("Accepted", "Readable 10");
  arrives(seg().seq(1).ack(1).data(10));
  counted(Outcome::DroppedNotAcceptable);
  no_events();
  app_reads(10);
  EXPECT_EQ(tcb().rcv_queue.bytes(), 0u);
  sends("A seq=1 ack=11");
}

TEST_F(Cookies, TextAndFinOnTheAck) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).data(10).fin());
  counted(Outcome::Delivered);
  state(State::CloseWait);
  events("Accepted", "Readable 10", "PeerClosed");
  app_reads(10);
  sends("A seq=1 ack=12");
}

TEST_F(Cookies, S05_DataMakesUpForTheLostAck) {
  given_cookies();
  given_cookie(linux_syn());
  elapse(seconds{30});
  arrives(seg().seq(1).ack(1).ts(30'006, ts_val).data(10));
  counted(Outcome::Delivered);
  events("Accepted", "Readable 10");
  drain();
}

TEST_F(Cookies, AnswersOfOneSynAgreeWithinAPeriod) {
  given_cookies();
  given_cookie(plain_syn());
  elapse(seconds{3});
  arrives(plain_syn());
  sends("SA seq=0 ack=1 mss=1460");
  EXPECT_EQ(count.syn_cookies_sent.get(), 2u);
}

TEST_F(Cookies, S04_AnOldSynLeavesNothingBehind) {
  given_cookies();
  expect_cookie(seg().seq(500).syn().no_ack());
  arrives(seg().seq(500).syn().no_ack());
  sends("SA seq=0 ack=501 mss=1460");
  arrives(seg().seq(501).rst().no_ack());  // the opener's answer to it
  counted(Outcome::DroppedRstToNobody);
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::Processed);
  events("Accepted");
}

TEST_F(Cookies, S11_Ipv6) {
  key.remote_address = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  given_cookies();
  const Seg syn = seg().seq(0).syn().no_ack().wscale(2).ts(5);
  expect_cookie(syn);
  arrives(syn);
  sends(fmt::format("SA seq=0 ack=1 mss=1440 ws=7 ts={},5", ts_early));
  arrives(seg().seq(1).ack(1).ts(6, ts_val));
  EXPECT_EQ(tcb().smss, 1220);
  events("Accepted");
}

}  // namespace
}  // namespace millrace::tcp::test
