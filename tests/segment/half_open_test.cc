// An entry of the SYN cache (RFC 9293 3.10.7.4, RFC 5961): what it makes of the segments that come for it.
#include "fixture.h"

namespace millrace::tcp::test {
namespace {

using Listen = SegmentTest;

TEST_F(Listen, SynAgainIsAnsweredAgain) {
  given_half_open({.ts = 5});
  arrives(seg().seq(0).syn().no_ack());
  counted(Outcome::AnsweredSyn);
  sends("SA seq=0 ack=1 mss=1460 ts=0,5");
  EXPECT_EQ(listeners[0].half_open, 1u);
}

TEST_F(Listen, S04_ANewerSynSendsTheCacheBackToListen) {
  given_half_open();
  arrives(seg().seq(5).syn().no_ack());
  counted(Outcome::Processed);
  sends_nothing();
  EXPECT_EQ(table.half_opens.used(), 0u);
  EXPECT_EQ(listeners[0].half_open, 0u);
  EXPECT_EQ(table.flows.size(), 0u);
  EXPECT_EQ(wheel.pending(), 0u);
}

// Proves MUST-11.
TEST_F(Listen, S04_ExactRstSendsItBackToListen) {
  given_half_open();
  arrives(seg().seq(1).rst().no_ack());
  counted(Outcome::Processed);
  sends_nothing();
  no_events();
  EXPECT_EQ(listeners[0].half_open, 0u);
  nothing_left();
}

TEST_F(Listen, InexactRstIsChallenged) {
  given_half_open({.ts = 5});
  arrives(seg().seq(2).rst());
  counted(Outcome::AnsweredChallenge);
  sends("A seq=1 ack=1 ts=0,5");
  EXPECT_EQ(table.half_opens.used(), 1u);
}

TEST_F(Listen, OutsideTheFirstWindow) {
  given_half_open();
  arrives(seg().seq(0).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1");
  arrives(seg().seq(65536).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends("A seq=1 ack=1");
  arrives(seg().seq(65536).rst());
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  arrives(seg().seq(0).rst());
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  arrives(seg().seq(65535).rst());
  counted(Outcome::AnsweredChallenge);
  sends("A seq=1 ack=1");
  EXPECT_EQ(table.half_opens.used(), 1u);
}

/// Two ends that are confused about each other must not answer each other for ever; text is always answered.
TEST_F(Listen, EmptySegmentsOutsideTheWindowAreAnsweredAFewTimes) {
  given_half_open();
  for (int i = 0; i < 4; ++i) {
    arrives(seg().seq(0).ack(1));
    sends("A seq=1 ack=1");
  }
  arrives(seg().seq(0).ack(1));
  counted(Outcome::DroppedNotAcceptable);
  sends_nothing();
  arrives(seg().seq(65536).ack(1).data(1));
  sends("A seq=1 ack=1");
  arrives(seg().seq(65536).ack(1).fin());
  sends("A seq=1 ack=1");
}

TEST_F(Listen, WithoutAckBit) {
  given_half_open();
  arrives(seg().seq(1).no_ack());
  counted(Outcome::DroppedNoAck);
  sends_nothing();
}

TEST_F(Listen, AWrongAckIsAnsweredByReset) {
  given_half_open();
  for (const std::uint32_t wrong : {0u, 2u}) {
    arrives(seg().seq(1).ack(wrong));
    counted(Outcome::DroppedBadHandshake);
  }
  sends("R seq=0 win=0", "R seq=2 win=0");
  EXPECT_EQ(table.half_opens.used(), 1u);
}

TEST_F(Listen, AMissingTimestampMakesNoConnection) {
  given_half_open({.ts = 5});
  arrives(seg().seq(1).ack(1));
  counted(Outcome::DroppedNoTimestamp);
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(table.half_opens.used(), 1u);
}

TEST_F(Listen, AnOldTimestampMakesNoConnection) {
  given_half_open({.ts = 5});
  arrives(seg().seq(1).ack(1).ts(4));
  counted(Outcome::DroppedPaws);
  EXPECT_EQ(table.tcbs.used(), 0u);
  EXPECT_EQ(table.half_opens.used(), 1u);
  sends("A seq=1 ack=1 ts=0,5");
}

}  // namespace
}  // namespace millrace::tcp::test
