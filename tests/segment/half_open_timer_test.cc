// A SYN,ACK that nobody answers (RFC 9293 3.8.3): repeated, given up, and shrinking the first window (RFC 6928 2).
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

using Listen = SegmentTest;

TEST_F(Listen, S05_SynAckIsRepeatedAndForgotten) {
  config.syn_ack_retries = 2;
  given_half_open();
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{2});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{4});
  EXPECT_EQ(count.half_open_expired.get(), 0u);
  elapse(milliseconds{1});
  sends_nothing();
  EXPECT_EQ(count.half_open_expired.get(), 1u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  nothing_left();
}

TEST_F(Listen, S05_AHalfOpenConnectionEndsAtItsTimeout) {
  config.half_open_timeout = seconds{5};
  given_half_open();
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{2});
  elapse(milliseconds{1});
  sends("SA seq=0 ack=1 mss=1460");
  quiet_for(seconds{2});  // the third answer would be due after 4 s more
  EXPECT_EQ(count.half_open_expired.get(), 0u);
  elapse(milliseconds{1});
  sends_nothing();
  EXPECT_EQ(count.half_open_expired.get(), 1u);
  nothing_left();
}

TEST_F(Listen, S05_WithoutRetriesTheFirstSynAckIsTheLast) {
  config.syn_ack_retries = 0;
  given_half_open();
  quiet_for(seconds{1});
  elapse(milliseconds{1});
  sends_nothing();
  EXPECT_EQ(count.half_open_expired.get(), 1u);
  nothing_left();
}

/// RFC 6928 2.
TEST_F(Listen, ASynAckThatWentThreeTimesShrinksTheFirstWindow) {
  given_half_open();
  elapse(milliseconds{1001});
  drain();
  elapse(milliseconds{2001});
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(window_of(tcb(), table), 1460u);
}

TEST_F(Listen, ASynAckThatWentTwiceDoesNot) {
  given_half_open();
  elapse(milliseconds{1001});
  drain();
  arrives(seg().seq(1).ack(1));
  EXPECT_EQ(window_of(tcb(), table), 14600u);
}

TEST_F(Listen, OneThatWentOnceDoesNot) {
  given_accepted();
  EXPECT_EQ(window_of(tcb(), table), 14600u);
}

}  // namespace
}  // namespace millrace::tcp::test
