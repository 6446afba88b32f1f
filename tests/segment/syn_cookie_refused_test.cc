// What is no ACK of a SYN cookie, or not any more: wrong numbers, flags and times.
#include "syn_cookie_bed.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Cookies, AWrongAckIsAnsweredByResetAsForNobody) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(2));
  counted(Outcome::AnsweredReset);
  arrives(seg().seq(2).ack(1));
  counted(Outcome::AnsweredReset);
  arrives(seg().seq(1).ack(1).ts(6, 7));  // timestamps that were not offered
  counted(Outcome::AnsweredReset);
  sends("R seq=2 win=0", "R seq=1 win=0", "R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 3u);
  ++key.remote_port;
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 4u);
  EXPECT_EQ(count.syn_cookies_accepted.get(), 0u);
  nothing_left();
}

TEST_F(Cookies, ResetsAndSynAcksBringNothingBack) {
  given_cookies();
  given_cookie(plain_syn());
  arrives(seg().seq(1).ack(1).rst());
  counted(Outcome::DroppedRstToNobody);
  sends_nothing();
  arrives(seg().seq(1).ack(1).syn());
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(table.tcbs.used(), 0u);
}

TEST_F(Cookies, AnAckAfterTwoPeriodsComesTooLate) {
  given_cookies();
  given_cookie(plain_syn());  // at 1000 s: 40 s into a period
  elapse(seconds{24} + kCookiePeriod);
  arrives(plain_syn());  // cookies are still about
  drain();
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 1u);
}

TEST_F(Cookies, AnAckJustBeforeThatIsTaken) {
  given_cookies();
  given_cookie(plain_syn());
  elapse(seconds{24} + kCookiePeriod - milliseconds{1});
  arrives(seg().seq(1).ack(1));
  counted(Outcome::Processed);
  events("Accepted");
}

TEST_F(Cookies, InQuietTimesNoCookieIsBelieved) {
  // What somebody who knew the secret would send: right in every bit, and yet no listener has sent it.
  given_cookies();
  expect_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 0u);
  given_cookie(plain_syn());
  elapse(kCookieLifetime + nanoseconds{1});
  expect_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::AnsweredReset);
  sends("R seq=1 win=0");
  EXPECT_EQ(count.syn_cookies_rejected.get(), 0u);
  EXPECT_EQ(table.tcbs.used(), 0u);
}

TEST_F(Cookies, LatelyIsACookiesLifetime) {
  given_cookies();
  given_cookie(plain_syn());
  elapse(kCookieLifetime);
  expect_cookie(plain_syn());
  arrives(seg().seq(1).ack(1));
  counted(Outcome::Processed);
}

TEST_F(Cookies, ACookieThatFoundNoRoomWasNotSent) {
  given_cookies();
  empty_pool(control_pool());
  expect_cookie(plain_syn());
  arrives(plain_syn());
  counted(Outcome::AnsweredSyn);
  EXPECT_EQ(count.syn_cookies_sent.get(), 0u);
  EXPECT_EQ(count.replies_dropped.get(), 1u);
  EXPECT_FALSE(listeners[0].cookie_sent_at.has_value());
  give_back();
}

}  // namespace
}  // namespace millrace::tcp::test
